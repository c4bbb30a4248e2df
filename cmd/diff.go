package cmd

import (
	"cmp"
	"context"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/ui"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
)

func newDiff(a *App) *cobra.Command {
	var exitCode bool
	command := &cobra.Command{
		Use: "diff [NAME|KIND:NAME…] | REV REV", Short: "Compare your draft with the live state, or two revisions, field by field", Args: cobra.ArbitraryArgs,
		Long: `Compare your draft with the live state: user, field, live, staged. --output commands prints the staged work as commands
that stage it again; a staged token as one that makes a new token, since its secret is not known.

Two numbers, neither of which is a user in your draft, are revisions: compare the states after them, where 0 is the one
before the first.`,
		Example: trimExample(`
  latchkey diff
  latchkey diff --exit-code || echo "something is staged"
  latchkey diff --output commands > staged.sh
  latchkey diff 11 12`),
		Annotations: viewExits(exitUnknown, exitState, exitDifferences),
		RunE: func(command *cobra.Command, args []string) error {
			return a.diff(command.Context(), args, exitCode)
		},
	}
	command.Flags().BoolVar(&exitCode, "exit-code", false, "exit 10 when there are differences")
	return command
}

func (a *App) diff(ctx context.Context, args []string, exitCode bool) error {
	labels, err := canonicalLabels(args)
	if err != nil {
		return err
	}
	return a.with(ctx, false, func(database *db.DB) error {
		revisions, err := a.revisionPair(ctx, database, args)
		if err != nil {
			return err
		}
		if revisions != nil {
			return a.diffRevisions(ctx, database, revisions, exitCode)
		}
		staged, err := database.StagedOf(ctx, a.draft(), labels)
		if err != nil {
			return err
		}
		if a.flags.output == formatCommands {
			return cmp.Or(a.printCommands(staged), differ(exitCode, len(staged)))
		}
		list := ui.List{Table: ui.Table{Columns: []string{"user", "field", "live", "staged"}, Flexible: "staged"}}
		for _, draft := range staged {
			if conflict, found := draft.Conflict(); found {
				a.story().Warn("%s: a save would be a conflict; see 'latchkey rebase'", conflict)
			}
			addDifferences(&list, draft)
		}
		if err := a.printDifferences(list, "nothing is staged"); err != nil {
			return err
		}
		return differ(exitCode, len(list.Names))
	})
}

// differ is the exit status for so many differences, if it was asked for.
func differ(exitCode bool, differences int) error {
	if exitCode && differences > 0 {
		return answer(exitDifferences)
	}
	return nil
}

func addDifferences(list *ui.List, draft db.Staged) {
	shapes := wire.DifferencesOf(draft)
	for i, difference := range draft.DifferencesToLive() {
		list.Names = append(list.Names, draft.Label())
		list.Values = append(list.Values, shapes[i])
		list.Table.Rows = append(list.Table.Rows, []ui.Cell{{Text: draft.Label(), Style: ui.Strong}, {Text: difference.Field},
			{Text: difference.Before, Style: ui.Removed}, {Text: difference.After, Style: ui.Added}})
	}
}

// printDifferences prints rows of object, field, before and after. A person sees each object once and the values below
// each other, since two of them rarely fit beside each other.
func (a *App) printDifferences(list ui.List, empty string) error {
	printer, err := a.printer()
	if err != nil {
		return err
	}
	if printer.Terminal {
		list.Table = ui.Table{Rows: stacked(list.Table.Rows)}
	}
	return a.printList(list, empty)
}

func stacked(rows [][]ui.Cell) [][]ui.Cell {
	var lines [][]ui.Cell
	last := ""
	for _, row := range rows {
		object, field := row[0], row[1]
		if object.Text == last {
			object.Text = ""
		} else {
			last = object.Text
		}
		for i, sign := range []string{"- ", "+ "} {
			value := row[2+i]
			if value.Text == "" {
				continue
			}
			value.Text = sign + value.Text
			lines = append(lines, []ui.Cell{object, field, value})
			object.Text, field.Text = "", ""
		}
	}
	return lines
}
