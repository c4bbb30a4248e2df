package backup

import (
	"context"
	"fmt"

	"latchkey/db"
	"latchkey/db/history"
)

// Write writes one state of the database, drafts included, to a new file at path and returns its newest revision (the
// zero one before the first save). The copy is complete, verified and durable, mode 0600, or there is none (D9). Others
// may save meanwhile. The database must be open writable.
//
// Errors: [engine.ErrExists]; [engine.ErrFull]; [model.ErrDamaged] where SQLite, the row digests or the log find something
// wrong, in which case an older backup is the better one.
func Write(ctx context.Context, database *db.DB, path string) (newest history.Revision, err error) {
	return write(ctx, database, path, true)
}

// Revive makes a database of a backup at a path where there is none, with the errors of [Write].
func Revive(ctx context.Context, from *db.DB, path string) (newest history.Revision, err error) {
	return write(ctx, from, path, false)
}

func write(ctx context.Context, database *db.DB, path string, backup bool) (newest history.Revision, err error) {
	err = database.CopyTo(ctx, path, backup, func(ctx context.Context, copied *db.DB) (err error) {
		if err := Verify(ctx, copied); err != nil {
			return err
		}
		newest, err = copied.History().Head(ctx)
		return err
	})
	if err != nil {
		return history.Revision{}, fmt.Errorf("backing up: %w", err)
	}
	return newest, nil
}

// Verify returns the error of the first thing that is not what a save wrote.
func Verify(ctx context.Context, database *db.DB) error {
	damages, err := Damages(ctx, database)
	if err != nil {
		return err
	}
	for _, damage := range damages {
		return damage
	}
	_, err = database.History().Verify(ctx, nil)
	return err
}
