// Package sqlite opens, makes and migrates the SQLite files of latchkey: safely stored, with the settings that the
// promises need, and never one that is not ours.
//
// It is all that is SQLite's own. It knows nothing of what the tables mean.
//
// Numbers such as D1 are requirements: see docs/requirements.md.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"sync/atomic"

	"modernc.org/sqlite"
)

// Kind is one kind of file that latchkey keeps.
type Kind struct {
	ApplicationID int32 // marks a SQLite file as this kind (PRAGMA application_id)
	Migrations    fs.FS // migrations/*.sql, numbered; they run forward only
	BackupID      int32 // marks a backup of such a file in the place of ApplicationID
	Backups       bool  // a backup may be opened writable too, to be copied: it is refused else
	Reserve       bool  // its files may have room of their own on a full disk: see [File.MakeRoom]
}

// File is an open file. It is safe for concurrent use. Close it when done.
type File struct {
	Path    string  // absolute
	Pool    *sql.DB // begins immediate transactions if opened writable, else refuses every write
	place   *place
	watch   *watch // nil: nobody watches it
	reserve bool   // see [Kind]
	backup  bool   // it is marked as one
	index   *index // the WAL-index; nil: it is not read

	release func() // takes back the claim
	closed  atomic.Bool
}

// Open opens the file at path and checks that it is of this kind, of this release and safely stored.
//
// Errors: [ErrMissing], [ErrUnsafe], [ErrForeign], [ErrOlder], [ErrNewer], [ErrBackup], [ErrUnwritable], [ErrBusy], [ErrDamaged].
// A file that is refused has not been changed; a foreign one was not even given to SQLite.
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
	case writable && file.backup && !k.Backups:
		err = ErrBackup
	default:
		err = checkSettings(ctx, file.Pool, file.journal(), writable)
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
	if err := checkLength(path); err != nil {
		return nil, 0, err
	}
	place, err := newPlace(path)
	if err == nil {
		err = refuseNetwork(path)
	}
	if err != nil {
		return nil, 0, err
	}
	release, err := k.claim(place)
	if err != nil {
		return nil, 0, err
	}
	if k.Reserve {
		place.makeRoomToOpen()
	}
	if !writable || k.Backups {
		place.frozen, err = freeze(path)
	}
	var pool *sql.DB
	if err == nil {
		pool, err = connect(place, writable)
	}
	if err != nil {
		release()
		return nil, 0, err
	}
	file := &File{Path: path, Pool: pool, place: place, reserve: k.Reserve, release: release}
	version, err := k.identify(ctx, file)
	if err != nil {
		return nil, 0, errors.Join(explainLog(path, err), file.Close())
	}
	return file, version, nil
}

// journal is the mode that SQLite is to say that the file has.
func (f *File) journal() string {
	if f.place.frozen != nil {
		return "delete" // without its side files it counts as that
	}
	return "wal"
}

func connect(place *place, writable bool) (*sql.DB, error) {
	driver, err := sqlite.NewConnector(dataSourceName(place.path, writable, place.frozen != nil))
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(connector{driver, place})
	connections := Readers()
	if writable {
		connections = 1 // SQLite has one writer; waiting for it in Go ends with the request
	}
	limit(pool, connections)
	return pool, nil
}

// Readers is how many connections a file has that is open for reading alone.
func Readers() int { return 2 * runtime.GOMAXPROCS(0) }

// limit keeps idle connections: closing the last one would make SQLite remove the WAL under other users of it.
func limit(pool *sql.DB, connections int) {
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
}

// Begin begins a transaction. [ErrMoved] once the file was seen to be moved: what would be read or written then is not
// what others see.
func (f *File) Begin(ctx context.Context) (*sql.Tx, error) {
	if err := f.place.asSeen(); err != nil {
		return nil, err
	}
	tx, err := f.Pool.BeginTx(ctx, nil)
	return tx, Explain(err)
}

// Check tells whether the file at the path is still the one that is open; [ErrMoved] where it is another or none (D7).
// That is final, whatever comes back: from then on every use of the file is ErrMoved. It costs one lstat, three where
// the file is watched.
func (f *File) Check() error { return f.place.check() }

// Close closes the file, but leaves a moved one to the end of the process: SQLite would write the WAL that it has open
// into the file, and remove the one that has the name now, with all that others have saved to it.
func (f *File) Close() error {
	f.closed.Store(true)
	if errors.Is(f.Check(), ErrMoved) {
		return nil
	}
	f.place.sides.Store(nil) // they may go now
	err := errors.Join(f.place.frozen.check(), f.watch.close(), f.Pool.Close())
	f.release()
	return err
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
		err = k.migrate(ctx, file, from)
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return from, fmt.Errorf("upgrading %s: %w", path, err)
	}
	return from, nil
}
