package panel

import (
	"errors"
	"strconv"
	"strings"

	"latchkey/perms/errorkind"
)

// Errors that an interface tells apart from others of their kind.
var (
	// ErrReadOnly: this panel can only be looked at, as the process may not write the database. Nothing was changed.
	ErrReadOnly = errorkind.Unavailable.New("nothing can be edited here")
	// ErrLittleLeft: what space is left is kept for edits that take access away. Nothing was changed.
	ErrLittleLeft = errorkind.Full.New("what space is left is kept for taking access away")
	// ErrAmbiguous: a name is of several kinds, or not the only one.
	ErrAmbiguous = errorkind.Invalid.New("does not say what is meant")
	// ErrSort: a text does not say in which order users come.
	ErrSort = errorkind.Invalid.New("is no order of users: write name, created_at, changed_at or issued_at, with :desc behind it for downwards")
	// ErrPath: a text is not the path of a request.
	ErrPath = errorkind.Invalid.New("is no path")
)

// VersionError is the error of an edit of an object whose version is none that [EditOptions].IfMatch asks for, or one that
// IfNoneMatch excludes.
type VersionError struct{ Version string } // the one that it has

// Error says that the object has changed.
func (e *VersionError) Error() string { return "it is not as you saw it" }

// ErrorKind is that of a conflict.
func (e *VersionError) ErrorKind() errorkind.Kind { return errorkind.Conflict }

// ConflictsOf is, for each object of a conflict, by its label, what has happened to it; nil: the error is no conflict, or
// does not say.
func ConflictsOf(err error) map[string]string {
	var conflict interface {
		error
		ByLabel() map[string]string
	}
	if errors.As(err, &conflict) {
		return conflict.ByLabel()
	}
	return nil
}

// ConfirmLockout is the confirmation of a save that would leave nobody who may do everything, or that the operator could not
// undo any more.
const ConfirmLockout = "lockout"

// IsConfirmation tells whether an error can ask for a word: [ConfirmLockout], or the number of tokens that a save would end, or
// both, as in lockout,2.
func IsConfirmation(word string) bool {
	_, err := strconv.ParseUint(strings.TrimPrefix(word, ConfirmLockout+","), 10, 63)
	return word == ConfirmLockout || err == nil
}

// ConfirmationOf is what an [errorkind.Unconfirmed] error asks for: repeated with it, the edit or save is made. "": the error
// asks for none by a word.
func ConfirmationOf(err error) string {
	var asking interface {
		error
		Confirmation() string
	}
	if errors.As(err, &asking) {
		return asking.Confirmation()
	}
	return ""
}
