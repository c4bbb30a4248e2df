package cmd

import (
	"context"

	"github.com/spf13/cobra"

	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
)

func newRollback(a *App) *cobra.Command {
	var options editOptions
	command := &cobra.Command{
		Use: "rollback REV", Short: "Stage the inverse of a revision", Args: oneRevision,
		Long: `Stage the inverse of a revision: every field that it changed goes back to what it was before, what it added is removed,
what it removed is added anew. A field that was changed since is a conflict, which names it, the operator and the
revision: then nothing is staged. A field that has its old value already is left alone.

A token is never revived. API access that the revision turned on is turned off again; where the revision turned it off
or replaced the token, access stays as it is, and a warning says which command makes a new token. Rules that have ended
since are not restored.`,
		Example: trimExample(`
  latchkey rollback 12
  latchkey rollback 12 --save -m "orders:delete was a mistake"`),
		Annotations: editExits(),
		RunE: func(command *cobra.Command, args []string) error {
			return a.rollback(command.Context(), options, args[0])
		},
	}
	options.addFlags(command)
	return command
}

func (a *App) rollback(ctx context.Context, options editOptions, number string) error {
	if err := options.check(); err != nil {
		return err
	}
	if err := a.checkOutput(wire.Saved{}); err != nil {
		return err
	}
	var wanted revisionNumber
	if err := wanted.Set(number); err != nil {
		return wrongUse(err)
	}
	return a.with(ctx, true, func(database *db.DB) error {
		if err := database.Require(ctx, a.operator(), viewRevisions); err != nil {
			return err
		}
		if options.save {
			return a.saveRollback(ctx, database, options, wanted.number)
		}
		changed, left, err := database.StageRollback(ctx, a.draft(), wanted.number)
		if err != nil {
			return err
		}
		a.tellStaged(changed, options.ensure || len(left) > 0)
		a.tellUnrestored(left, len(changed) > 0)
		return nil
	})
}

func (a *App) saveRollback(ctx context.Context, database *db.DB, options editOptions, number int64) error {
	revision, left, err := database.SaveRollback(ctx, a.draft(), number, options.message)
	if err != nil {
		return err
	}
	a.tellSaved(revision, options.ensure || len(left) > 0)
	a.tellUnrestored(left, revision.Number > 0)
	return a.printRevision(revision)
}

// tellUnrestored says what a rollback does not bring back, and what would.
func (a *App) tellUnrestored(left []db.Unrestored, something bool) {
	story := a.story()
	if len(left) > 0 && !something {
		story.Note("nothing was rolled back")
	}
	for _, field := range left {
		switch field.Why {
		case db.AccessStaysOff:
			story.Warn("%s: API access stays off, as a token is never revived: 'latchkey token enable %s' makes a new one", field.Label(), field.Name)
		case db.TokenStays:
			story.Warn("%s: the present token stays, as the one before is gone for good: 'latchkey token regenerate %s' makes a new one", field.Label(), field.Name)
		case db.RuleEnded:
			story.Warn("%s: %s is not restored, as it has ended: %s", field.Label(), field.Field, field.Was)
		}
	}
}
