package draft

import (
	"cmp"
	"context"

	"github.com/spf13/cobra"

	"latchkey/cmd/history"
	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/drafts"
)

func newDiff(a *app.App) *cobra.Command {
	var exitCode bool
	command := &cobra.Command{
		Use: "diff [NAME|KIND:NAME…] | REV REV", Short: "Compare your draft with the live state, or two revisions, field by field", Args: cobra.ArbitraryArgs,
		Long: `Compare your draft with the live state: object, field, live, staged. --output commands prints the staged work as commands
that stage it again; a staged token as one that makes a new token, since its secret is not known.

Two numbers, neither of which is a user in your draft, are revisions: compare the states after them, where 0 is the one
before the first.`,
		Example: app.TrimExample(`
  latchkey diff
  latchkey diff --exit-code || echo "something is staged"
  latchkey diff --output commands > staged.sh
  latchkey diff 11 12`),
		Annotations: app.ViewExits(app.ExitUnknown, app.ExitState, app.ExitDifferences),
		RunE: func(command *cobra.Command, args []string) error {
			return diff(command.Context(), a, args, exitCode)
		},
	}
	command.Flags().BoolVar(&exitCode, "exit-code", false, "exit 10 when there are differences")
	return command
}

func diff(ctx context.Context, a *app.App, args []string, exitCode bool) error {
	labels, err := app.CanonicalLabels(args)
	if err != nil {
		return err
	}
	return a.With(ctx, false, func(database *db.DB) error {
		revisions, err := revisionPair(ctx, a, database, args)
		if err != nil {
			return err
		}
		if revisions != nil {
			return diffRevisions(ctx, a, database, revisions, exitCode)
		}
		staged, err := database.StagedOf(ctx, a.Draft(), labels)
		if err != nil {
			return err
		}
		if a.Flags.Output == FormatCommands {
			return cmp.Or(printCommands(a, staged), differ(exitCode, len(staged)))
		}
		list := ui.List{Table: ui.Table{Columns: []string{"object", "field", "live", "staged"}, Flexible: "staged"}}
		for _, draft := range staged {
			if conflict, found := draft.Conflict(); found {
				a.Messages().Warn("%s: a save would be a conflict; see 'latchkey rebase'", conflict)
			}
			addDifferences(&list, draft)
		}
		if err := history.PrintDifferences(a, list, "nothing is staged"); err != nil {
			return err
		}
		return differ(exitCode, len(list.Names))
	})
}

// differ is the exit status for so many differences, if it was asked for.
func differ(exitCode bool, differences int) error {
	if exitCode && differences > 0 {
		return app.ExitStatus(app.ExitDifferences)
	}
	return nil
}

func addDifferences(list *ui.List, draft drafts.Staged) {
	shapes := wire.DifferencesOf(draft)
	for i, difference := range draft.DifferencesToLive() {
		list.Names = append(list.Names, draft.Label())
		list.Values = append(list.Values, shapes[i])
		list.Table.Rows = append(list.Table.Rows, []ui.Cell{{Text: draft.Label(), Style: ui.Strong}, {Text: difference.Field},
			{Text: difference.Before, Style: ui.Removed}, {Text: difference.After, Style: ui.Added}})
	}
}
