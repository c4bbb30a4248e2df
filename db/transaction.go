package db

import (
	"context"
	"errors"
	"fmt"

	"latchkey/db/engine"
	"latchkey/db/internal/sqlite"
	"latchkey/db/model"
)

// transact runs work in one immediate transaction (the pool of a writable DB begins no other kind). Any error of
// work rolls it back.
func (d *DB) transact(ctx context.Context, work func(tx engine.Tx) error) error {
	if d.reserve {
		d.file.Prepare(ctx)
	}
	tx, err := d.file.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if d.guard != nil {
		if err := d.guard(ctx); err != nil {
			return err
		}
	}
	if err := work(tx); err != nil {
		return err
	}
	err = tx.Commit()
	if err != nil && !sqlite.NotCommitted(err) {
		return &commitError{sqlite.Explain(err)}
	}
	return sqlite.Explain(err)
}

// transactBy is transact for an edit. It begins with asking whether the operator may act at all by now: the user may be gone,
// and the token that was shown revoked, since the request was decided on (H11).
func (d *DB) transactBy(ctx context.Context, operator model.Operator, work func(tx engine.Tx) error) error {
	return d.transact(ctx, func(tx engine.Tx) error {
		if operator.As != "" {
			if _, err := loadActor(ctx, tx, d.clock, operator); err != nil {
				return err
			}
		}
		return work(tx)
	})
}

// commitError is a failed COMMIT: the change may have happened all the same.
type commitError struct{ error }

func (e *commitError) Unwrap() error { return e.error }

// settle finds out what became of a change whose commit failed (D4). An error of COMMIT does not mean that nothing
// happened, and a fresh read that says "old" could still be undone by a later recovery. After a later transaction
// has committed durably, a read can be trusted.
func (d *DB) settle(ctx context.Context, err error, happened func(ctx context.Context) (bool, error)) error {
	var failed *commitError
	if !errors.As(err, &failed) {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	if _, again := d.pool.ExecContext(ctx, `UPDATE counters SET last = last + 1 WHERE name = 'settled'`); again != nil {
		return fmt.Errorf("%w: %w", model.ErrUnknownOutcome, errors.Join(err, sqlite.Explain(again)))
	}
	yes, again := happened(ctx)
	switch {
	case again != nil:
		return fmt.Errorf("%w: %w", model.ErrUnknownOutcome, errors.Join(err, again))
	case yes:
		return nil
	}
	return fmt.Errorf("committing, nothing was saved: %w", err)
}

// ignoreInWords turns one error into a text that says it.
func ignoreInWords(err, target error) (string, error) {
	if errors.Is(err, target) {
		return err.Error(), nil
	}
	return "", err
}

// ignore turns one error into none.
func ignore(err, target error) error {
	if errors.Is(err, target) {
		return nil
	}
	return err
}
