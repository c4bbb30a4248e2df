package db

import "latchkey/db/internal/sqlite"

var (
	// What can be wrong with the file itself.
	ErrMissing    = sqlite.ErrMissing    // there is no database at the path
	ErrExists     = sqlite.ErrExists     // a file stands where a new database should be made
	ErrForeign    = sqlite.ErrForeign    // the file is no latchkey database; it was not changed
	ErrOlder      = sqlite.ErrOlder      // the schema is of an older release
	ErrNewer      = sqlite.ErrNewer      // the schema is of a newer release
	ErrUnsafe     = sqlite.ErrUnsafe     // the file is a link, or others can read or write it
	ErrMoved      = sqlite.ErrMoved      // the file at the path is no longer the one that was opened
	ErrUnwritable = sqlite.ErrUnwritable // this user may not write there
	ErrBusy       = sqlite.ErrBusy       // another process held the write lock for too long
	ErrFull       = sqlite.ErrFull       // no space is left; nothing was changed
	ErrLittleLeft = sqlite.ErrLittleLeft // what space is left is kept for taking access away: it is an ErrFull
)
