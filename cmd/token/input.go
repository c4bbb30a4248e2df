package token

import (
	"context"
	"os"
	"strings"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
)

// longestToken is how much is read where one token is wanted, in bytes: many times what one has.
const longestToken = 1 << 10

// readToken reads the one token that a command wants: a line of standard input without its end, or what a person types
// at a terminal, which does not show it. What it returns may be any text but none.
func readToken(ctx context.Context, a *app.App) (string, error) {
	var content string
	var err error
	if terminal, ok := a.In.(*os.File); ok && ui.IsTerminal(terminal) {
		if !a.MayAsk() {
			return "", app.ErrNoInput
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
		return "", app.WrongUsef("standard input has several lines, and one token is wanted")
	case text == "":
		return "", app.WrongUsef("no token on standard input: pipe it in, or let standard input be the file that holds it")
	}
	return text, nil
}
