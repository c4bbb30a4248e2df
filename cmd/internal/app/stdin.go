package app

import (
	"context"
	"io"
	"os"
	"strings"

	"latchkey/cmd/internal/ui"
)

// longestToken is how much is read where one token is wanted, in bytes: many times what one has.
const longestToken = 1 << 10

var ErrNobodyTypes = WrongUsef("standard input is a terminal, and nobody can be asked there: pipe in what is to be read")

// oneToken reads the one token that a command wants: a line of standard input without its end, or what a person types
// at a terminal, which does not show it. What it returns may be any text but none.
func (a *App) OneToken(ctx context.Context) (string, error) {
	var content string
	var err error
	if terminal, ok := a.In.(*os.File); ok && ui.IsTerminal(terminal) {
		if !a.MayAsk() {
			return "", ErrNobodyTypes
		}
		content, err = ui.Secret(ctx, terminal, a.Err, "Token (it is not shown), then Enter:")
	} else {
		content, err = a.Input(ctx, longestToken)
	}
	if err != nil {
		return "", err
	}
	text, rest, _ := strings.Cut(content, "\n")
	text = strings.TrimSuffix(text, "\r")
	switch {
	case rest != "":
		return "", WrongUsef("standard input has several lines, and one token is wanted")
	case text == "":
		return "", WrongUsef("no token on standard input: pipe it in, or let standard input be the file that holds it")
	}
	return text, nil
}

// input reads standard input to its end; more than limit bytes are wrong use.
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

func (a *App) MayAsk() bool { return !a.Flags.NoInput && ui.IsTerminal(a.Err) }
