package cmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/ui"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
)

func newStatus(a *App) *cobra.Command {
	var all bool
	command := &cobra.Command{
		Use: "status", Short: "Show which database, whose draft, and what is staged", Args: noArguments,
		Example: trimExample(`
  latchkey status
  latchkey status --field head
  latchkey status --all`),
		Annotations: viewExits(),
		RunE: func(command *cobra.Command, _ []string) error {
			if all {
				return a.listDrafts(command.Context())
			}
			return a.status(command.Context())
		},
	}
	command.Flags().BoolVar(&all, "all", false, "list every operator's drafts instead")
	return command
}

func (a *App) status(ctx context.Context) error {
	printer, err := a.printer()
	if err != nil {
		return err
	}
	return a.with(ctx, false, func(database *db.DB) error {
		staged, err := database.Staged(ctx, a.draft())
		if err != nil {
			return err
		}
		head, err := database.Head(ctx)
		if err != nil {
			return err
		}
		shape := statusShape{Database: database.Path(), Operator: a.draft().Operator.Name, Draft: a.draft().Name,
			Revision: head.Number, Staged: []wire.Staged{}}
		if head.Number > 0 {
			shape.Head = head.Head.String()
		}
		for _, draft := range staged {
			shape.Staged = append(shape.Staged, wire.StagedOf(draft))
		}
		if len(staged) == 0 {
			a.story().Note("nothing is staged")
		}
		return printer.Object(statusObject(shape, staged))
	})
}

func statusObject(shape statusShape, staged []db.Staged) ui.Object {
	fields := []ui.Field{
		{Key: "database", Value: ui.Cell{Text: shape.Database}},
		{Key: "operator", Value: ui.Cell{Text: shape.Operator}},
	}
	if shape.Draft != "" {
		fields = append(fields, ui.Field{Key: "draft", Value: ui.Cell{Text: shape.Draft}})
	}
	fields = append(fields, ui.Field{Key: "revision", Value: ui.Cell{Text: fmt.Sprint(shape.Revision)}})
	if shape.Head != "" {
		fields = append(fields, ui.Field{Key: "head", Value: ui.Cell{Text: shape.Head, Style: ui.Dim}})
	}
	for i, draft := range staged {
		cell := ui.Cell{Text: draft.Label() + ": " + stagedInWords(shape.Staged[i]), Style: ui.Warn}
		if shape.Staged[i].Conflict {
			cell.Text += " (conflict: the live state has moved)"
			cell.Style = ui.Bad
		}
		fields = append(fields, ui.Field{Key: "staged", Value: cell})
	}
	return ui.Object{Fields: fields, Value: shape, Name: shape.Database}
}

// stagedInWords names what is staged of one object; the values are for `diff` to show.
func stagedInWords(staged wire.Staged) string {
	if staged.Action == "remove" {
		return "remove"
	}
	fields := slices.DeleteFunc(slices.Clone(staged.Fields), func(field string) bool { return staged.Action == "add" && field == "name" })
	if staged.Action == "add" {
		fields = append([]string{"add"}, fields...)
	}
	return strings.Join(fields, ", ")
}
