package data

import (
	"context"
	"fmt"
)

// Backup writes one state of the data file to a new file at path: whole, checked by SQLite and durable, mode 0600, or not
// at all (D9). Others read and write meanwhile. [ErrExists], [ErrFull], [ErrDamaged].
func (d *Data) Backup(ctx context.Context, path string) error {
	if err := d.writer.CopyTo(ctx, kind, path, true, nil); err != nil {
		return fmt.Errorf("backing up: %w", err)
	}
	return nil
}

// Examine has SQLite look through the file: structure, indexes, constraints and references. [ErrDamaged] names what is
// wrong.
func (d *Data) Examine(ctx context.Context) error { return d.reader.Examine(ctx) }

// Exists tells whether there is a data file beside a user database.
func Exists(path string) (bool, error) { return kind.Exists(path) }
