package data

import (
	"context"
	"fmt"
	"time"

	"latchkey/db/internal/sqlitefile"
)

// queryLimit is the QueryLimit of a new Data. Filtering 100 000 documents takes a tenth of it.
const queryLimit = 5 * time.Second

// limited asks a query that what clients send may make as long as they like. [ErrSlow]: it took longer than it may.
func (d *Data) limited(ctx context.Context, query func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, d.QueryLimit)
	defer cancel()
	err := query(limited)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return fmt.Errorf("%w (%v): %w", ErrSlow, d.QueryLimit, err)
	}
	return err
}

// Readers is how many queries can be answered at one time.
func Readers() int { return sqlitefile.Readers() }
