package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"latchkey/cmd/panel"
	"latchkey/db/data"
	"latchkey/perms/verifiedtime"
)

// clockMark is the latest moment that a server has seen. It is read when it is first asked for: most commands decide nothing by
// the time. Where it cannot be read, that is said, and the revisions prove what they do.
func (a *App) clockMark(ctx context.Context, database string) func() verifiedtime.Mark {
	return sync.OnceValue(func() verifiedtime.Mark {
		mark, err := readClockMark(ctx, data.PathBeside(database))
		if err != nil && !errors.Is(err, data.ErrMissing) {
			a.Messages().Warn("whether the clock was set back is known from the revisions alone: %v", err)
		}
		return mark
	})
}

func readClockMark(ctx context.Context, path string) (verifiedtime.Mark, error) {
	documents, err := data.OpenReadOnly(ctx, path)
	if err != nil {
		return verifiedtime.Mark{}, err
	}
	mark, err := documents.ClockMark(ctx)
	return mark, errors.Join(err, documents.Close())
}

// ClockInWords says by how much the clock is wrong, and what follows.
func ClockInWords(behind panel.ClockBehind) string {
	return fmt.Sprintf("the clock is behind: it shows %s, but %s has passed; what ends with time counts as ended, and saves may only take away",
		behind.Shows.Format(time.RFC3339), behind.Passed.Format(time.RFC3339))
}
