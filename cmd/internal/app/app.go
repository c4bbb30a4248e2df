package app

import (
	"context"
	"errors"
	"io"
	"time"

	"latchkey/cmd/internal/ui"
	"latchkey/cmd/panel"
)

// App is the outside world as the commands see it, and the flags that mean the same everywhere. A command line has one
// App; its methods are not for use by several goroutines.
type App struct {
	In      io.Reader
	Out     io.Writer
	Err     io.Writer
	Clock   func() time.Time
	Getenv  func(string) string
	Environ func() []string // all variables, as NAME=VALUE; nil: not known
	Random  io.Reader

	Flags Flags

	pager *pager // nil: none runs
	edits bool   // the command may change something

	// OpenPanel opens the control panel that the flags name; close it when done. It need not be able to edit unless that
	// is asked for.
	OpenPanel func(ctx context.Context, a *App, toEdit bool) (panel.Panel, io.Closer, error)
}

// Panel opens the control panel, works with it and closes it.
func (a *App) Panel(ctx context.Context, toEdit bool, work func(p panel.Panel) error) error {
	a.edits = a.edits || toEdit
	opened, closer, err := a.OpenPanel(ctx, a, toEdit)
	if err != nil {
		return err
	}
	return errors.Join(work(opened), closer.Close())
}

// DraftName is the name of the draft that the command works on; "" is the one without a name.
func (a *App) DraftName() string {
	if a.Flags.Draft != "" {
		return a.Flags.Draft
	}
	return a.Getenv("LATCHKEY_DRAFT")
}

// Flags are the values of the flags that every command has.
type Flags struct {
	Database string
	Draft    string
	As       string
	Output   string
	Fields   []string
	NoColor  bool
	NoInput  bool
	NoPager  bool
	Yes      bool
	Quiet    bool
}

// Messages is where a command prints what it does, for people: standard error.
func (a *App) Messages() ui.Messages {
	return ui.Messages{Err: a.messageStream(), Quiet: a.Flags.Quiet,
		Color: ui.UseColor(ui.IsTerminal(a.Err), a.Getenv, a.Flags.NoColor)}
}

// Confirm asks a question; -y answers it. It fails with [ErrDeclined] or [ui.ErrNoAnswer].
func (a *App) Confirm(ctx context.Context, question string) error {
	if a.Flags.Yes {
		return nil
	}
	a.EndPager()
	interactive := !a.Flags.NoInput && ui.IsTerminal(a.In) && ui.IsTerminal(a.Err)
	return Interruptible(ctx, func() error {
		yes, err := ui.Confirm(a.In, a.Err, interactive, question)
		if err == nil && !yes {
			err = ErrDeclined
		}
		return err
	})
}

// Interruptible waits for work that a signal cannot end, such as reading from a terminal or writing to a full pipe,
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
