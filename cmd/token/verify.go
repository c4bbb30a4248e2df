package token

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/panel"
	"latchkey/tokens"
)

func newVerify(a *app.App) *cobra.Command {
	return &cobra.Command{
		Use: "verify NAME", Short: "Answer whether the token on standard input is a user's live one", Args: app.Exactly(1, "a username"),
		Long: `Check whether the token on standard input would authenticate the user now: exit 0 for yes, 3 for no. The input is one line of
at most 1 KiB. The line break does not belong to the token. A retiring token works until its grace ends.`,
		Example: app.TrimExample(`
  latchkey token verify ci < /run/credentials/token
  latchkey token verify ci --field token < token.txt`),
		Annotations: app.ViewExits(app.ExitNo, app.ExitUnknown),
		RunE:        func(command *cobra.Command, args []string) error { return verifyToken(command.Context(), a, args) },
	}
}

func verifyToken(ctx context.Context, a *app.App, args []string) error {
	if err := a.CheckOutput(panel.VerifiedToken{}); err != nil {
		return err
	}
	text, err := readToken(ctx, a)
	if err != nil {
		return err
	}
	return a.Panel(ctx, false, func(p panel.Panel) error {
		shape, err := p.VerifyToken(ctx, args[0], tokens.DigestOf(text), a.DraftName())
		if err != nil {
			return err
		}
		shape = explainMalformed(shape, text)
		return printResult(a, shape.Live, verifiedObject(shape))
	})
}

// explainMalformed gives the reason that says most for a text that is no token, which has no fingerprint either. One that
// is accepted all the same is what it is.
func explainMalformed(shape panel.VerifiedToken, text string) panel.VerifiedToken {
	if _, malformed := tokens.Parse(text); malformed != nil && !shape.Live {
		shape.Fingerprint, shape.Reason = "", notWellFormed(malformed)
	}
	return shape
}

// notWellFormed says what is wrong with a text that is no token. The error's text holds nothing of it.
func notWellFormed(err error) string {
	return "not well formed: " + strings.TrimPrefix(err.Error(), tokens.ErrMalformed.Error()+": ")
}

func verifiedObject(shape panel.VerifiedToken) ui.Object {
	object := ui.Object{Value: shape, Name: yesOrNo(shape.Live).Text,
		Fields: []ui.Field{{Key: "live", Value: yesOrNo(shape.Live)}, {Key: "user", Value: ui.Cell{Text: shape.User}}}}
	if shape.Token != "" {
		object.Fields = append(object.Fields, ui.Field{Key: "token", Value: ui.Cell{Text: shape.Token}})
	}
	if shape.Fingerprint != "" {
		object.Fields = append(object.Fields, ui.Field{Key: "fingerprint", Value: ui.Cell{Text: shape.Fingerprint}})
	}
	object.Fields = append(object.Fields, ui.Field{Key: "reason", Value: ui.Cell{Text: shape.Reason}})
	return object
}

// printResult prints a yes or no, and makes the exit status of it.
func printResult(a *app.App, yes bool, object ui.Object) error {
	printer, err := a.Printer()
	if err != nil {
		return err
	}
	if err := printer.Object(object); err != nil || yes {
		return err
	}
	return app.ExitStatus(app.ExitNo)
}

func yesOrNo(yes bool) ui.Cell {
	if yes {
		return ui.Cell{Text: "yes", Style: ui.Good}
	}
	return ui.Cell{Text: "no", Style: ui.Bad}
}
