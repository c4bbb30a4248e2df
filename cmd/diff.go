package cmd

import (
	"context"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/ui"
	"latchkey/db"
)

func newDiff(a *App) *cobra.Command {
	var exitCode bool
	command := &cobra.Command{
		Use: "diff [NAME…]", Short: "Compare your draft with the live state, field by field", Args: cobra.ArbitraryArgs,
		Long: "Compare your draft with the live state it began from: user, field, before, after.",
		Example: trimExample(`
  latchkey diff
  latchkey diff --exit-code || echo "something is staged"`),
		Annotations: exitList(exitState, exitBusy, exitDifferences, exitDamaged),
		RunE: func(command *cobra.Command, args []string) error {
			return a.diff(command.Context(), args, exitCode)
		},
	}
	command.Flags().BoolVar(&exitCode, "exit-code", false, "exit 10 when there are differences")
	return command
}

func (a *App) diff(ctx context.Context, args []string, exitCode bool) error {
	names, err := canonicalNames(args)
	if err != nil {
		return err
	}
	return a.with(ctx, false, func(database *db.DB) error {
		staged, err := database.StagedOf(ctx, a.draft(), names)
		if err != nil {
			return err
		}
		list := ui.List{Table: ui.Table{Columns: []string{"user", "field", "live", "staged"}}}
		for _, draft := range staged {
			if draft.Stale() {
				a.story().Warn("%s has changed since it was staged: a save would be a conflict", draft.Name())
			}
			addDifferences(&list, draft)
		}
		if err := a.printList(list, "nothing is staged"); err != nil {
			return err
		}
		if exitCode && len(list.Names) > 0 {
			return answer(exitDifferences)
		}
		return nil
	})
}

func addDifferences(list *ui.List, draft db.Staged) {
	for _, difference := range draft.Differences() {
		list.Names = append(list.Names, draft.Name())
		list.Values = append(list.Values, differenceShape{User: draft.Name(), Field: difference.Field,
			Before: orNull(difference.Before), After: orNull(difference.After)})
		list.Table.Rows = append(list.Table.Rows, []ui.Cell{{Text: draft.Name(), Style: ui.Strong}, {Text: difference.Field},
			{Text: difference.Before, Style: ui.Removed}, {Text: difference.After, Style: ui.Added}})
	}
}

func orNull(value string) *string {
	if value == "" {
		return nil
	}
	return &value
}
