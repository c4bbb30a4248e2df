package draft

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/drafts"
)

func newStatus(a *app.App) *cobra.Command {
	var all bool
	command := &cobra.Command{
		Use: "status", Short: "Show which database, whose draft, and what is staged", Args: app.NoArguments,
		Example: app.TrimExample(`
  latchkey status
  latchkey status --field head
  latchkey status --all`),
		Annotations: app.ViewExits(),
		RunE: func(command *cobra.Command, _ []string) error {
			if all {
				return listDrafts(command.Context(), a)
			}
			return status(command.Context(), a)
		},
	}
	command.Flags().BoolVar(&all, "all", false, "list every operator's drafts instead")
	return command
}

func status(ctx context.Context, a *app.App) error {
	printer, err := a.Printer()
	if err != nil {
		return err
	}
	return a.With(ctx, false, func(database *db.DB) error {
		staged, err := database.Staged(ctx, a.Draft())
		if err != nil {
			return err
		}
		head, err := database.History().Head(ctx)
		if err != nil {
			return err
		}
		shape := StatusShape{Database: database.Path(), Operator: a.Draft().Operator.Name, Draft: a.Draft().Name,
			Revision: head.Number, Staged: []wire.Staged{}}
		if head.Number > 0 {
			shape.Head = head.Head.String()
		}
		for _, draft := range staged {
			shape.Staged = append(shape.Staged, wire.StagedOf(draft))
		}
		if len(staged) == 0 {
			a.Messages().Info("nothing is staged")
		}
		return printer.Object(statusObject(shape, staged))
	})
}

func statusObject(shape StatusShape, staged []drafts.Staged) ui.Object {
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
		cell := ui.Cell{Text: draft.Label() + ": " + staging.StagedInWords(shape.Staged[i]), Style: ui.Warn}
		if shape.Staged[i].Conflict {
			cell.Text += " (conflict: the live state has moved)"
			cell.Style = ui.Bad
		}
		fields = append(fields, ui.Field{Key: "staged", Value: cell})
	}
	return ui.Object{Fields: fields, Value: shape, Name: shape.Database}
}

// StatusShape is what `status` prints: a contract, docs/json.md.
type StatusShape struct {
	Database string        `json:"database"`
	Operator string        `json:"operator"`
	Draft    string        `json:"draft"`
	Revision int64         `json:"revision"`
	Head     string        `json:"head"`
	Staged   []wire.Staged `json:"staged"`
}
