package engine

import (
	"context"
	"database/sql/driver"
)

// Engine is an open user database, as far as the packages that know its tables need one. It is safe for concurrent use.
//
// Its errors, and those of all that it hands out, match those of this package where one applies; whoever uses it looks at
// no result codes.
type Engine interface {
	// Path is where the database is.
	Path() string
	// Read runs work on one state of the database.
	Read(ctx context.Context, work func(tx Tx) error) error
	// Write runs work in a transaction in which nobody else writes, from its beginning. Any error of work rolls it back. A
	// [CommitError] where the commit failed: then the change may have happened all the same.
	Write(ctx context.Context, work func(tx Tx) error) error
	// Saved returns once no request that begins from now on, at whichever server, can be decided by a state before a save
	// that was committed.
	Saved(ctx context.Context, revision int64) error

	// Watch is for a database that stays open long, as in a server. From then on marks can be taken.
	Watch(ctx context.Context) error
	// Mark takes the mark of the last commit.
	Mark() (Mark, error)
	// NewReader makes a reader of many rows.
	NewReader() Reader

	// Prepare is for a moment in which a database that is open writable has no transaction: it takes room for later, as far as
	// there is some. Whatever it cannot do, it leaves.
	Prepare(ctx context.Context)
	// MakeRoom sees to it that so many bytes can be written, as far as what was taken by Prepare helps: all of it, or the half
	// that anybody's writes may have.
	MakeRoom(need int64, all bool) error
	// RequireFree returns [ErrLittleLeft] unless as much room as minFree says for the size of the whole is left once a
	// transaction that may write cost bytes is committed.
	RequireFree(ctx context.Context, tx Tx, cost int64, minFree func(size int64) int64) error

	// Ask tells whether the database can still be answered from. [ErrMoved] where another one is in its place; that is final.
	Ask(ctx context.Context) error
	// Examine has the engine look through all that is stored, whatever it means. What is wrong is [ErrDamaged] and named.
	Examine(ctx context.Context) error
	// CopyTo writes one state of the database to a new file, which appears whole, examined and durable, or not at all. check
	// looks into the copy first; an error of it leaves nothing behind. backup says that the copy is one, to be refused where it would
	// be written.
	CopyTo(ctx context.Context, path string, backup bool, check func(ctx context.Context, copied Engine) error) error
	// Close closes the database.
	Close() error
}

// Tx is a transaction. It is good for as long as the work that it is given to, and for one goroutine.
type Tx interface {
	// Each runs a query and visits its rows until visit returns an error.
	Each(ctx context.Context, visit func(row Row) error, query string, args ...any) error
	// Row runs a query of one row. Its Scan is sql.ErrNoRows where there is none.
	Row(ctx context.Context, query string, args ...any) Row
	// Rows runs a query whose rows are read in step with those of others. Close them.
	Rows(ctx context.Context, query string, args ...any) (*Rows, error)
	// Exec runs a statement and tells how many rows it has changed.
	Exec(ctx context.Context, statement string, args ...any) (int64, error)
}

// Mark tells one committed state from every other: what is read in a transaction that begins after a mark was taken is
// fresh for as long as the same mark can be taken again. The zero Mark is of no state: it could not be told, and only a
// transaction tells.
type Mark [48]byte

// Reader reads much or often, with each query compiled once. It is not safe for concurrent use. Close it before the
// engine; it can be used again.
type Reader interface {
	// Read runs work in one read transaction.
	Read(ctx context.Context, work func(tx ReadTx) error) error
	Close() error
}

// ReadTx is a transaction of a [Reader].
type ReadTx interface {
	// Query runs a query; its arguments are numbers. Close the rows.
	Query(ctx context.Context, query string, args ...int64) (ValueRows, error)
}

// ValueRows are rows whose values are taken as they are stored.
type ValueRows interface {
	// Next reads the next row, nil after the last one. Its values are int64, float64, string, []byte or nil, each the
	// caller's; the slice is good until the next call.
	Next() ([]driver.Value, error)
	Close() error
}
