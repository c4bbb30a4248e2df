package sqlite

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"latchkey/db/engine"
)

// The errors of package engine that this one tells.
var (
	ErrMissing    = engine.ErrMissing
	ErrExists     = engine.ErrExists
	ErrForeign    = engine.ErrForeign
	ErrOlder      = engine.ErrOlder
	ErrNewer      = engine.ErrNewer
	ErrBackup     = engine.ErrBackup
	ErrUnsafe     = engine.ErrUnsafe
	ErrNetwork    = engine.ErrNetwork
	ErrMoved      = engine.ErrMoved
	ErrUnwritable = engine.ErrUnwritable
	ErrTooLong    = engine.ErrTooLong
	ErrBusy       = engine.ErrBusy
	ErrFull       = engine.ErrFull
	ErrLittleLeft = engine.ErrLittleLeft
	ErrDamaged    = engine.ErrDamaged
)

// Explain adds the package's own error to one of SQLite's, so that callers need not know result codes.
func Explain(err error) error {
	if err == nil { // before anything is allocated: it is asked for every row
		return nil
	}
	var failure *sqlite.Error
	if !errors.As(err, &failure) {
		return err
	}
	return explainCode(failure.Code(), err)
}

func explainCode(code int, err error) error {
	if code == sqlite3.SQLITE_IOERR_SHMSIZE { // the WAL-index could not be given its room
		return fmt.Errorf("%w; where space is left, look for a failing disk in the system's log (%w)", ErrFull, err)
	}
	switch code & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fmt.Errorf("%w (%w)", ErrBusy, err)
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w (%w)", ErrFull, err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return fmt.Errorf("%w (%w)", ErrUnwritable, err)
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w (%w)", ErrForeign, err)
	case sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("%w (%w)", ErrDamaged, err)
	}
	return err
}

// NotCommitted tells whether the error of a COMMIT says for certain that nothing was committed: no space was left for the
// pages, the last of which makes the transaction count. Of any other error, and of a WAL-index that had no space, it says
// nothing.
func NotCommitted(err error) bool {
	var failure *sqlite.Error
	return errors.As(err, &failure) && failure.Code() == sqlite3.SQLITE_FULL
}
