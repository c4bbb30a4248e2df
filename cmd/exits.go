package cmd

import (
	"errors"
	"fmt"
	"strings"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/maintain"
	"latchkey/cmd/panel"
	"latchkey/cmd/perm"
	"latchkey/db"
	"latchkey/db/data"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/perms/errorkind"
	"latchkey/tokens"
)

// exits is the one table from kinds of errors to exit statuses.
var exits = map[errorkind.Kind]int{
	errorkind.Refused:         app.ExitRefused,
	errorkind.Unauthenticated: app.ExitRefused,
	errorkind.UnknownOutcome:  app.ExitUnknownResult,
	errorkind.Invalid:         app.ExitWrongUse,
	errorkind.UnknownName:     app.ExitUnknown,
	errorkind.Missing:         app.ExitUnknown,
	errorkind.Conflict:        app.ExitConflict,
	errorkind.State:           app.ExitState,
	errorkind.Absent:          app.ExitState,
	errorkind.Unconfirmed:     app.ExitUnconfirmed,
	errorkind.Full:            app.ExitUnexpected,
	errorkind.Busy:            app.ExitBusy,
	errorkind.Damaged:         app.ExitDamaged,
	errorkind.Unavailable:     app.ExitUnexpected,
	errorkind.Internal:        app.ExitUnexpected,
}

// hints say what to do about an error; the first that applies.
var hints = []struct {
	err  error
	hint string
}{
	{data.ErrUnknownOutcome, "look at the documents before you try again"},
	{model.ErrUnknownOutcome, "when the database can be read again, look with 'latchkey status'; saving again is harmless"},
	{staging.ErrNoStdout, "let standard output go to a terminal, a file or a pipe"},
	{edits.ErrNotServed, "'latchkey resource add NAME' brings a resource that is built in back"},
	{edits.ErrNoPermission, "'latchkey perm list' shows all"},
	{model.ErrNoUser, "'latchkey user list' shows all"},
	{model.ErrNoRole, "'latchkey role list' shows all"},
	{model.ErrNoResource, "'latchkey resource list' shows all"},
	{perm.ErrNoResource, "'latchkey perm list' shows all; 'latchkey perm show NAME' shows what a user may do"},
	{model.ErrNoRevision, "'latchkey log' shows all"},
	{perms.ErrNoRoute, "'latchkey perm list' shows the paths"},
	{data.ErrOrphan, "bring the database back ('latchkey restore BACKUP' makes it from a backup), or move the documents away to begin anew; --db names another place"},
	{panel.ErrAmbiguous, "--user, --role and --resource say which is meant: use one of them"},
	{db.ErrMissing, "--db and LATCHKEY_DB name another file; 'latchkey init' makes an empty one, 'latchkey serve --create' one with an admin"},
	{tokens.ErrAlreadyEnabled, "'latchkey token regenerate' makes a new token; --ensure accepts it as it is"},
	{tokens.ErrNotEnabled, "--ensure accepts it as it is"},
	{db.ErrClockBehind, "set the clock right; where the later time is the wrong one, 'latchkey doctor --reset-clock' makes the clock count again"},
	{db.ErrNameTaken, "choose another name, or rename or remove that one first"},
	{model.ErrUserExists, "--ensure accepts it as it is"},
	{model.ErrRoleExists, "--ensure accepts it as it is"},
	{model.ErrResourceExists, "--ensure accepts it as it is; 'latchkey resource edit' changes it"},
	{edits.ErrOtherResource, "'latchkey resource edit' changes it"},
	{panel.ErrParent, "--under gives the id of the document that the others hang under, where the resource is under another one"},
	{panel.ErrManyFields, "--format jsonl has room for any fields"},
	{data.ErrUsedID, "leave the ids out, and the documents get the next ones; --update changes those that are there"},
	{model.ErrRoleInUse, "take it away first with 'latchkey role unassign', or with it by --unassign"},
	{model.ErrRulesLeft, "revoke them first with 'latchkey perm revoke' and 'latchkey role revoke', or with it by --revoke-rules"},
	{model.ErrRuleForNothing, "take it out with 'latchkey perm revoke' or 'latchkey role revoke', or add what needs it in the same save"},
	{model.ErrNeedsDraft, "name it too, or save the whole draft"},
	{model.ErrTooManyDrafts, "'latchkey status --all' lists every draft"},
	{model.ErrNotStaged, "'latchkey status' shows what is staged; the message of a save is given with -m"},
	{model.ErrOtherLine, "restore it to a path where there is no database: --db names one"},
	{edits.ErrDiffers, "'latchkey user edit' changes them"},
	{maintain.ErrNoAuthority, "'latchkey serve' makes one at its first start without --cert; --db names another database"},
	{maintain.ErrUnsound, "'latchkey restore' mends damaged rows from a backup; for anything worse, stop and keep a copy of the files"},
	{model.ErrDamaged, "stop, keep a copy of the files, and go back to a backup"},
	{db.ErrLittleLeft, "free some, or let --min-free leave less"},
	{db.ErrFull, "saves that only take access away have room of their own: 'latchkey token disable NAME --save'; where even these fail, " +
		"stop the server, save, and start it again: its logs give back their room"},
	{db.ErrBackup, "'latchkey restore BACKUP' brings its state back as a save; with --db and a path where there is no database, it makes one of it"},
	{db.ErrUnwritable, "look at the owner and mode of the file and of its directory; from storage that is read only, copy it first"},
	{db.ErrOlder, "run 'latchkey init --upgrade'"},
	{db.ErrNewer, "use that release of latchkey"},
	{db.ErrForeign, "--db names another file; this one was not changed"},
}

// conflictHints say what to do about conflicts.
var conflictHints = map[model.Cause]string{
	model.DraftIsStale:     "'latchkey rebase' rebases the draft where only other fields have changed; 'latchkey discard' forgets the draft",
	model.DraftCannotMove:  "'latchkey diff' shows both values: 'latchkey discard NAME' forgets your draft of it, then edit again",
	model.DraftIsOlder:     "'latchkey rebase' first, or run the command with --save",
	model.StagedByOneself:  "save or discard the draft first, or run the command without --save",
	model.NameTaken:        "rename one of them, or discard the draft",
	model.RoleRemoved:      "take the role out of the draft, or discard it",
	model.ChangedLater:     "roll back the later revisions first, or edit by hand what is to change",
	model.ChangedMeanwhile: "run the command again",
	model.ChangedByToken:   "the token just shown never works: run the command again",
}

// noResource is the error of a resource that is not served.
func noResource(name string) error { return fmt.Errorf("%w: %s", model.ErrNoResource, name) }

// explain finds the exit status of an error and a hint for what to do.
func explain(err error) (code int, hint string) {
	var said app.ExitStatus
	if errors.As(err, &said) {
		return int(said), ""
	}
	if errors.Is(err, app.ErrInterrupted) {
		return app.ExitInterrupted, ""
	}
	return exits[errorkind.Of(err)], hintFor(err)
}

func hintFor(err error) string {
	var method *perms.MethodError
	var conflict *model.ConflictError
	switch {
	case app.HintOf(err) != "":
		return app.HintOf(err)
	case errors.As(err, &method):
		return "allowed there: " + strings.Join(method.Allow, ", ")
	case errors.As(err, &conflict):
		return conflictHints[conflict.Cause]
	}
	for _, row := range hints {
		if errors.Is(err, row.err) {
			return row.hint
		}
	}
	return ""
}
