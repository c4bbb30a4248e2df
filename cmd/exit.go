package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"latchkey/cmd/internal/exchange"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/serve"
	"latchkey/db"
	"latchkey/db/data"
	"latchkey/db/edits"
	"latchkey/perms"
	"latchkey/tokens"
)

// Exit statuses; the help of each command lists those it can end with.
const (
	exitDone          = 0
	exitUnexpected    = 1
	exitWrongUse      = 2
	exitNo            = 3
	exitUnknown       = 4
	exitState         = 5
	exitConflict      = 6
	exitUnconfirmed   = 7
	exitBusy          = 8
	exitRefused       = 9
	exitDifferences   = 10
	exitUnknownResult = 11
	exitDamaged       = 12
	exitInterrupted   = 130
)

// exitMeanings is the table of the help texts.
var exitMeanings = map[int]string{
	exitDone:          "done, or the answer is yes",
	exitUnexpected:    "unexpected failure",
	exitWrongUse:      "wrong use",
	exitNo:            "the answer is no",
	exitUnknown:       "no such user, role, resource, revision or permission",
	exitState:         "the state does not allow it",
	exitConflict:      "conflict: the live state moved",
	exitUnconfirmed:   "confirmation needed and nobody to ask",
	exitBusy:          "busy: try again",
	exitRefused:       "not permitted (with --as)",
	exitDifferences:   "differences exist (with --exit-code)",
	exitUnknownResult: "outcome unknown: the commit failed and a fresh read cannot tell",
	exitDamaged:       "integrity check failed",
	exitInterrupted:   "interrupted",
}

var (
	errWrongUse    = errors.New("wrong use")
	errInterrupted = errors.New("interrupted; nothing was changed")
	errDeclined    = errors.New("not confirmed; nothing was changed")
	errNobodyLooks = errors.New("standard output is closed or the null device: nobody would see the token")
	errSavedUntold = errors.New("is saved, but could not be printed")
	errDelivery    = errors.New("writing the token; nothing was changed")
)

// answer is an exit status that is no error: the answer has been printed.
type answer int

func (a answer) Error() string { return exitMeanings[int(a)] }

// exits is the one table from error to exit status, and what to do next.
var exits = []struct {
	err  error
	code int
	hint string
}{
	{errInterrupted, exitInterrupted, ""},
	{perms.ErrRefused, exitRefused, ""},
	{db.ErrActor, exitRefused, ""},
	{data.ErrUnknownOutcome, exitUnknownResult, "look at the documents before you try again"},
	{db.ErrUnknownOutcome, exitUnknownResult, "when the database can be read again, look with 'latchkey status'; saving again is harmless"},
	{errDelivery, exitUnexpected, ""},
	{errNobodyLooks, exitWrongUse, "let standard output go to a terminal, a file or a pipe"},
	{errWrongUse, exitWrongUse, ""},
	{ui.ErrFormat, exitWrongUse, ""},
	{ui.ErrField, exitWrongUse, ""},
	{perms.ErrMalformed, exitWrongUse, ""},
	{perms.ErrPast, exitWrongUse, ""},
	{tokens.ErrGrace, exitWrongUse, ""},
	{db.ErrName, exitWrongUse, ""},
	{edits.ErrText, exitWrongUse, ""},
	{edits.ErrBackend, exitWrongUse, ""},
	{edits.ErrNoPermission, exitUnknown, "'latchkey perm list' shows all"},
	{db.ErrNoUser, exitUnknown, "'latchkey user list' shows all"},
	{db.ErrNoRole, exitUnknown, "'latchkey role list' shows all"},
	{db.ErrNoResource, exitUnknown, "'latchkey resource list' shows all"},
	{db.ErrNoRevision, exitUnknown, "'latchkey log' shows all"},
	{perms.ErrNoRoute, exitUnknown, "'latchkey perm list' shows the paths"},
	{perms.ErrNotImplemented, exitUnknown, ""},
	{db.ErrMissing, exitUnexpected, "--db and LATCHKEY_DB name another file; 'latchkey init' makes an empty one, 'latchkey serve --create' one with an admin"},
	{db.ErrConflict, exitConflict, ""},
	{tokens.ErrAlreadyEnabled, exitState, "'latchkey token regenerate' makes a new token; --ensure accepts it as it is"},
	{tokens.ErrNotEnabled, exitState, ""},
	{tokens.ErrNothingToRetire, exitState, ""},
	{db.ErrNameTaken, exitState, "choose another name, or rename or remove that one first"},
	{db.ErrUserExists, exitState, "--ensure accepts it as it is"},
	{db.ErrRoleExists, exitState, "--ensure accepts it as it is"},
	{db.ErrResourceExists, exitState, "--ensure accepts it as it is; 'latchkey resource edit' changes it"},
	{edits.ErrOtherResource, exitState, "'latchkey resource edit' changes it"},
	{db.ErrCatalogue, exitState, ""},
	{perms.ErrResource, exitWrongUse, ""}, // behind ErrCatalogue, which wraps it where two do not go together
	{errNoDocuments, exitState, ""},
	{errOutputFile, exitState, ""},
	{exchange.ErrContent, exitWrongUse, ""},
	{exchange.ErrColumns, exitState, ""},
	{exchange.ErrUnnamed, exitState, ""},
	{data.ErrUsedID, exitState, "leave the ids out, and the documents get the next ones; --update changes those that are there"},
	{data.ErrNoParent, exitUnknown, ""},
	{db.ErrRoleInUse, exitState, "take it away first with 'latchkey role unassign'"},
	{db.ErrNeedsDraft, exitState, "name it too, or save the whole draft"},
	{db.ErrTooManyDrafts, exitState, "'latchkey status --all' lists every draft"},
	{db.ErrNotStaged, exitState, "'latchkey status' shows what is staged"},
	{db.ErrExists, exitState, ""},
	{db.ErrOtherLine, exitState, "restore it to a path where there is no database: --db names one"},
	{perms.ErrTooMany, exitState, ""},
	{edits.ErrNoRule, exitState, ""},
	{edits.ErrNotAssigned, exitState, ""},
	{edits.ErrDiffers, exitState, "'latchkey user edit' changes them"},
	{errDeclined, exitUnconfirmed, ""},
	{ui.ErrNoAnswer, exitUnconfirmed, ""},
	{serve.ErrUsage, exitWrongUse, ""},
	{serve.ErrPortInUse, exitBusy, ""},
	{serve.ErrListen, exitUnexpected, ""},
	{serve.ErrDelivery, exitUnexpected, ""},
	{db.ErrBusy, exitBusy, ""},
	{errUnsound, exitDamaged, "'latchkey restore' mends damaged rows from a backup; for anything worse, stop and keep a copy of the files"},
	{db.ErrDamaged, exitDamaged, "stop, keep a copy of the files, and go back to a backup"},
	{db.ErrUnwritable, exitUnexpected, "look at the owner and mode of the file and of its directory; from storage that is read only, copy it first"},
	{db.ErrForeign, exitUnexpected, "--db names another file; this one was not changed"},
	{context.DeadlineExceeded, exitBusy, ""},
}

// explain finds the exit status of an error and a hint for what to do.
func explain(err error) (code int, hint string) {
	var said answer
	if errors.As(err, &said) {
		return int(said), ""
	}
	var method *perms.MethodError
	if errors.As(err, &method) {
		return exitUnknown, "allowed there: " + strings.Join(method.Allow, ", ")
	}
	for _, row := range exits {
		if errors.Is(err, row.err) {
			code, hint = row.code, row.hint
			break
		}
	}
	if code == 0 {
		code = exitUnexpected
	}
	var conflict *db.ConflictError
	if errors.As(err, &conflict) {
		hint = conflict.Hint
	}
	return code, hint
}

// wrongUse marks an error as wrong use of the command line.
func wrongUse(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}

type usageError struct{ error }

func (e usageError) Unwrap() error        { return e.error }
func (e usageError) Is(target error) bool { return target == errWrongUse }

func wrongUsef(format string, args ...any) error { return wrongUse(fmt.Errorf(format, args...)) }
