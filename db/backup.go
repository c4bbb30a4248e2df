package db

import (
	"context"
	"fmt"

	"latchkey/db/internal/sqlite"
)

// Backup writes one state of the database, drafts included, to a new file at path and returns its newest revision (the
// zero one before the first save). The copy is complete, verified and durable, mode 0600, or there is none (D9). Others
// may save meanwhile. The database must be open writable.
//
// Errors: [ErrExists]; [ErrFull]; [ErrDamaged] where SQLite, the row digests or the log find something wrong, in which
// case an older backup is the better one.
func (d *DB) Backup(ctx context.Context, path string) (newest Revision, err error) {
	err = d.file.CopyTo(ctx, kind, path, func(ctx context.Context, file *sqlite.File) (err error) {
		copied := &DB{file: file, pool: file.Pool, clock: d.clock}
		if err := copied.verifyAll(ctx); err != nil {
			return err
		}
		newest, err = copied.Head(ctx)
		return err
	})
	if err != nil {
		return Revision{}, fmt.Errorf("backing up: %w", err)
	}
	return newest, nil
}

// verifyAll is the error of the first thing that is not what a save wrote.
func (d *DB) verifyAll(ctx context.Context) error {
	damages, err := d.Damages(ctx)
	if err != nil {
		return err
	}
	for _, damage := range damages {
		return damage
	}
	_, err = d.VerifyLog(ctx, nil)
	return err
}
