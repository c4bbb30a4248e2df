package history

import (
	"context"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/internal/view"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
)

func newRollback(a *app.App) *cobra.Command {
	var options staging.Options
	command := &cobra.Command{
		Use: "rollback REV", Short: "Stage the inverse of a revision", Args: oneRevision,
		Long: `Stage the inverse of a revision: every field that it changed goes back to what it was before, what it added is removed,
what it removed is added anew. A field that was changed since is a conflict, which names it, the operator and the
revision: then nothing is staged. A field that has its old value already is left alone.

A token is never revived. API access that the revision turned on is turned off again; where the revision turned it off
or replaced the token, access stays as it is, and a warning says which command makes a new token. Rules that have ended
since are not restored.`,
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
	if err := a.CheckOutput(wire.Saved{}); err != nil {
		return err
	}
	var wanted app.RevisionNumber
	if err := wanted.Set(number); err != nil {
		return app.WrongUse(err)
	}
	return a.With(ctx, true, func(database *db.DB) error {
		if err := database.Require(ctx, a.Operator(), view.Revisions); err != nil {
			return err
		}
		if options.Save {
			return saveRollback(ctx, a, database, options, wanted.Number)
		}
		changed, left, err := database.StageRollback(ctx, a.Draft(), wanted.Number)
		if err != nil {
			return err
		}
		staging.ReportStaged(a, changed, options.Ensure || len(left) > 0)
		reportUnrestored(a, left, len(changed) > 0)
		return nil
	})
}

func saveRollback(ctx context.Context, a *app.App, database *db.DB, options staging.Options, number int64) error {
	revision, left, err := database.SaveRollback(ctx, a.Draft(), number, options.Message)
	if err != nil {
		return err
	}
	staging.ReportSaved(a, revision, options.Ensure || len(left) > 0)
	reportUnrestored(a, left, revision.Number > 0)
	return staging.PrintRevision(a, revision)
}

// reportUnrestored says what a rollback does not bring back, and what would.
func reportUnrestored(a *app.App, left []db.Unrestored, something bool) {
	messages := a.Messages()
	if len(left) > 0 && !something {
		messages.Info("nothing was rolled back")
	}
	for _, field := range left {
		switch field.Why {
		case db.AccessStaysOff:
			messages.Warn("%s: API access stays off, as a token is never revived: 'latchkey token enable %s' makes a new one", field.Label(), field.Name)
		case db.TokenStays:
			messages.Warn("%s: the present token stays, as the one before is gone for good: 'latchkey token regenerate %s' makes a new one", field.Label(), field.Name)
		case db.RuleEnded:
			messages.Warn("%s: %s is not restored, as it has ended: %s", field.Label(), field.Field, field.Was)
		}
	}
}
