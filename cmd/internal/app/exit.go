package app

import (
	"errors"
	"fmt"

	"latchkey/perms/errorkind"
)

// Exit statuses; the help of each command lists those it can end with.
const (
	ExitDone          = 0
	ExitUnexpected    = 1
	ExitWrongUse      = 2
	ExitNo            = 3
	ExitUnknown       = 4
	ExitState         = 5
	ExitConflict      = 6
	ExitUnconfirmed   = 7
	ExitBusy          = 8
	ExitRefused       = 9
	ExitDifferences   = 10
	ExitUnknownResult = 11
	ExitDamaged       = 12
	ExitInterrupted   = 130
)

// ExitMeanings are the exit statuses in words, for the help texts.
var ExitMeanings = map[int]string{
	ExitDone:          "done, or the answer is yes",
	ExitUnexpected:    "unexpected failure",
	ExitWrongUse:      "wrong use",
	ExitNo:            "the answer is no",
	ExitUnknown:       "no such user, role, resource, revision or permission",
	ExitState:         "the state does not allow it",
	ExitConflict:      "conflict: the live state moved",
	ExitUnconfirmed:   "confirmation needed and nobody to ask",
	ExitBusy:          "busy: try again",
	ExitRefused:       "not permitted (with --as)",
	ExitDifferences:   "differences exist (with --exit-code)",
	ExitUnknownResult: "outcome unknown: the commit failed and a fresh read cannot tell",
	ExitDamaged:       "integrity check failed",
	ExitInterrupted:   "interrupted",
}

// Errors of the command line itself; cmd has the table from all errors to exit statuses.
var (
	ErrWrongUse    = errorkind.Invalid.New("wrong use")
	ErrInterrupted = errors.New("interrupted; nothing was changed")
	ErrDeclined    = errorkind.Unconfirmed.New("not confirmed; nothing was changed")
)

// ExitStatus ends a command with a status that is no failure, such as [ExitNo]: the result has been printed.
type ExitStatus int

// Error makes it an error, so that a command can return it.
func (s ExitStatus) Error() string { return ExitMeanings[int(s)] }

// WrongUse marks an error as wrong use of the command line: [ErrWrongUse]. Of nil it makes nil.
func WrongUse(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}

type usageError struct{ error }

func (e usageError) Unwrap() error             { return e.error }
func (e usageError) Is(target error) bool      { return target == ErrWrongUse }
func (e usageError) ErrorKind() errorkind.Kind { return errorkind.Invalid }

// WrongUsef makes an error of wrong use, as fmt.Errorf does.
func WrongUsef(format string, args ...any) error { return WrongUse(fmt.Errorf(format, args...)) }
