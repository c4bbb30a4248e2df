package serve

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"latchkey/db"
)

const (
	// checkPause is between two checks of the database: a moved or replaced file is noticed within a second (D7).
	checkPause = 500 * time.Millisecond
	// checkLimit is how long a check may take.
	checkLimit = 5 * time.Second
)

// availability knows whether the database can be read (H10). It logs changes of that, and nothing else.
type availability struct {
	check  func(context.Context) error
	log    *slog.Logger
	limit  time.Duration // of a check
	failed atomic.Bool
	silent bool // the last check timed out
}

// available reports whether the last check that did not time out succeeded.
func (a *availability) available() bool { return !a.failed.Load() }

// watch checks until the context ends, or the database is lost for good.
func (a *availability) watch(ctx context.Context, pause time.Duration) {
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if lost := a.poll(ctx); lost {
				return
			}
		}
	}
}

// poll checks the database once. A timeout means that the machine is busy, and says nothing about the database: the last
// result holds. A moved file is lost for good: saves to the new file are not seen here.
func (a *availability) poll(ctx context.Context) (lost bool) {
	limited, cancel := context.WithTimeout(ctx, a.limit)
	defer cancel()
	err := a.check(limited)
	switch lost = errors.Is(err, db.ErrMoved); {
	case lost:
		a.failed.Store(true)
		a.log.Error("database was moved or replaced, every request gets 503 from now on: restart this server, with the right file in its place", "error", err)
	case ctx.Err() != nil: // the server stops
	case err != nil && limited.Err() != nil:
		if !a.silent {
			a.log.Warn("database does not answer a check: the result of the last one holds", "after", a.limit.String())
		}
		a.silent = true
	default:
		a.silent = false
		a.update(err)
	}
	return lost
}

// update takes the result of a check, and logs it if it differs from the one before.
func (a *availability) update(err error) {
	failed := err != nil
	switch was := a.failed.Swap(failed); {
	case failed == was:
	case failed:
		a.log.Error("database cannot be read, every request gets 503", "error", err)
	default:
		a.log.Info("database can be read again")
	}
}
