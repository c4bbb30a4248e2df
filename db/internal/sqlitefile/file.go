// Package sqlitefile opens, makes and migrates the SQLite files of latchkey: safely stored, with the settings that the
// promises need, and never one that is not ours.
//
// It is all that is SQLite's own. It knows nothing of what the tables mean.
package sqlitefile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
)

// Kind is one kind of file that latchkey keeps.
type Kind struct {
	ApplicationID int32 // marks a SQLite file as this kind (PRAGMA application_id)
	Migrations    fs.FS // migrations/*.sql, numbered; they run forward only
}

// File is an open file. It is safe for concurrent use. Close it when done.
type File struct {
	Path     string  // absolute
	Pool     *sql.DB // begins immediate transactions if opened writable, else refuses every write
	identity identity
}

// Open opens the file at path and checks that it is of this kind, of this release and safely stored.
//
// Errors: [ErrMissing], [ErrUnsafe], [ErrForeign], [ErrOlder], [ErrNewer], [ErrUnwritable], [ErrBusy], [ErrDamaged].
// A file that is refused has not been changed.
func (k Kind) Open(ctx context.Context, path string, writable bool) (*File, error) {
	file, version, err := k.open(ctx, path, writable)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	switch newest := k.SchemaVersion(); {
	case version < newest:
		err = ErrOlder
	case version > newest:
		err = ErrNewer
	default:
		err = checkSettings(ctx, file.Pool, writable)
	}
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, errors.Join(err, file.Close()))
	}
	return file, nil
}

// open connects to a file of this kind, of whatever version.
func (k Kind) open(ctx context.Context, path string, writable bool) (*File, int, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, 0, err
	}
	identity, err := inspect(path)
	if err != nil {
		return nil, 0, err
	}
	pool, err := connect(path, writable)
	if err != nil {
		return nil, 0, err
	}
	file := &File{Path: path, Pool: pool, identity: identity}
	version, err := k.identify(ctx, pool)
	if err == nil {
		err = file.Check() // the connection and the inspection must have seen the same file
	}
	if err != nil {
		return nil, 0, errors.Join(err, pool.Close())
	}
	return file, version, nil
}

func connect(path string, writable bool) (*sql.DB, error) {
	pool, err := sql.Open("sqlite", dataSourceName(path, writable))
	if err != nil {
		return nil, err
	}
	connections := 2 * runtime.GOMAXPROCS(0)
	if writable {
		connections = 1 // SQLite has one writer; waiting for it in Go ends with the request
	}
	// Idle connections are kept: closing the last one would make SQLite remove the WAL under other users of it.
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	return pool, nil
}

// Close closes the file.
func (f *File) Close() error { return f.Pool.Close() }

// Check tells whether the file at the path is still the one that is open; [ErrMoved] where it is another or none
// (D7). It costs one lstat.
func (f *File) Check() error {
	identity, err := inspect(f.Path)
	if errors.Is(err, ErrMissing) || (err == nil && identity != f.identity) {
		return fmt.Errorf("%w: %s", ErrMoved, f.Path)
	}
	return err
}

// Create makes a new file with this release's schema and whatever fill writes. The file appears whole or not at all,
// mode 0600 whatever the umask (D10); missing directories are made, mode 0700. [ErrExists] when the name is taken.
func (k Kind) Create(ctx context.Context, path string, fill func(ctx context.Context, pool *sql.DB) error) error {
	if err := k.create(ctx, path, fill); err != nil {
		return fmt.Errorf("creating %s: %w", path, err)
	}
	return nil
}

func (k Kind) create(ctx context.Context, path string, fill func(ctx context.Context, pool *sql.DB) error) error {
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
	return nil
}

func (k Kind) build(ctx context.Context, path string, fill func(ctx context.Context, pool *sql.DB) error) error {
	pool, err := connect(path, true)
	if err != nil {
		return err
	}
	if _, err = pool.ExecContext(ctx, `PRAGMA journal_mode = wal`); err == nil {
		err = k.migrate(ctx, pool, 0)
	}
	if err == nil && fill != nil {
		err = fill(ctx, pool)
	}
	// Closing the last connection moves the WAL into the file, which can then be renamed alone.
	return errors.Join(Explain(err), pool.Close())
}

// Upgrade brings an older file to this release's schema and says from which version. One of this release is left
// alone.
func (k Kind) Upgrade(ctx context.Context, path string) (from int, err error) {
	file, from, err := k.open(ctx, path, true)
	if err != nil {
		return 0, fmt.Errorf("opening %s: %w", path, err)
	}
	if from > k.SchemaVersion() {
		err = ErrNewer
	} else {
		err = k.migrate(ctx, file.Pool, from)
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return from, fmt.Errorf("upgrading %s: %w", path, err)
	}
	return from, nil
}
