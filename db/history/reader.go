package history

import (
	"context"
	"errors"
	"fmt"

	"latchkey/db/engine"
	"latchkey/db/model"
	"latchkey/perms/errorkind"
)

// Reader reads the revisions of one database.
type Reader struct {
	read func(ctx context.Context, work func(tx engine.Tx) error) error
}

// NewReader makes a reader of the database that read begins transactions of.
func NewReader(read func(ctx context.Context, work func(tx engine.Tx) error) error) Reader {
	return Reader{read}
}

// Head returns the newest revision without its changes; the zero Revision before the first save.
func (r Reader) Head(ctx context.Context) (newest Revision, err error) {
	err = r.read(ctx, func(tx engine.Tx) error {
		newest, err = Newest(ctx, tx)
		return err
	})
	return newest, err
}

// Log visits the revisions that a filter chooses, newest first, each with its changes by label. It holds one of them at a
// time, and one state of the database until it is done: visit must not take long, nor write. An error of visit ends it.
//
// [model.ErrNoUser], [model.ErrNoRole] or [model.ErrNoResource] where the filter names one that there never was.
func (r Reader) Log(ctx context.Context, filter Filter, visit func(Revision) error) error {
	err := r.read(ctx, func(tx engine.Tx) error {
		conditions, args, err := filter.conditions(ctx, tx)
		if err != nil {
			return err
		}
		query := loggedQuery + conditions + "ORDER BY revisions.number DESC"
		visited, skipped := 0, int64(0)
		return eachLogged(ctx, tx, query, args, func(logged *loggedRevision) error {
			if skipped < filter.Skip {
				skipped++
				return nil
			}
			revision, err := logged.decode()
			if err == nil {
				err = visit(revision)
			}
			if visited++; err == nil && visited == filter.Limit {
				err = errEnough
			}
			return err
		})
	})
	switch {
	case err == nil || errors.Is(err, errEnough):
		return nil
	case errorkind.Of(err) == errorkind.Missing: // a name in the filter is wrong, not the log
		return err
	}
	return fmt.Errorf("reading the log: %w", err)
}

// Count tells how many revisions a filter chooses; Skip and Limit do not count. Errors as of [Reader.Log].
func (r Reader) Count(ctx context.Context, filter Filter) (count int64, err error) {
	err = r.read(ctx, func(tx engine.Tx) error {
		conditions, args, err := filter.conditions(ctx, tx)
		if err != nil {
			return err
		}
		query := countRevisionsQuery + conditions
		row := tx.Row(ctx, query, args...)
		return row.Scan(&count)
	})
	if err != nil {
		return 0, fmt.Errorf("counting the log: %w", err)
	}
	return count, nil
}

// Revision reads the record of one save. [model.ErrNoRevision] where there was none of this number.
func (r Reader) Revision(ctx context.Context, number int64) (Revision, error) {
	var revision Revision
	err := r.read(ctx, func(tx engine.Tx) (err error) {
		revision, err = Read(ctx, tx, number)
		return err
	})
	return revision, err
}

// Between compares the states after two revisions, of which 0 is the state before the first: every object that is not
// the same, by label. [model.ErrNoRevision] where one of them is none.
func (r Reader) Between(ctx context.Context, from, to int64) ([]model.RecordedChange, error) {
	var changes []model.RecordedChange
	err := r.read(ctx, func(tx engine.Tx) error {
		for _, number := range []int64{from, to} {
			if number == 0 {
				continue
			}
			if _, err := Read(ctx, tx, number); err != nil {
				return err
			}
		}
		stretch, err := readStretch(ctx, tx, min(from, to), max(from, to))
		for _, change := range stretch {
			if from > to {
				change.Before, change.After = change.After, change.Before
			}
			if len(change.Differences()) > 0 {
				changes = append(changes, change)
			}
		}
		return err
	})
	sortChanges(changes)
	return changes, err
}
