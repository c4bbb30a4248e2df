package app

import (
	"errors"
	"fmt"
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

// exitMeanings is the table of the help texts.
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

var (
	ErrWrongUse    = errors.New("wrong use")
	ErrInterrupted = errors.New("interrupted; nothing was changed")
	ErrDeclined    = errors.New("not confirmed; nothing was changed")
	ErrNobodyLooks = errors.New("standard output is closed or the null device: nobody would see the token")
	ErrSavedUntold = errors.New("is saved, but could not be printed")
	ErrDelivery    = errors.New("writing the token; nothing was changed")
)

// answer is an exit status that is no error: the answer has been printed.
type Answer int

func (a Answer) Error() string { return ExitMeanings[int(a)] }

// wrongUse marks an error as wrong use of the command line.
func WrongUse(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}

type usageError struct{ error }

func (e usageError) Unwrap() error        { return e.error }
func (e usageError) Is(target error) bool { return target == ErrWrongUse }

func WrongUsef(format string, args ...any) error { return WrongUse(fmt.Errorf(format, args...)) }
