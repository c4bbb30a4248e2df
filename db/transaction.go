package db

import (
	"context"
	"errors"
	"fmt"

	"latchkey/db/engine"
	"latchkey/db/model"
	"latchkey/db/store"
	"latchkey/perms/verifiedtime"
	"latchkey/tokens"
)

// transaction is one in which edits are judged, staged or saved.
type transaction struct {
	engine.Tx
	clock clock
	room  room // of one that writes

	confirmation string // of a save
}

// now is the time as far as the state that is read proves it.
func (tx transaction) now(ctx context.Context) (verifiedtime.Time, error) {
	return tx.clock.now(ctx, tx)
}

// limits are what the live settings say of every token.
func (tx transaction) limits(ctx context.Context) (tokens.Limits, error) {
	set, err := store.Settings(ctx, tx)
	return set.TokenLimits(), err
}

// write runs work in a transaction in which nobody else writes. Any error of work rolls it back.
func (d *DB) write(ctx context.Context, work func(tx transaction) error) error {
	if d.room.reserve {
		d.stored.Prepare(ctx)
	}
	err := d.stored.Write(ctx, func(tx engine.Tx) error {
		if d.guard != nil {
			if err := d.guard(ctx); err != nil {
				return err
			}
		}
		if err := work(transaction{tx, d.clock, d.room, d.confirmation}); err != nil || !d.trial {
			return err
		}
		return errTrial
	})
	return ignore(err, errTrial)
}

// errTrial rolls back a transaction that is not to be kept.
var errTrial = errors.New("only tried")

// writeAs is write for an edit. It begins with asking whether the operator may act at all by now: the user may be gone, and
// the token that was shown revoked, since the request was decided on (H11).
func (d *DB) writeAs(ctx context.Context, operator model.Operator, work func(tx transaction) error) error {
	return d.write(ctx, func(tx transaction) error {
		if operator.As != "" {
			if _, err := tx.loadActor(ctx, operator); err != nil {
				return err
			}
		}
		return work(tx)
	})
}

// confirm finds out what became of a change whose commit failed (D4). An error of COMMIT does not mean that nothing
// happened, and a fresh read that says "old" could still be undone by a later recovery. After a later transaction
// has committed durably, a read can be trusted.
func (d *DB) confirm(ctx context.Context, err error, happened func(ctx context.Context, tx engine.Tx) (bool, error)) error {
	var failed *engine.CommitError
	if !errors.As(err, &failed) {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	again := d.stored.Write(ctx, func(tx engine.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE counters SET last = last + 1 WHERE name = 'confirmed'`)
		return err
	})
	var yes bool
	if again == nil {
		again = d.stored.Read(ctx, func(tx engine.Tx) (err error) {
			yes, err = happened(ctx, tx)
			return err
		})
	}
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
