// Package data is the second database file: the documents of the resources that latchkey serves itself, the log of
// requests, and when tokens were last used.
//
// It keeps JSON objects, numbers them and finds them by their fields; it knows nothing of users, permissions, HTTP or of
// what a field means. It is apart from the user database so that its writes do not disturb the proof that an authentication is fresh. The two
// files are not one snapshot.
//
// Numbers such as D12 are requirements: see docs/requirements.md.
package data

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"time"

	"latchkey/db/internal/sqlite"
)

//go:embed migrations/*.sql
var migrations embed.FS

// kind marks a data file: "LKDA" in ASCII, and a backup of one: "LKDB".
var kind = sqlite.Kind{ApplicationID: 0x4c4b4441, BackupID: 0x4c4b4442, Migrations: migrations}

// Data is an open data file. It is safe for concurrent use, also by several processes. Close it when done.
type Data struct {
	// QueryLimit is how long a query of documents by conditions or with an order may take, and a deletion by conditions once
	// it is its turn; beyond it is [ErrSlow]. [Open] sets 5 seconds; change it only while nobody uses the file.
	QueryLimit time.Duration
	// MinFree says how much of a volume of a size, both in bytes, is left free: documents, request logs and times of use that
	// would take more are refused, and so are deletions that would take more than half of it (D12). [Open] sets
	// [DefaultMinFree]; change it only while nobody uses the file.
	MinFree func(size int64) int64

	clock  func() time.Time
	writer *sqlite.File // one connection; nil: opened for reading alone
	reader *sqlite.File // refuses writes; readers never wait for the writer (WAL)

	confirm func(context.Context) error // of changes; nil: none
	account Account                     // of whoever changes
}

// Open opens the data file at path. It makes one (mode 0600 whatever the umask, whole or not at all) where there is
// none, and brings an older one to this release's schema.
//
// Errors: [ErrUnsafe], [ErrForeign], [ErrNewer], [ErrUnwritable], [ErrBusy], [ErrFull], [ErrDamaged]. A file that is
// refused has not been changed.
func Open(ctx context.Context, path string, clock func() time.Time) (*Data, error) {
	if errInstant != nil {
		return nil, errInstant
	}
	writer, err := openWriter(ctx, path)
	if err != nil {
		return nil, err
	}
	reader, err := kind.Open(ctx, path, false)
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	data := &Data{QueryLimit: queryLimit, MinFree: DefaultMinFree, clock: clock, writer: writer, reader: reader}
	err = reader.Watch(ctx)
	if err == nil {
		err = writer.Check() // both must have opened the same file
	}
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, errors.Join(err, data.Close()))
	}
	return data, nil
}

// OpenReadOnly opens an existing data file for reading alone; every change is [ErrReadOnly]. The errors are those of
// [Open], and [ErrMissing], [ErrOlder].
func OpenReadOnly(ctx context.Context, path string) (*Data, error) {
	if errInstant != nil {
		return nil, errInstant
	}
	reader, err := kind.Open(ctx, path, false)
	if err != nil {
		return nil, err
	}
	return &Data{QueryLimit: queryLimit, reader: reader}, nil
}

// openWriter makes or upgrades the file where that is needed.
func openWriter(ctx context.Context, path string) (*sqlite.File, error) {
	file, err := kind.Open(ctx, path, true)
	switch {
	case errors.Is(err, sqlite.ErrMissing):
		err = kind.Create(ctx, path, nil)
		if errors.Is(err, sqlite.ErrExists) { // another process was faster
			err = nil
		}
	case errors.Is(err, sqlite.ErrOlder):
		_, err = kind.Upgrade(ctx, path)
	default:
		return file, err
	}
	if err != nil {
		return nil, err
	}
	return kind.Open(ctx, path, true)
}

// Confirmed is a file where a change that is done asks for confirmation before it is committed: an error of it is the
// change's, and nothing was changed. It is asked when nothing is left to be done but the COMMIT, however long the change has
// waited for its turn. The original is the one to close.
func Confirmed(d *Data, confirm func(context.Context) error) *Data {
	confirmed := *d
	confirmed.confirm = confirm
	return &confirmed
}

// Close closes the file.
func (d *Data) Close() error {
	err := d.reader.Close()
	if d.writer != nil {
		err = errors.Join(err, d.writer.Close())
	}
	return err
}

// Check tells whether the documents can be read: the file at the path is the one that is open, with the side files it
// had, and it answers. [ErrMoved] where it is another or none; that is final, and from then on every use is ErrMoved: the
// file must be opened anew.
func (d *Data) Check(ctx context.Context) error {
	if err := d.reader.Ask(ctx); err != nil {
		return fmt.Errorf("reading %s: %w", d.reader.Path, err)
	}
	return nil
}

// querier is what a transaction and a pool have in common.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// read is what to read from. Every read and write looks first whether the file is still in its place: what is
// acknowledged in a file that nobody can open any more would be lost.
func (d *Data) read() (querier, error) {
	if err := d.reader.Check(); err != nil {
		return nil, err
	}
	return d.reader.Pool, nil
}

// write runs work in one immediate transaction. Any error of work rolls it back.
func (d *Data) write(ctx context.Context, work func(tx *sql.Tx) error) error {
	if d.writer == nil {
		return ErrReadOnly
	}
	if err := d.reader.Check(); err != nil { // it minds the side files
		return err
	}
	d.writer.Prepare(ctx)
	tx, err := d.writer.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after a commit it does nothing
	err = work(tx)
	if d.confirm != nil { // also of what failed: the reason is not for everybody
		err = cmp.Or(d.confirm(ctx), err)
	}
	if err != nil {
		return err
	}
	err = tx.Commit()
	certain := err == nil || sqlite.NotCommitted(err)
	err = sqlite.Explain(err)
	if !certain && !errors.Is(err, ErrBusy) && ctx.Err() == nil {
		err = fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
	}
	return err
}

// now is the time to the second, which is all that clients are shown of it: else a document could lie after the very
// date that it shows.
func (d *Data) now() time.Time { return d.clock().UTC().Truncate(time.Second) }
