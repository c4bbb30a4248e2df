package cmd

import (
	"context"
	"errors"
	"strings"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/exchange"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/maintain"
	"latchkey/cmd/resource"
	"latchkey/cmd/serve"
	"latchkey/db"
	"latchkey/db/data"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/tokens"
)

// exits is the one table from error to exit status, and what to do next.
var exits = []struct {
	err  error
	code int
	hint string
}{
	{app.ErrInterrupted, app.ExitInterrupted, ""},
	{perms.ErrRefused, app.ExitRefused, ""},
	{db.ErrActor, app.ExitRefused, ""},
	{data.ErrUnknownOutcome, app.ExitUnknownResult, "look at the documents before you try again"},
	{model.ErrUnknownOutcome, app.ExitUnknownResult, "when the database can be read again, look with 'latchkey status'; saving again is harmless"},
	{staging.ErrDelivery, app.ExitUnexpected, ""},
	{staging.ErrNoStdout, app.ExitWrongUse, "let standard output go to a terminal, a file or a pipe"},
	{app.ErrWrongUse, app.ExitWrongUse, ""},
	{ui.ErrFormat, app.ExitWrongUse, ""},
	{ui.ErrField, app.ExitWrongUse, ""},
	{perms.ErrMalformed, app.ExitWrongUse, ""},
	{perms.ErrPast, app.ExitWrongUse, ""},
	{tokens.ErrGrace, app.ExitWrongUse, ""},
	{model.ErrName, app.ExitWrongUse, ""},
	{edits.ErrText, app.ExitWrongUse, ""},
	{edits.ErrBackend, app.ExitWrongUse, ""},
	{edits.ErrNoPermission, app.ExitUnknown, "'latchkey perm list' shows all"},
	{model.ErrNoUser, app.ExitUnknown, "'latchkey user list' shows all"},
	{model.ErrNoRole, app.ExitUnknown, "'latchkey role list' shows all"},
	{model.ErrNoResource, app.ExitUnknown, "'latchkey resource list' shows all"},
	{model.ErrNoRevision, app.ExitUnknown, "'latchkey log' shows all"},
	{perms.ErrNoRoute, app.ExitUnknown, "'latchkey perm list' shows the paths"},
	{perms.ErrNotImplemented, app.ExitUnknown, ""},
	{db.ErrMissing, app.ExitUnexpected, "--db and LATCHKEY_DB name another file; 'latchkey init' makes an empty one, 'latchkey serve --create' one with an admin"},
	{model.ErrConflict, app.ExitConflict, ""},
	{tokens.ErrAlreadyEnabled, app.ExitState, "'latchkey token regenerate' makes a new token; --ensure accepts it as it is"},
	{tokens.ErrNotEnabled, app.ExitState, ""},
	{tokens.ErrNothingToRetire, app.ExitState, ""},
	{db.ErrNameTaken, app.ExitState, "choose another name, or rename or remove that one first"},
	{model.ErrUserExists, app.ExitState, "--ensure accepts it as it is"},
	{model.ErrRoleExists, app.ExitState, "--ensure accepts it as it is"},
	{model.ErrResourceExists, app.ExitState, "--ensure accepts it as it is; 'latchkey resource edit' changes it"},
	{edits.ErrOtherResource, app.ExitState, "'latchkey resource edit' changes it"},
	{model.ErrCatalogue, app.ExitState, ""},
	{perms.ErrResource, app.ExitWrongUse, ""}, // behind ErrCatalogue, which wraps it where two do not go together
	{resource.ErrNoDocuments, app.ExitState, ""},
	{resource.ErrOutputFile, app.ExitState, ""},
	{exchange.ErrContent, app.ExitWrongUse, ""},
	{exchange.ErrColumns, app.ExitState, ""},
	{exchange.ErrUnnamed, app.ExitState, ""},
	{data.ErrUsedID, app.ExitState, "leave the ids out, and the documents get the next ones; --update changes those that are there"},
	{data.ErrNoParent, app.ExitUnknown, ""},
	{model.ErrRoleInUse, app.ExitState, "take it away first with 'latchkey role unassign'"},
	{model.ErrNeedsDraft, app.ExitState, "name it too, or save the whole draft"},
	{model.ErrTooManyDrafts, app.ExitState, "'latchkey status --all' lists every draft"},
	{model.ErrNotStaged, app.ExitState, "'latchkey status' shows what is staged"},
	{db.ErrExists, app.ExitState, ""},
	{model.ErrOtherLine, app.ExitState, "restore it to a path where there is no database: --db names one"},
	{perms.ErrTooMany, app.ExitState, ""},
	{edits.ErrNoRule, app.ExitState, ""},
	{edits.ErrNotAssigned, app.ExitState, ""},
	{edits.ErrDiffers, app.ExitState, "'latchkey user edit' changes them"},
	{app.ErrDeclined, app.ExitUnconfirmed, ""},
	{ui.ErrNoAnswer, app.ExitUnconfirmed, ""},
	{serve.ErrUsage, app.ExitWrongUse, ""},
	{serve.ErrPortInUse, app.ExitBusy, ""},
	{serve.ErrListen, app.ExitUnexpected, ""},
	{serve.ErrDelivery, app.ExitUnexpected, ""},
	{db.ErrBusy, app.ExitBusy, ""},
	{maintain.ErrUnsound, app.ExitDamaged, "'latchkey restore' mends damaged rows from a backup; for anything worse, stop and keep a copy of the files"},
	{model.ErrDamaged, app.ExitDamaged, "stop, keep a copy of the files, and go back to a backup"},
	{db.ErrUnwritable, app.ExitUnexpected, "look at the owner and mode of the file and of its directory; from storage that is read only, copy it first"},
	{db.ErrForeign, app.ExitUnexpected, "--db names another file; this one was not changed"},
	{context.DeadlineExceeded, app.ExitBusy, ""},
}

// explain finds the exit status of an error and a hint for what to do.
func explain(err error) (code int, hint string) {
	var said app.ExitStatus
	if errors.As(err, &said) {
		return int(said), ""
	}
	var method *perms.MethodError
	if errors.As(err, &method) {
		return app.ExitUnknown, "allowed there: " + strings.Join(method.Allow, ", ")
	}
	for _, row := range exits {
		if errors.Is(err, row.err) {
			code, hint = row.code, row.hint
			break
		}
	}
	if code == 0 {
		code = app.ExitUnexpected
	}
	var conflict *model.ConflictError
	if errors.As(err, &conflict) {
		hint = conflict.Hint
	}
	return code, hint
}
