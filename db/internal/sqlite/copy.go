package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
)

// CopyTo writes one state of the file to a new one at path: whole, checked and durable, or not at all (D9). It is mode
// 0600 whatever the umask, and never replaces another file: [ErrExists]. Others read and write the file meanwhile. It must be
// open writable: SQLite counts the copy as a write.
//
// backup says what the copy is: a backup, which is refused where it would be written, or a file in its own right.
//
// SQLite examines the copy, and check, if not nil, looks into it with settings as of any other open file. An error of
// either leaves nothing behind.
func (f *File) CopyTo(ctx context.Context, kind Kind, path string, backup bool, check func(ctx context.Context, file *File) error) error {
	if err := f.copyTo(ctx, kind, path, backup, check); err != nil {
		return fmt.Errorf("copying to %s: %w", path, err)
	}
	return nil
}

func (f *File) copyTo(ctx context.Context, kind Kind, path string, backup bool, check func(ctx context.Context, file *File) error) error {
	if taken, err := kind.Exists(path); err != nil || taken { // early: the copy may take a while
		return cmp.Or(err, ErrExists)
	}
	if err := f.Check(); err != nil {
		return err
	}
	temporary, err := newFile(path)
	if err != nil {
		return err
	}
	_, err = f.Pool.ExecContext(ctx, `VACUUM INTO ?`, temporary)
	if err = Explain(err); err == nil {
		err = kind.examineCopy(ctx, temporary, backup, check)
	}
	if err == nil {
		err = publish(temporary, path)
	}
	if err != nil {
		remove(temporary)
	}
	return err
}

// examineCopy looks at a copy and leaves it without side files.
func (k Kind) examineCopy(ctx context.Context, path string, backup bool, check func(ctx context.Context, file *File) error) error {
	place, err := newPlace(path)
	if err != nil {
		return err
	}
	pool, err := connect(place, true)
	if err != nil {
		return err
	}
	file := &File{Path: path, Pool: pool, place: place}
	// What was copied has the mode of a new file, and the mark of the one that it was copied from.
	_, err = pool.ExecContext(ctx, fmt.Sprintf(`PRAGMA journal_mode = wal; PRAGMA application_id = %d`, k.mark(backup)))
	if err = Explain(err); err == nil {
		err = checkSettings(ctx, pool, "wal", true)
	}
	if err == nil {
		err = file.Examine(ctx)
	}
	if err == nil && check != nil {
		err = check(ctx, file)
	}
	if err == nil {
		err = emptyLog(ctx, file)
	}
	if err := errors.Join(err, pool.Close()); err != nil {
		return err
	}
	return refuseLog(path)
}
