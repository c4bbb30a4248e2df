package history

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/internal/view"
	"latchkey/cmd/panel"
)

func newShow(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use: "show REV", Short: "Show one revision: who saved what, field by field", Args: oneRevision,
		Long: `Show one revision: number, time, operator and how the name is known, source, message, head. Then comes a line for each field
that it changed: object, field, before, after. Tokens are shown by fingerprint.`,
		Example: app.TrimExample(`
  latchkey show 12
  latchkey show last --output json`),
		Annotations: app.ViewExits(app.ExitUnknown),
		RunE:        func(command *cobra.Command, args []string) error { return showRevision(command.Context(), a, args[0]) },
	}
}

// oneRevision checks that there is one positional argument.
func oneRevision(command *cobra.Command, args []string) error {
	switch {
	case len(args) == 2 && slices.Contains([]string{"user", "role", "resource", "token", "perm"}, args[0]):
		return app.WithHint(app.WrongUsef("%s shows a revision", command.CommandPath()), fmt.Sprintf("'latchkey %s show NAME'", args[0]))
	case len(args) != 1:
		return app.WrongUsef("%s needs the number of one revision: 'latchkey log' shows all", command.CommandPath())
	}
	return nil
}

func showRevision(ctx context.Context, a *app.App, number string) error {
	if err := a.CheckOutput(panel.Recorded{}); err != nil {
		return err
	}
	return a.Panel(ctx, false, func(p panel.Panel) error {
		wanted, err := view.Revision(ctx, p, number)
		if err != nil {
			return err
		}
		revision, err := p.Revision(ctx, wanted)
		if err != nil {
			return err
		}
		return printRecorded(a, revision)
	})
}

func printRecorded(a *app.App, shape panel.Recorded) error {
	printer, err := a.ReadersPrinter()
	if err != nil {
		return err
	}
	if err := printer.Object(recordedObject(shape)); err != nil || printer.Format != ui.FormatDefault || printer.Field != "" {
		return err
	}
	if printer.Terminal {
		if _, err := io.WriteString(printer.Out, "\n"); err != nil {
			return err
		}
	}
	list := ui.List{Table: ui.Table{Columns: ChangeColumns, Flexible: []string{"after"}}}
	for _, change := range shape.Changes {
		AddChange(&list, change, change)
	}
	return PrintDifferences(a, list, "")
}

func recordedObject(shape panel.Recorded) ui.Object {
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
	fields = append(fields, ui.Field{Key: "head", Value: view.Head(shape.Head)})
	return ui.Object{Fields: fields, Value: shape, Name: fmt.Sprint(shape.Revision)}
}

// ChangeColumns are the headings of changed fields.
var ChangeColumns = []string{"object", "field", "before", "after"}

// AddChange adds a changed field to a list for [PrintDifferences]; the value is what JSON shows of it.
func AddChange(list *ui.List, change panel.Changed, value any) {
	before, after := change.Values()
	list.Add(change.Object, value, []ui.Cell{{Text: change.Object, Style: ui.Strong}, {Text: change.Field},
		{Text: before, Style: ui.Removed}, {Text: after, Style: ui.Added}})
}

// PrintDifferences prints rows of object, field, before and after. A person sees each object once and the values below
// each other, since two of them rarely fit beside each other.
func PrintDifferences(a *app.App, list ui.List, empty string) error {
	printer, err := a.Printer()
	if err != nil {
		return err
	}
	if printer.Terminal && printer.Field == "" {
		list.Table = ui.Table{Rows: stacked(list.Table.Rows), Wraps: true}
	}
	return a.PrintList(list, empty)
}

// stacked has an object that is removed in one line, and so a token that is replaced.
func stacked(rows [][]ui.Cell) [][]ui.Cell {
	var lines [][]ui.Cell
	last, removed := "", false
	for _, row := range rows {
		object, isName := row[0], row[1].Text == "name"
		begins := object.Text != last || isName
		if !begins && removed {
			continue
		}
		removed = isName && row[3].Text == ""
		if begins {
			last = object.Text
		} else {
			object.Text = ""
		}
		if removed {
			lines = append(lines, []ui.Cell{object, {}, {Text: "- removed", Style: ui.Removed}})
			continue
		}
		for _, line := range valueLines(row) {
			lines = append(lines, append([]ui.Cell{object}, line...))
			object.Text = ""
		}
	}
	return lines
}

// valueLines are the field and the values of a change, as far as there are any.
func valueLines(row []ui.Cell) (lines [][]ui.Cell) {
	field, before, after := row[1], row[2], row[3]
	if field.Text == "access" {
		words, replaced := staging.NewToken(before.Text, after.Text)
		switch {
		case replaced:
			return [][]ui.Cell{{{Text: "token"}, {Text: "~ " + words, Style: ui.Warn}}}
		case before.Text == accessOff:
			before.Text = ""
		case after.Text == accessOff && before.Text != "":
			before.Text, after.Text = accessOff+", was "+before.Text, ""
		}
	}
	for i, value := range []ui.Cell{before, after} {
		if value.Text != "" {
			value.Text = []string{"- ", "+ "}[i] + value.Text
			lines = append(lines, []ui.Cell{field, value})
			field.Text = ""
		}
	}
	return lines
}

const accessOff = "off" // the access of a user who has none
