package data

import (
	"latchkey/db/internal/sqlite"
	"latchkey/perms/errorkind"
)

// Errors of the package. They are wrapped with context; compare with errors.Is. Any other error is trouble with the
// file, and the same request may succeed later.
var (
	// ErrNoDocument: the collection has no document of that number.
	ErrNoDocument = errorkind.Missing.New("no such document")
	// ErrNoParent: the document that the collection hangs under does not exist.
	ErrNoParent = errorkind.Missing.New("no such parent document")
	// ErrTooLarge: the document would be larger than [MaxBody]. Nothing was changed.
	ErrTooLarge = errorkind.Invalid.New("document is too large")
	// ErrName: the name of a field has U+0000 in it, by which SQLite would take it for a shorter one. Nothing was changed.
	ErrName = errorkind.Invalid.New("a field's name has U+0000 in it")
	// ErrPageTooLarge: the page would be larger than [MaxPage]: ask for fewer documents at once.
	ErrPageTooLarge = errorkind.Invalid.New("page is too large")
	// ErrSlow: the query took longer than it may. Nothing was changed; ask for less.
	ErrSlow = errorkind.Invalid.New("the query takes too long")
	// ErrUsedID: a number that is to be given to a document was given out already.
	ErrUsedID = errorkind.State.New("the number was used already")
	// ErrAllParents: a write to the documents of all parents at once, which only reading may name.
	ErrAllParents = errorkind.Invalid.New("a change needs one parent document")

	// ErrOrphan: there are documents, and the database of their users is gone.
	ErrOrphan = errorkind.State.New("documents without their database")
	// ErrNoRequestLog: there is no request log of that number, or no longer.
	ErrNoRequestLog = errorkind.Missing.New("no such request log")
	// ErrReadOnly: a change of a file that was opened for reading alone.
	ErrReadOnly = errorkind.Unavailable.New("the data file is open for reading alone")

	// ErrUnknownOutcome: the commit failed in a way that may have made the change all the same, or may yet.
	ErrUnknownOutcome = errorkind.UnknownOutcome.New("outcome unknown: the commit failed")

	// What can be wrong with the file itself.
	ErrBusy       = sqlite.ErrBusy       // another process held the write lock for too long; nothing was changed
	ErrFull       = sqlite.ErrFull       // no space is left; nothing was changed
	ErrLittleLeft = sqlite.ErrLittleLeft // what space is left is kept for saves: it is an ErrFull
	ErrMoved      = sqlite.ErrMoved      // the file at the path is no longer the one that was opened
	ErrBackup     = sqlite.ErrBackup     // a backup was to be written
	ErrUnsafe     = sqlite.ErrUnsafe     // the file is a link, or others can read or write it
	ErrExists     = sqlite.ErrExists     // a file stands where a new one should be made
	ErrForeign    = sqlite.ErrForeign    // the file is no latchkey data file; it was not changed
	ErrMissing    = sqlite.ErrMissing    // there is no file, where none is made
	ErrOlder      = sqlite.ErrOlder      // the schema is of an older release, where it is not upgraded
	ErrNewer      = sqlite.ErrNewer      // the schema is of a newer release
	ErrUnwritable = sqlite.ErrUnwritable // this user may not write there
	ErrDamaged    = sqlite.ErrDamaged    // what is in the file is not what was written
)
