package history

import (
	"context"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/internal/view"
	"latchkey/cmd/panel"
)

func newRollback(a *app.App) *cobra.Command {
	var options staging.Options
	command := &cobra.Command{
		Use: "rollback REV", Short: "Stage the inverse of a revision", Args: oneRevision,
		Long: `Stage the inverse of a revision. Every field that it changed goes back to its value before, what it added is removed, and
what it removed is added again. A field that has its old value already is left alone. A field that was changed since is a
conflict: nothing is staged, and the message names the field, the operator and the revision.

A token is never revived. If the revision turned API access on, it is turned off again. If the revision turned it off or
replaced the token, access stays as it is, and a warning says which command makes a new token. Rules that have ended since
are not restored. A revision of which nothing can be rolled back is an error, exit 5.`,
		Example: app.TrimExample(`
  latchkey rollback 12
  latchkey rollback 12 --save -m "orders:delete was a mistake"`),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, args []string) error {
			return rollback(command.Context(), a, options, args[0])
		},
	}
	options.AddFlags(command)
	return command
}

func rollback(ctx context.Context, a *app.App, options staging.Options, number string) error {
	if err := options.Check(); err != nil {
		return err
	}
	if err := options.CheckOutput(a); err != nil {
		return err
	}
	return a.Panel(ctx, true, func(p panel.Panel) error {
		wanted, err := view.Revision(ctx, p, number)
		if err != nil {
			return err
		}
		options.Begins(ctx, a, p)
		done, err := staging.Confirmed(ctx, a, func(confirmation string) (panel.RolledBack, error) {
			edit := options.EditOptions(a)
			edit.Confirm = confirmation
			return p.Rollback(ctx, wanted, edit)
		})
		if err != nil {
			reportUnrestored(a, done.Left)
			return err
		}
		options.Report(a, done.Edited)
		reportUnrestored(a, done.Left)
		return staging.PrintEdited(a, options.Save, done.Edited)
	})
}

// reportUnrestored says what a rollback does not bring back, and what would.
func reportUnrestored(a *app.App, left []panel.Unrestored) {
	for _, field := range left {
		makesNew := ""
		switch field.Why {
		case panel.AccessStaysOff:
			makesNew = ": 'latchkey token enable " + field.Name + "' makes a new one"
		case panel.TokenStays:
			makesNew = ": 'latchkey token regenerate " + field.Name + "' makes a new one"
		case panel.StaysSuspended:
			makesNew = ": 'latchkey token resume " + field.Name + "' lets it be accepted"
		case panel.RuleEnded:
		}
		a.Messages().Warn("%s%s", field.InWords(), makesNew)
	}
}
