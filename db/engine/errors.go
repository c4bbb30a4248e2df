// Package engine is what the user database needs of the engine that stores it: transactions, a proof that what was read is
// still fresh, copies, and errors in the same words. What the tables mean is not known here, and how an engine does it
// not either: see package sqlite.
package engine

import "latchkey/perms/errorkind"

// Errors of the package. They are wrapped with context; compare with errors.Is.
var (
	// ErrMissing: there is no file at the path.
	ErrMissing = errorkind.Unavailable.New("no latchkey database")
	// ErrExists: a file stands where a new one should be made.
	ErrExists = errorkind.State.New("a file of that name exists already")
	// ErrForeign: the file is not of the kind that was asked for. It was not changed.
	ErrForeign = errorkind.Unavailable.New("not a latchkey database")
	// ErrOlder and ErrNewer: the schema is of another release.
	ErrOlder = errorkind.Unavailable.New("database of an older release")
	ErrNewer = errorkind.Unavailable.New("database of a newer release")
	// ErrBackup: the file is a backup, and was to be written. It was not changed.
	ErrBackup = errorkind.State.New("this is a backup, which nothing may change")
	// ErrUnsafe: the file is a link, or others can read or write it.
	ErrUnsafe = errorkind.Unavailable.New("unsafe database file")
	// ErrNetwork: the file system is not of this machine alone. It comes with ErrUnsafe.
	ErrNetwork = errorkind.Unavailable.New("on a network file system")
	// ErrMoved: the file at the path is no longer the one that was opened.
	ErrMoved = errorkind.Unavailable.New("database file was moved or replaced")
	// ErrUnwritable: the file, its directory or its file system does not let this user write.
	ErrUnwritable = errorkind.Unavailable.New("this user cannot read and write there")
	// ErrTooLong: the path is longer than the engine takes.
	ErrTooLong = errorkind.Invalid.New("path is too long")
	// ErrBusy: another process held the write lock for the whole of the waiting time.
	ErrBusy = errorkind.Busy.New("database is busy: try again")
	// ErrFull: no space is left on the device; nothing was changed.
	ErrFull = errorkind.Full.New("no space left for the database: free some and run it again")
	// ErrLittleLeft: what is left of the volume is kept for what matters more. It is an [ErrFull]: nothing was changed.
	ErrLittleLeft error = littleLeft{}
	// ErrDamaged: what is in the file is not what was written.
	ErrDamaged = errorkind.Damaged.New("database is damaged")
)

type littleLeft struct{}

func (littleLeft) Error() string {
	return "too little space is left, and that is kept for taking access away: free some and run it again"
}

func (littleLeft) Is(target error) bool { return target == ErrFull }

func (littleLeft) ErrorKind() errorkind.Kind { return errorkind.Full }

// CommitError is a failed COMMIT: the change may have happened all the same.
type CommitError struct{ Err error }

func (e *CommitError) Error() string { return e.Err.Error() }

// Unwrap returns what failed.
func (e *CommitError) Unwrap() error { return e.Err }
