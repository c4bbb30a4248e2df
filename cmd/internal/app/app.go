package app

import (
	"context"
	"errors"
	"io"
	"time"

	"latchkey/cmd/internal/ui"
	"latchkey/db"
)

// App is the outside world as the commands see it, and the flags that mean the same everywhere.
type App struct {
	In     io.Reader
	Out    io.Writer
	Err    io.Writer
	Clock  func() time.Time
	Getenv func(string) string
	Random io.Reader

	Flags globalFlags
}

type globalFlags struct {
	Database string
	Draft    string
	As       string
	Output   string
	Field    string
	NoColor  bool
	NoInput  bool
	Yes      bool
	Quiet    bool
}

// story is where the command tells what it does.
func (a *App) Story() ui.Story {
	return ui.Story{Err: a.Err, Quiet: a.Flags.Quiet,
		Color: ui.UseColor(ui.IsTerminal(a.Err), a.Getenv, a.Flags.NoColor)}
}

// printer is where the command puts its data.
func (a *App) Printer() (ui.Printer, error) {
	format, err := ui.ParseFormat(a.Flags.Output)
	if err != nil {
		return ui.Printer{}, WrongUse(err)
	}
	terminal := ui.IsTerminal(a.Out)
	if a.Flags.Field != "" && format != ui.FormatDefault && format != ui.FormatName {
		return ui.Printer{}, WrongUsef("--field prints bare values: leave out --output")
	}
	return ui.Printer{Out: a.Out, Format: format, Field: a.Flags.Field, Terminal: terminal,
		Color: ui.UseColor(terminal, a.Getenv, a.Flags.NoColor), Width: ui.TerminalWidth(a.Out), Now: a.Clock()}, nil
}

// checkOutput refuses a format or field that could not be printed, before anything is changed.
func (a *App) CheckOutput(record any) error {
	printer, err := a.Printer()
	if err != nil {
		return err
	}
	return printer.Check(record)
}

// open opens the database for reading, or for editing.
func (a *App) open(ctx context.Context, writable bool) (*db.DB, error) {
	path, _, err := a.DatabasePath()
	if err != nil {
		return nil, err
	}
	return db.Open(ctx, path, db.Options{Clock: a.Clock, Writable: writable})
}

// with opens the database, works with it and closes it.
func (a *App) With(ctx context.Context, writable bool, work func(database *db.DB) error) error {
	database, err := a.open(ctx, writable)
	if err != nil {
		return err
	}
	err = database.CheckActor(ctx, a.Operator())
	if err == nil {
		err = work(database)
	}
	return errors.Join(err, database.Close())
}

// confirm asks a question; -y answers it.
func (a *App) Confirm(ctx context.Context, question string) error {
	if a.Flags.Yes {
		return nil
	}
	interactive := !a.Flags.NoInput && ui.IsTerminal(a.In) && ui.IsTerminal(a.Err)
	return Interruptible(ctx, func() error {
		yes, err := ui.Confirm(a.In, a.Err, interactive, question)
		if err == nil && !yes {
			err = ErrDeclined
		}
		return err
	})
}

// interruptible waits for work that a signal cannot end, such as reading from a terminal or writing to a full pipe,
// and leaves it behind when the context ends.
func Interruptible(ctx context.Context, work func() error) error {
	done := make(chan error, 1)
	go func() { done <- work() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
