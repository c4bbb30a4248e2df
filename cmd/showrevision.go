package cmd

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/ui"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
)

func newShow(a *App) *cobra.Command {
	return &cobra.Command{
		Use: "show REV", Short: "Show one revision: who saved what, field by field", Args: oneRevision,
		Long: `Show one revision: number, time, operator and how the name is known, source, message, head, and then a line for each
field of each user or role that it changed: user, field, before, after. Tokens are shown by fingerprint.`,
		Example: trimExample(`
  latchkey show 12
  latchkey show 12 --output json`),
		Annotations: viewExits(exitUnknown),
		RunE:        func(command *cobra.Command, args []string) error { return a.showRevision(command.Context(), args[0]) },
	}
}

// oneRevision checks that there is one positional argument.
func oneRevision(command *cobra.Command, args []string) error {
	if len(args) != 1 {
		return wrongUsef("%s needs the number of one revision: 'latchkey log' shows all", command.CommandPath())
	}
	return nil
}

func (a *App) showRevision(ctx context.Context, number string) error {
	if err := a.checkOutput(wire.Recorded{}); err != nil {
		return err
	}
	var wanted revisionNumber
	if err := wanted.Set(number); err != nil {
		return wrongUse(err)
	}
	return a.viewing(ctx, viewRevisions, func(database *db.DB) error {
		revision, err := database.Revision(ctx, wanted.number)
		if err != nil {
			return err
		}
		return a.printRecorded(wire.RecordedOf(revision))
	})
}

func (a *App) printRecorded(shape wire.Recorded) error {
	printer, err := a.printer()
	if err != nil {
		return err
	}
	if err := printer.Object(recordedObject(shape)); err != nil || printer.Format != ui.FormatDefault || printer.Field != "" {
		return err
	}
	if printer.Terminal {
		if _, err := io.WriteString(a.Out, "\n"); err != nil {
			return err
		}
	}
	return a.printDifferences(changesList(shape.Changes), "")
}

func recordedObject(shape wire.Recorded) ui.Object {
	fields := []ui.Field{
		{Key: "revision", Value: ui.Cell{Text: fmt.Sprint(shape.Revision), Style: ui.Strong}},
		{Key: "saved", Value: ui.Cell{Time: shape.SavedAt}},
		{Key: "operator", Value: ui.Cell{Text: shape.Operator}},
		{Key: "known by", Value: ui.Cell{Text: shape.KnownBy}},
		{Key: "source", Value: ui.Cell{Text: shape.Source}},
	}
	if shape.Message != "" {
		fields = append(fields, ui.Field{Key: "message", Value: ui.Cell{Text: shape.Message}})
	}
	fields = append(fields, ui.Field{Key: "head", Value: ui.Cell{Text: shape.Head, Style: ui.Dim}})
	return ui.Object{Fields: fields, Value: shape, Name: fmt.Sprint(shape.Revision)}
}

// changesList is a table of changed fields.
func changesList(changes []wire.Changed) ui.List {
	list := ui.List{Table: ui.Table{Columns: []string{"user", "field", "before", "after"}, Flexible: "after"}}
	for _, change := range changes {
		list.Names = append(list.Names, change.User)
		list.Values = append(list.Values, change)
		list.Table.Rows = append(list.Table.Rows, []ui.Cell{{Text: change.User, Style: ui.Strong}, {Text: change.Field},
			{Text: orEmptyText(change.Before), Style: ui.Removed}, {Text: orEmptyText(change.After), Style: ui.Added}})
	}
	return list
}

func orEmptyText(value *string) string {
	if value == nil {
		return ""
	}
	return *value
}
