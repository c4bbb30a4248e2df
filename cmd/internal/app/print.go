package app

import (
	"errors"
	"io"
	"strings"

	"latchkey/cmd/internal/ui"
)

// PrintObjects prints one record as an object; several as a list, or below each other for people.
func (a *App) PrintObjects(objects []ui.Object) error {
	printer, err := a.ReadersPrinter()
	if err != nil {
		return err
	}
	if len(objects) == 1 || (printer.Format == "" && printer.Field == "") {
		for _, object := range objects {
			err = errors.Join(err, printer.Object(object))
		}
		return err
	}
	var list ui.List
	for _, object := range objects {
		list.Names = append(list.Names, object.Name)
		list.Values = append(list.Values, object.Value)
	}
	return printer.List(list)
}

// PrintList prints a list; of an empty one the message says so, as an empty output could be a mistake.
func (a *App) PrintList(list ui.List, empty string) error {
	printer, err := a.ReadersPrinter()
	if err != nil {
		return err
	}
	if len(list.Names) == 0 {
		a.Messages().Info("%s", empty)
	}
	return printer.List(list)
}

// Printer is where a command prints its data: standard output, in the format that the flags name.
func (a *App) Printer() (ui.Printer, error) {
	named, source := a.Flags.Output, ""
	if named == "" && len(a.Flags.Fields) == 0 { // --field counts more than the variable
		named, source = a.Getenv("LATCHKEY_OUTPUT"), "LATCHKEY_OUTPUT: "
	}
	format, err := ui.ParseFormat(named)
	if err != nil {
		return ui.Printer{}, WrongUsef("%s%w", source, err)
	}
	terminal := ui.IsTerminal(a.Out)
	color := ui.UseColor(terminal, a.Getenv, a.Flags.NoColor)
	if format == ui.FormatTable {
		format, terminal = ui.FormatDefault, true
	}
	field := strings.Join(a.Flags.Fields, ",")
	if field != "" && format != ui.FormatDefault && format != ui.FormatName {
		return ui.Printer{}, WrongUsef("--field prints bare values: leave out --output")
	}
	return ui.Printer{Out: a.Out, Format: format, Field: field, Terminal: terminal, Color: color, Width: ui.TerminalWidth(a.Out), Now: a.Clock()}, nil
}

// MessagePrinter prints a record among the messages, as people see it on a terminal.
func (a *App) MessagePrinter() ui.Printer {
	messages := a.Messages()
	return ui.Printer{Out: messages.Err, Terminal: true, Color: messages.Color, Width: ui.TerminalWidth(a.Err), Now: a.Clock()}
}

// CheckOutput refuses a format or field that could not be printed, before anything is changed.
func (a *App) CheckOutput(record any) error {
	printer, err := a.Printer()
	if err != nil {
		return err
	}
	return printer.Check(record)
}

// WriteOut lets a command write text of its own, such as a script or a file, to standard output. What would do something to
// a terminal is escaped on one, and a pager shows it.
func (a *App) WriteOut(write func(out io.Writer) error) error {
	if !ui.IsTerminal(a.Out) {
		return write(a.Out)
	}
	lines := &ui.Lines{Out: readers{a}}
	return errors.Join(write(lines), lines.Close())
}
