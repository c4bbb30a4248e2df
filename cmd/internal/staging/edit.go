package staging

import (
	"context"
	"errors"
	"fmt"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/panel"
)

// ErrResultNotPrinted: the edit is saved, but its revision could not be printed.
var ErrResultNotPrinted = errors.New("is saved, but could not be printed")

// Options say how an edit is made: the flags of its command, and what the command asks before.
type Options struct {
	app.EditFlags
	app.TokenFlags

	Question string // asked before anything is changed; "": nothing is

	begins bool // the edit begins a draft
}

// Check refuses flags that do not go together.
func (o *Options) Check() error {
	if o.Message != "" && !o.Save {
		return app.WrongUsef("--message needs --save")
	}
	return nil
}

// EditOptions are the options as the panel takes them.
func (o *Options) EditOptions(a *app.App) panel.EditOptions {
	return panel.EditOptions{Draft: a.DraftName(), Save: o.Save, Message: o.Message, Ensure: o.Ensure}
}

// Edit stages or saves operations and reports what they did. Where the options have a question it asks first, with no
// lock held.
func Edit(ctx context.Context, a *app.App, options Options, operations ...panel.Operation) error {
	_, err := EditAnd(ctx, a, options, operations...)
	return err
}

// ForEach makes an operation, or several, for each name.
func ForEach[O any](names []string, operation func(name string) O) []O {
	operations := make([]O, len(names))
	for i, name := range names {
		operations[i] = operation(name)
	}
	return operations
}

// EditAnd is [Edit] for a command that has more to say of what was done.
func EditAnd(ctx context.Context, a *app.App, options Options, operations ...panel.Operation) (panel.Edited, error) {
	var edited panel.Edited
	if err := options.Check(); err != nil {
		return edited, err
	}
	if err := options.CheckOutput(a); err != nil {
		return edited, err
	}
	return edited, a.Panel(ctx, true, func(p panel.Panel) error {
		if options.Question != "" {
			preview, err := p.Preview(ctx, operations, options.EditOptions(a))
			if err == nil && len(preview.Changed) > 0 {
				err = a.Confirm(ctx, options.Question)
			}
			if err != nil {
				return err
			}
		}
		var err error
		options.Begins(ctx, a, p)
		edited, err = Confirmed(ctx, a, func(confirmation string) (panel.Edited, error) {
			edit := options.EditOptions(a)
			edit.Confirm = confirmation
			return p.Edit(ctx, operations, edit)
		})
		if err != nil {
			return err
		}
		options.Report(a, edited)
		return PrintEdited(a, options.Save, edited)
	})
}

// CheckOutput refuses a format or field of what the edit is to print that could not be printed: nothing must be changed first.
func (o *Options) CheckOutput(a *app.App) error {
	if o.Save {
		return a.CheckOutput(panel.Saved{})
	}
	return a.CheckOutput(panel.Edited{Saved: &panel.Saved{}})
}

// Begins notes, before an edit, whether it begins the operator's draft. Where that cannot be found out it does: the edit itself
// says what is wrong.
func (o *Options) Begins(ctx context.Context, a *app.App, p panel.Panel) {
	if !o.Save && !a.Flags.Quiet {
		draft, err := p.Draft(ctx, a.DraftName())
		o.begins = err != nil || len(draft.Staged) == 0
	}
}

// Confirmed makes a save. Where that needs a confirmation, it says why, asks, and makes the save again with it. What it then asks
// for besides has the first confirmation in it.
func Confirmed[T any](ctx context.Context, a *app.App, save func(confirmation string) (T, error)) (T, error) {
	done, err := save("")
	for confirmed := ""; err != nil; {
		confirmation := panel.ConfirmationOf(err)
		if confirmation == "" || confirmation == confirmed {
			return done, err
		}
		a.Messages().Warn("%v", err)
		if err := a.Confirm(ctx, "Save it all the same?"); err != nil {
			return done, err
		}
		confirmed = confirmation
		done, err = save(confirmed)
	}
	return done, err
}

// Report prints what an edit did.
func (o *Options) Report(a *app.App, edited panel.Edited) {
	if o.Save {
		ReportSaved(a, edited, o.Ensure)
	} else {
		o.reportStaged(a, edited)
	}
}

// reportStaged names every field that was staged. The first edit of a draft also says what makes it live.
func (o *Options) reportStaged(a *app.App, edited panel.Edited) {
	messages := a.Messages()
	for _, object := range byObject(edited.Changes) {
		messages.Done("staged %s: %s", object.label, object.inWords())
	}
	switch {
	case len(edited.Changes) > 0 && o.begins:
		messages.Info("live after '%s'", a.Again("save"))
	case len(edited.Changes) == 0 && !o.Ensure:
		messages.Info("nothing to do: it is already so")
	}
	reportWarnings(a, edited)
}

// ReportChanges prints what a save changed, object by object.
func ReportChanges(a *app.App, edited panel.Edited) {
	for _, object := range byObject(edited.Changes) {
		a.Messages().Done("%s: %s", object.label, object.inWords())
	}
}

// ReportSaved names the revision and its head, for whoever keeps heads elsewhere: the whole one, unless a person reads it.
func ReportSaved(a *app.App, edited panel.Edited, ensure bool) {
	messages := a.Messages()
	switch {
	case edited.Saved != nil:
		head := edited.Saved.Head
		if ui.IsTerminal(a.Err) {
			head = ShortHead(head)
		}
		messages.Done("saved revision %d: %s (head %s)", edited.Saved.Revision, changesInWords(edited.Changes), head)
	case !ensure:
		messages.Info("nothing to save: it is already so")
	}
	reportWarnings(a, edited)
}

// mostTried is how many objects a trial names with their fields.
const mostTried = 20

// ReportTrial prints what a save would change.
func ReportTrial(a *app.App, edited panel.Edited) {
	objects := byObject(edited.Changes)
	for _, object := range objects[:min(len(objects), mostTried)] {
		a.Messages().Done("would change %s: %s", object.label, object.inWords())
	}
	if more := len(objects) - mostTried; more > 0 {
		a.Messages().Done("and %d more", more)
	}
	reportWarnings(a, edited)
}

func reportWarnings(a *app.App, edited panel.Edited) {
	for _, warning := range edited.Warnings {
		a.Messages().Warn("%s", warning)
	}
}

// PrintEdited prints what an edit did, where a format was asked for: the revision of one that was saved, and what one that was
// staged changed in the draft, as over HTTPS. Its names are those of the objects.
func PrintEdited(a *app.App, saved bool, edited panel.Edited) error {
	printer, err := a.Printer()
	switch {
	case err != nil || (printer.Format == ui.FormatDefault && printer.Field == ""):
		return err
	case saved:
		return PrintSaved(a, edited)
	case printer.Format == ui.FormatName && printer.Field == "":
		return printer.List(ui.List{Names: labelsOf(edited.Changes)})
	}
	return printer.Object(ui.Object{Value: edited})
}

// PrintSaved prints a save where a format was asked for; otherwise the messages say it already.
func PrintSaved(a *app.App, edited panel.Edited) error {
	printer, err := a.Printer()
	if err != nil || (printer.Format == ui.FormatDefault && printer.Field == "") {
		return err
	}
	saved := panel.Saved{Users: []string{}}
	if edited.Saved != nil {
		saved = *edited.Saved
	}
	if err := printer.Object(ui.Object{Name: fmt.Sprint(saved.Revision), Value: saved}); err != nil {
		return fmt.Errorf("revision %d %w: %w", saved.Revision, ErrResultNotPrinted, err)
	}
	return nil
}
