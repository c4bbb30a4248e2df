// Package db is the user database: users and their rules, each operator's drafts, the save that makes a draft live,
// the record of every save, and the look-up that authenticates a request.
//
// It stores and compares; it decides nothing about what a token or a permission means. Those rules are in packages
// tokens and perms. It knows no command line, no HTTP and no terminal.
//
// The one thing to know about staging: an [Edit] changes either the operator's draft ([DB.Stage]) or the live object
// ([DB.SaveEdit]); [DB.Save] makes drafts live. All three are one immediate transaction each, and a save writes its
// record in the transaction of the change.
//
// What it needs of a storage engine is in package engine. What belongs to SQLite alone (settings, files, error codes) is in
// package sqlite, and only the opening of a database names it.
//
// Numbers such as D11 are requirements: see docs/requirements.md.
package db

import (
	"context"
	"embed"
	"errors"
	"slices"
	"time"

	"latchkey/db/engine"
	"latchkey/db/internal/sqlite"
	"latchkey/db/model"
	"latchkey/db/snapshot"
	"latchkey/perms/verifiedtime"
)

//go:embed migrations/*.sql
var migrations embed.FS

// kind marks the user database: "LKEY" in ASCII, and a backup of it: "LKBK".
var kind = sqlite.Kind{ApplicationID: 0x4c4b4559, BackupID: 0x4c4b424b, Migrations: migrations, Reserve: true}

// SchemaVersion is the version of the schema that this release writes.
func SchemaVersion() int { return kind.SchemaVersion() }

// Options say how a database is opened.
type Options struct {
	Clock    func() time.Time // what time it is, perhaps: it may be wrong (T5)
	Writable bool             // false: the connections refuse every write (query_only)
	Watched  bool             // it stays open long, as in a server: [DB.Check] minds the side files too, and who authenticates is kept in memory
	Backups  bool             // of a writable one: it may be a backup, since nothing but a copy is to be written
	Reserve  bool             // of a writable one: it keeps a file beside it, whose room saves get that take access away on a full disk (D12)
	// MinFree says how much of a volume of a size, in bytes, is left free by others. Half of it is left by edits, but for saves
	// that take access away, and these get half of the reserve alone: who edits comes over a network. nil: an operator on
	// this machine edits, to whom that does not apply.
	MinFree func(size int64) int64
	// ClockMark is the latest moment that is known to have passed, from elsewhere than the revisions. It is called for each
	// decision, so that it must be quick; nil: nothing is known.
	ClockMark func() verifiedtime.Mark
}

// DB is an open user database. It is safe for concurrent use. Close it when done.
type DB struct {
	View     // each call reads a state of its own
	stored   engine.Engine
	room     room
	snapshot *snapshot.Snapshot          // nil: the database is not watched
	guard    func(context.Context) error // of the write transactions; nil: none
	trial    bool                        // no write transaction is kept

	confirmation string // of saves
}

// What can be wrong with the file itself.
var (
	ErrMissing    = engine.ErrMissing    // there is no database at the path
	ErrExists     = engine.ErrExists     // a file stands where a new database should be made
	ErrForeign    = engine.ErrForeign    // the file is no latchkey database; it was not changed
	ErrOlder      = engine.ErrOlder      // the schema is of an older release
	ErrNewer      = engine.ErrNewer      // the schema is of a newer release
	ErrBackup     = engine.ErrBackup     // a backup was to be written
	ErrUnsafe     = engine.ErrUnsafe     // the file is a link, or others can read or write it
	ErrNetwork    = engine.ErrNetwork    // the file system is not of this machine alone
	ErrMoved      = engine.ErrMoved      // the file at the path is no longer the one that was opened
	ErrUnwritable = engine.ErrUnwritable // this user may not write there
	ErrBusy       = engine.ErrBusy       // another process held the write lock for too long
	ErrFull       = engine.ErrFull       // no space is left; nothing was changed
	ErrLittleLeft = engine.ErrLittleLeft // what space is left is kept for taking access away: it is an ErrFull
)

// Open opens the database at path and checks that it is ours, of this release and safely stored.
//
// Errors: [ErrMissing], [ErrUnsafe], [ErrForeign], [ErrOlder], [ErrNewer], [ErrBackup], [ErrUnwritable], [ErrBusy], [model.ErrDamaged].
// A file that is refused has not been changed.
func Open(ctx context.Context, path string, options Options) (*DB, error) {
	kind := kind
	kind.Backups = options.Backups
	stored, err := kind.OpenEngine(ctx, path, options.Writable)
	if err != nil {
		return nil, err
	}
	database := on(stored, options.clock())
	database.room = room{stored, options.Reserve, options.MinFree}
	if options.Reserve {
		stored.Prepare(ctx)
	}
	if options.Watched {
		err = stored.Watch(ctx)
		if err == nil {
			database.snapshot, err = snapshot.NewSnapshot(ctx, stored)
		}
	}
	if err != nil {
		return nil, errors.Join(err, stored.Close())
	}
	return database, nil
}

// on is a database on an engine.
func on(stored engine.Engine, clock clock) *DB {
	return &DB{View: View{stored.Read, clock}, stored: stored}
}

// Guarded is the same database, where every write transaction begins with a check: an error of it is the transaction's, and
// nothing is written. What the check reads of this database is what the transaction goes by, as nobody else can save
// meanwhile. The original is the one to close.
func (d *DB) Guarded(check func(context.Context) error) *DB {
	guarded := *d
	guarded.guard = check
	return &guarded
}

// Trial is the same database, of which no write transaction is kept: it does all its work, its errors are those of the real one,
// and then it is rolled back. The original is the one to close.
func (d *DB) Trial() *DB {
	trial := *d
	trial.trial = true
	return &trial
}

// Confirmed is the same database, where saves have the confirmation that an error asked for, such as [Lockout]. The original is
// the one to close.
func (d *DB) Confirmed(confirmation string) *DB {
	confirmed := *d
	confirmed.confirmation = confirmation
	return &confirmed
}

// Close closes the database.
func (d *DB) Close() error { return errors.Join(d.snapshot.Close(), d.stored.Close()) }

// Path is the absolute path of the database file.
func (d *DB) Path() string { return d.stored.Path() }

// Create makes a new database at path with the given objects, which become revision 1 (none: no revision). The file
// appears whole or not at all, mode 0600; missing directories are made, mode 0700. [ErrExists] when the name is taken.
func Create(ctx context.Context, path string, options Options, operator model.Operator, seed []model.Object) error {
	return kind.CreateEngine(ctx, path, func(ctx context.Context, fresh engine.Engine) error {
		if len(seed) == 0 {
			return nil
		}
		message := "first users"
		if !slices.ContainsFunc(seed, func(one model.Object) bool { return one.Kind == model.KindUser }) {
			message = "first settings"
		}
		_, err := on(fresh, options.clock()).SaveUpdates(ctx, operator, message, func(tx engine.Tx) ([]model.Update, error) {
			return numbered(ctx, tx, seed)
		})
		return err
	})
}

// Upgrade brings an older database to this release's schema and says from which version. A database of this release
// is left alone.
func Upgrade(ctx context.Context, path string) (from int, err error) { return kind.Upgrade(ctx, path) }

// Check tells whether the database can still be answered from: the file at the path is the one that is open, and it
// can be read. [ErrMoved] where it is another or none (D7); that is final, and from then on every use is ErrMoved: the
// database must be opened anew. A watched database is asked through a connection that does nothing else.
func (d *DB) Check(ctx context.Context) error { return d.stored.Ask(ctx) }

// Examine has SQLite look through the file: structure, indexes, constraints and references. What is wrong is
// [model.ErrDamaged] and named. What saves wrote is looked at by package backup and by [history.Reader.Verify].
func (d *DB) Examine(ctx context.Context) error { return d.stored.Examine(ctx) }

// CopyTo writes one state of the database, drafts included, to a new file at path, which appears whole, examined and
// durable, mode 0600, or not at all (D9). check looks into the copy first; an error of it leaves nothing behind. Others may
// save meanwhile. The database must be open writable.
func (d *DB) CopyTo(ctx context.Context, path string, backup bool, check func(ctx context.Context, copied *DB) error) error {
	return d.stored.CopyTo(ctx, path, backup, func(ctx context.Context, copied engine.Engine) error { return check(ctx, on(copied, d.clock)) })
}
