package app

import (
	"context"
	"io"

	"latchkey/cmd/internal/ui"
)

// ErrNoInput: standard input is a terminal where input is needed and none may be asked for.
var ErrNoInput = WrongUsef("standard input is a terminal, and nobody can be asked there: pipe in what is to be read")

// Input reads standard input to its end; more than limit bytes are wrong use.
func (a *App) Input(ctx context.Context, limit int64) (string, error) {
	var content []byte
	err := Interruptible(ctx, func() (err error) {
		content, err = io.ReadAll(io.LimitReader(a.In, limit+1))
		return err
	})
	switch {
	case err != nil:
		return "", err
	case int64(len(content)) > limit:
		return "", WrongUsef("standard input has more than %d bytes, and no more are read", limit)
	}
	return string(content), nil
}

// MayAsk reports whether a question or prompt would be seen and may be asked.
func (a *App) MayAsk() bool { return !a.Flags.NoInput && ui.IsTerminal(a.Err) }
