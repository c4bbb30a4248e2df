package db

import "latchkey/db/engine"

// What can be wrong with the file itself.
var (
	ErrMissing    = engine.ErrMissing    // there is no database at the path
	ErrExists     = engine.ErrExists     // a file stands where a new database should be made
	ErrForeign    = engine.ErrForeign    // the file is no latchkey database; it was not changed
	ErrOlder      = engine.ErrOlder      // the schema is of an older release
	ErrNewer      = engine.ErrNewer      // the schema is of a newer release
	ErrUnsafe     = engine.ErrUnsafe     // the file is a link, or others can read or write it
	ErrMoved      = engine.ErrMoved      // the file at the path is no longer the one that was opened
	ErrUnwritable = engine.ErrUnwritable // this user may not write there
	ErrBusy       = engine.ErrBusy       // another process held the write lock for too long
	ErrFull       = engine.ErrFull       // no space is left; nothing was changed
	ErrLittleLeft = engine.ErrLittleLeft // what space is left is kept for taking access away: it is an ErrFull
)
