package db

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"time"

	"latchkey/db/internal/sqlitefile"
)

//go:embed migrations/*.sql
var migrations embed.FS

// kind marks the user database: "LKEY" in ASCII.
var kind = sqlitefile.Kind{ApplicationID: 0x4c4b4559, Migrations: migrations}

// SchemaVersion is the version of the schema that this release writes.
func SchemaVersion() int { return kind.SchemaVersion() }

// Options say how a database is opened.
type Options struct {
	Clock    func() time.Time // what time it is
	Writable bool             // false: the connections refuse every write (query_only)
}

// DB is an open user database. It is safe for concurrent use. Close it when done.
type DB struct {
	file        *sqlitefile.File
	pool        *sql.DB
	clock       func() time.Time
	credentials *sql.Stmt // credentialsQuery, since every request runs it
}

// Open opens the database at path and checks that it is ours, of this release and safely stored.
//
// Errors: [ErrMissing], [ErrUnsafe], [ErrForeign], [ErrOlder], [ErrNewer], [ErrUnwritable], [ErrBusy], [ErrDamaged].
// A file that is refused has not been changed.
func Open(ctx context.Context, path string, options Options) (*DB, error) {
	file, err := kind.Open(ctx, path, options.Writable)
	if err != nil {
		return nil, err
	}
	credentials, err := file.Pool.PrepareContext(ctx, credentialsQuery)
	if err != nil {
		return nil, errors.Join(sqlitefile.Explain(err), file.Close())
	}
	return &DB{file: file, pool: file.Pool, clock: options.Clock, credentials: credentials}, nil
}

// Close closes the database.
func (d *DB) Close() error { return errors.Join(d.credentials.Close(), d.file.Close()) }

// Path is the absolute path of the database file.
func (d *DB) Path() string { return d.file.Path }

// Create makes a new database at path with the given users, who become revision 1 (none: no revision). The file
// appears whole or not at all, mode 0600; missing directories are made, mode 0700. [ErrExists] when the name is taken.
func Create(ctx context.Context, path string, options Options, operator Operator, seed []User) error {
	return kind.Create(ctx, path, func(ctx context.Context, pool *sql.DB) error {
		if len(seed) == 0 {
			return nil
		}
		database := &DB{pool: pool, clock: options.Clock}
		return database.seed(ctx, operator, seed)
	})
}

// Upgrade brings an older database to this release's schema and says from which version. A database of this release
// is left alone.
func Upgrade(ctx context.Context, path string) (from int, err error) { return kind.Upgrade(ctx, path) }

// Check tells whether the database can still be answered from: the file at the path is the one that is open, and it
// can be read. [ErrMoved] where it is another or none (D7).
func (d *DB) Check(ctx context.Context) error {
	if err := d.file.Check(); err != nil {
		return err
	}
	_, err := d.Head(ctx)
	return err
}
