package draft

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/servers"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/panel"
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
	path, _, err := a.DatabasePath()
	if err != nil {
		return err
	}
	return a.Panel(ctx, false, func(p panel.Panel) error {
		draft, err := p.Draft(ctx, a.DraftName())
		if err != nil {
			return err
		}
		if draft.ClockBehind != nil {
			a.Messages().Warn("%s: see 'latchkey doctor'", app.ClockInWords(*draft.ClockBehind))
		}
		if len(draft.Staged) == 0 {
			a.Messages().Info("nothing is staged")
		}
		return printer.Object(statusObject(newStatusShape(path, draft)))
	})
}

func statusObject(shape StatusShape) ui.Object {
	fields := []ui.Field{
		{Key: "database", Value: ui.Cell{Text: shape.Database}},
		{Key: "operator", Value: ui.Cell{Text: shape.Operator}},
	}
	if shape.Draft.Draft != "" {
		fields = append(fields, ui.Field{Key: "draft", Value: ui.Cell{Text: shape.Draft.Draft}})
	}
	fields = append(fields, ui.Field{Key: "revision", Value: ui.Cell{Text: fmt.Sprint(shape.Revision)}})
	if shape.Head != "" {
		fields = append(fields, ui.Field{Key: "head", Value: ui.Cell{Text: shape.Head, Style: ui.Dim}})
	}
	fields = append(fields, servingFields(shape)...)
	for _, staged := range shape.Staged {
		cell := ui.Cell{Text: staged.Object + ": " + staging.FieldsInWords(staged), Style: ui.Warn}
		if len(staged.EndedTokens) > 0 {
			cell.Text += " (staged under a token that has ended: " + strings.Join(staged.EndedTokens, ", ") + ")"
		}
		if staged.Conflict {
			cell.Text += " (conflict: the live state has moved)"
			cell.Style = ui.Bad
		}
		fields = append(fields, ui.Field{Key: "staged", Value: cell})
	}
	return ui.Object{Fields: fields, Value: shape, Name: shape.Database}
}

// StatusShape is what `status` prints: a contract, docs/json.md.
type StatusShape struct {
	Database string `json:"database"`
	panel.Draft
	CA      string           `json:"ca"`      // path of the local CA's certificate; empty: there is none
	Servers []servers.Server `json:"servers"` // those that run on the database
}
