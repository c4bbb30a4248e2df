package staging

import (
	"context"
	"errors"
	"fmt"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/edits"
	"latchkey/db/history"
	"latchkey/db/model"
	"latchkey/perms"
)

// ErrResultNotPrinted: the edit is saved, but its revision could not be printed.
var ErrResultNotPrinted = errors.New("is saved, but could not be printed")

// Options say how an edit is made: the flags of its command, and what the command asks and checks before.
type Options struct {
	app.EditFlags

	Question    string            // asked before anything is changed; "": nothing is
	Known       *KnownPermissions // filled before anything is changed, if it is there
	MustBeKnown []perms.Pattern   // refused where nothing needs them
}

// Check refuses flags that do not go together.
func (o *Options) Check() error {
	if o.Message != "" && !o.Save {
		return app.WrongUsef("--message needs --save")
	}
	return edits.CheckText("message", o.Message)
}

// IgnoreIf makes a change that, with --ensure, leaves an object as it is where the change would fail with one of these
// errors: each must mean that the object is already as the command wants it.
func (o *Options) IgnoreIf(change model.Change, already ...error) model.Change {
	if !o.Ensure {
		return change
	}
	return func(subject *model.Subject) error {
		found := subject.Next.Clone()
		err := change(subject)
		for _, ignored := range already {
			if errors.Is(err, ignored) {
				subject.Next = found // whatever the refused change has done to it
				return nil
			}
		}
		return err
	}
}

// Edit stages or saves one change of the named objects and reports what it did. Where the options have a question it
// asks first, with no lock held.
func Edit(ctx context.Context, a *app.App, options Options, kind model.Kind, names []string, change model.Change) error {
	if err := options.Check(); err != nil {
		return err
	}
	if options.Save { // the revision is printed where a format is asked for: one that cannot be must not be saved first
		if err := a.CheckOutput(wire.Saved{}); err != nil {
			return err
		}
	}
	edit := db.Edit{Kind: kind, Draft: a.Draft(), Names: names, Change: change}
	return a.With(ctx, true, func(database *db.DB) error {
		if err := checkKnown(ctx, a, database, options); err != nil {
			return err
		}
		if options.Question != "" {
			preview, err := database.Preview(ctx, edit, options.Save)
			if err == nil && len(preview.Changed) > 0 {
				err = a.Confirm(ctx, options.Question)
			}
			if err != nil {
				return err
			}
		}
		revision, err := Commit(ctx, a, database, options, edit)
		if err != nil || !options.Save {
			return err
		}
		return PrintRevision(a, revision)
	})
}

// Commit stages or saves an edit and reports what it did. The revision is empty for an edit that was staged.
func Commit(ctx context.Context, a *app.App, database *db.DB, options Options, edit db.Edit) (history.Revision, error) {
	if options.Save {
		revision, err := database.SaveEdit(ctx, edit, options.Message)
		if err == nil {
			ReportSaved(a, revision, options.Ensure)
		}
		return revision, err
	}
	changed, err := database.Stage(ctx, edit)
	if err == nil {
		ReportStaged(a, changed, options.Ensure)
	}
	return history.Revision{}, err
}

// ReportStaged names every field that was staged, and what makes it live.
func ReportStaged(a *app.App, changed []model.RecordedChange, ensure bool) {
	messages := a.Messages()
	for _, change := range changed {
		messages.Done("staged %s: %s", change.Label(), InWords(change))
	}
	switch {
	case len(changed) > 0:
		messages.Info("live after 'latchkey save'")
	case !ensure:
		messages.Info("nothing to do: it is already so")
	}
}

// ReportSaved names the revision and its head, for whoever keeps heads elsewhere.
func ReportSaved(a *app.App, revision history.Revision, ensure bool) {
	messages := a.Messages()
	if revision.Number == 0 {
		if !ensure {
			messages.Info("nothing to save: it is already so")
		}
		return
	}
	messages.Done("saved revision %d: %s (head %s)", revision.Number, changesInWords(revision), revision.Head)
}

// PrintRevision prints a save where a format was asked for; otherwise the messages say it already.
func PrintRevision(a *app.App, revision history.Revision) error {
	printer, err := a.Printer()
	if err != nil || (printer.Format == ui.FormatDefault && printer.Field == "") {
		return err
	}
	if err := printer.Object(ui.Object{Name: fmt.Sprint(revision.Number), Value: wire.SavedOf(revision)}); err != nil {
		return fmt.Errorf("revision %d %w: %w", revision.Number, ErrResultNotPrinted, err)
	}
	return nil
}
