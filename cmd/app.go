package cmd

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
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

	flags globalFlags
}

type globalFlags struct {
	database string
	draft    string
	as       string
	output   string
	field    string
	noColor  bool
	noInput  bool
	yes      bool
	quiet    bool
}

// Main runs latchkey with the given arguments and returns its exit status.
func Main(args []string) int {
	app := &App{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Random: rand.Reader,
		Clock:  time.Now, //nolint:forbidigo // the one place where the clock comes from
		Getenv: os.Getenv,
	}
	// A reader of our output that goes away must be an error that is told, and no reason for a server to die.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	return app.Run(ctx, args)
}

// Run runs one command and returns its exit status. Errors have been told on Err.
func (a *App) Run(ctx context.Context, args []string) int {
	root := newRoot(a)
	root.SetArgs(args)
	root.SetIn(a.In)
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = errInterrupted
	}
	code, hint := explain(err)
	if errors.Is(err, syscall.EPIPE) && !errors.Is(err, errDelivery) && !errors.Is(err, errSavedUntold) {
		return code // as with `| head`: who stopped reading needs no story
	}
	if !errors.As(err, new(answer)) {
		a.story().Error(err, hint)
	}
	return code
}

// story is where the command tells what it does.
func (a *App) story() ui.Story {
	return ui.Story{Err: a.Err, Quiet: a.flags.quiet,
		Color: ui.UseColor(ui.IsTerminal(a.Err), a.Getenv, a.flags.noColor)}
}

// printer is where the command puts its data.
func (a *App) printer() (ui.Printer, error) {
	format, err := ui.ParseFormat(a.flags.output)
	if err != nil {
		return ui.Printer{}, wrongUse(err)
	}
	terminal := ui.IsTerminal(a.Out)
	if a.flags.field != "" && format != ui.FormatDefault && format != ui.FormatName {
		return ui.Printer{}, wrongUsef("--field prints bare values: leave out --output")
	}
	return ui.Printer{Out: a.Out, Format: format, Field: a.flags.field, Terminal: terminal,
		Color: ui.UseColor(terminal, a.Getenv, a.flags.noColor), Width: ui.TerminalWidth(a.Out), Now: a.Clock()}, nil
}

// checkOutput refuses a format or field that could not be printed, before anything is changed.
func (a *App) checkOutput(record any) error {
	printer, err := a.printer()
	if err != nil {
		return err
	}
	return printer.Check(record)
}

// open opens the database for reading, or for editing.
func (a *App) open(ctx context.Context, writable bool) (*db.DB, error) {
	path, _, err := a.databasePath()
	if err != nil {
		return nil, err
	}
	return db.Open(ctx, path, db.Options{Clock: a.Clock, Writable: writable})
}

// with opens the database, works with it and closes it.
func (a *App) with(ctx context.Context, writable bool, work func(database *db.DB) error) error {
	database, err := a.open(ctx, writable)
	if err != nil {
		return err
	}
	err = database.CheckActor(ctx, a.operator())
	if err == nil {
		err = work(database)
	}
	return errors.Join(err, database.Close())
}

// confirm asks a question; -y answers it.
func (a *App) confirm(ctx context.Context, question string) error {
	if a.flags.yes {
		return nil
	}
	interactive := !a.flags.noInput && ui.IsTerminal(a.In) && ui.IsTerminal(a.Err)
	return interruptible(ctx, func() error {
		yes, err := ui.Confirm(a.In, a.Err, interactive, question)
		if err == nil && !yes {
			err = errDeclined
		}
		return err
	})
}

// interruptible waits for work that a signal cannot end, such as reading from a terminal or writing to a full pipe,
// and leaves it behind when the context ends.
func interruptible(ctx context.Context, work func() error) error {
	done := make(chan error, 1)
	go func() { done <- work() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
