package sqlite

import (
	"context"
	"errors"
	"fmt"
)

// Create makes a new file with this release's schema and whatever fill writes. The file appears whole or not at all,
// mode 0600 whatever the umask (D10); missing directories are made, mode 0700. [ErrExists] when the name is taken.
func (k Kind) Create(ctx context.Context, path string, fill func(ctx context.Context, file *File) error) error {
	if err := k.create(ctx, path, fill); err != nil {
		return fmt.Errorf("creating %s: %w", path, err)
	}
	return nil
}

func (k Kind) create(ctx context.Context, path string, fill func(ctx context.Context, file *File) error) error {
	temporary, err := newFile(path)
	if err != nil {
		return err
	}
	if err := k.build(ctx, temporary, fill); err != nil {
		remove(temporary)
		return err
	}
	if err := publish(temporary, path); err != nil {
		remove(temporary)
		return err
	}
	if k.Reserve {
		if r, err := lookAtReserve(path); err == nil {
			_ = r.fill() // 'latchkey doctor' tells what is missing
		}
	}
	return nil
}

// build writes the file under its temporary name and closes it.
func (k Kind) build(ctx context.Context, path string, fill func(ctx context.Context, file *File) error) error {
	place, err := newPlace(path)
	if err != nil {
		return err
	}
	pool, err := connect(place, true)
	if err != nil {
		return err
	}
	file := &File{Path: path, Pool: pool, place: place}
	_, err = pool.ExecContext(ctx, `PRAGMA journal_mode = wal`)
	if err = Explain(err); err == nil {
		err = k.migrate(ctx, file, 0)
	}
	if err == nil && fill != nil {
		err = fill(ctx, file)
	}
	if err == nil {
		err = emptyLog(ctx, file)
	}
	if err := errors.Join(err, pool.Close()); err != nil {
		return err
	}
	return refuseLog(path)
}

// emptyLog moves the WAL into the file, which can then be renamed alone. Closing the last connection does so too, but
// tells nobody when it fails, as on a full disk.
func emptyLog(ctx context.Context, file *File) error {
	var busy, pages, moved int
	row := file.Pool.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`)
	if err := row.Scan(&busy, &pages, &moved); err != nil {
		return fmt.Errorf("moving the log into the file: %w", Explain(err))
	}
	if busy != 0 || pages != 0 {
		return fmt.Errorf("moving the log into the file: %d of %d pages were moved, busy %d", moved, pages, busy)
	}
	return nil
}

// refuseLog fails while a closed file has side files: without them it may be half of what was written.
func refuseLog(path string) error {
	left, err := inspectSides(path)
	if err == nil && left != (sideFiles{}) {
		err = errors.New("moving the log into the file: it is still there")
	}
	return err
}
