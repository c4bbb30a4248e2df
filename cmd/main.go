package cmd

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
)

// Main runs latchkey with the given arguments and returns its exit status.
func Main(args []string) int {
	app := &app.App{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Random: rand.Reader,
		Clock:  time.Now, //nolint:forbidigo // the one place where the clock comes from
		Getenv: os.Getenv, Environ: os.Environ,
	}
	// A reader of our output that goes away must be an error that is reported, and no reason for a server to die.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	return Run(ctx, app, args)
}

// Run runs one command and returns its exit status. Errors are printed to Err.
func Run(ctx context.Context, a *app.App, args []string) int {
	a.OpenPanel = openPanel
	a.RedactErr()
	root := newRoot(a, args...)
	root.SetArgs(args)
	root.SetIn(a.In)
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	err := root.ExecuteContext(ctx)
	a.EndPager()
	if err == nil || app.PagerLeft(err) {
		return app.ExitDone
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = app.ErrInterrupted
	}
	code, hint := explain(err)
	if errors.Is(err, syscall.EPIPE) && !errors.Is(err, staging.ErrDelivery) && !errors.Is(err, staging.ErrResultNotPrinted) {
		return code // as with `| head`: who stopped reading needs no message
	}
	if !errors.As(err, new(app.ExitStatus)) {
		a.Messages().Error(err, hint)
	}
	return code
}
