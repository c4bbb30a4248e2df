package data

import (
	"context"
	"fmt"
	"time"

	"latchkey/db/internal/sqlite"
)

// queryLimit is the QueryLimit of a new Data. Filtering 100 000 documents takes a tenth of it.
const queryLimit = 5 * time.Second

// limited asks a query, and gives it up after the limit where clients can make it as long as they like: without conditions
// and order it takes as long as its answer is large. [ErrSlow]: it took longer than it may.
func (d *Data) limited(ctx context.Context, query Query, ask func(context.Context) error) error {
	if len(query.Where)+len(query.Sort) == 0 {
		return ask(ctx)
	}
	limited, cancel := context.WithTimeout(ctx, d.QueryLimit)
	defer cancel()
	err := ask(limited)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return fmt.Errorf("%w (%v): %w", ErrSlow, d.QueryLimit, err)
	}
	return err
}

// Readers is how many queries can be answered at one time.
func Readers() int { return sqlite.Readers() }
