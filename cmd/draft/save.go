package draft

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/panel"
	"latchkey/perms/errorkind"
)

func newSave(a *app.App) *cobra.Command {
	var options saveOptions
	command := &cobra.Command{
		Use: "save [NAME|KIND:NAME…]", Short: "Make your draft live, in one transaction", Args: cobra.ArbitraryArgs,
		Long: `Make your draft live, or only the part of it about the named users, in one transaction. From the moment this exits 0, every
request is decided by the new state. If somebody else has changed one of these users since the draft began, that is a
conflict and nothing is saved.

What was staged over HTTPS under a token that has ended since may be somebody else's work. A save of the whole draft lists it
and asks first. Name what is to be saved, or discard what is not. A save that would leave no user with *:*, or that would take
from the user of --as what it takes to undo it, asks too.

--dry-run tries the save and keeps nothing of it: what would be refused is refused with the same exit status.`,
		Example: app.TrimExample(`
  latchkey save -m "let ci read orders"
  latchkey save ann bob
  latchkey save --dry-run`),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, args []string) error {
			return save(command.Context(), a, args, options)
		},
	}
	command.Flags().StringVarP(&options.message, "message", "m", "", "the `text` the log keeps")
	command.Flags().BoolVar(&options.dryRun, "dry-run", false, "try the save and say what it would change, but keep nothing")
	return command
}

type saveOptions struct {
	message string
	dryRun  bool
}

func save(ctx context.Context, a *app.App, args []string, given saveOptions) error {
	if spaced := slices.IndexFunc(args, func(arg string) bool { return strings.ContainsAny(arg, " \t\n") }); spaced >= 0 {
		return app.WrongUsef("%q is no name of what is staged: a message is given with -m", args[spaced])
	}
	if err := a.CheckOutput(panel.Saved{}); err != nil {
		return err
	}
	return a.Panel(ctx, true, func(p panel.Panel) error {
		options := panel.SaveOptions{Draft: a.DraftName(), Message: given.message, DryRun: given.dryRun}
		edited, err := trySave(ctx, a, p, args, options)
		if err != nil {
			return err
		}
		switch {
		case edited.Saved == nil:
			a.Messages().Info("nothing is staged")
		case given.dryRun:
			staging.ReportTrial(a, edited)
			a.Messages().Info("this was a dry run: nothing was saved")
		default:
			staging.ReportSaved(a, edited, false)
		}
		return staging.PrintSaved(a, edited)
	})
}

// trySave saves, and asks for each confirmation that it takes. A dry run asks nothing.
func trySave(ctx context.Context, a *app.App, p panel.Panel, labels []string, options panel.SaveOptions) (panel.Edited, error) {
	edited, err := p.Save(ctx, labels, options)
	for errorkind.Of(err) == errorkind.Unconfirmed && (!options.DryRun || a.Flags.Yes) {
		a.Messages().Warn("%v", err)
		confirmation, question := panel.ConfirmationOf(err), "Save it all the same?"
		if confirmation == "" {
			question = "Save all of it?"
		}
		if err := a.Confirm(ctx, question); err != nil {
			return edited, err
		}
		if confirmation == "" && options.Confirmed || confirmation != "" && options.Confirm == confirmation {
			return edited, err // it was confirmed, and is not enough
		}
		options.Confirmed, options.Confirm = options.Confirmed || confirmation == "", cmp.Or(confirmation, options.Confirm)
		edited, err = p.Save(ctx, labels, options)
	}
	return edited, err
}
