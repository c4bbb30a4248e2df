package token

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/staging"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/panel"
)

// longestReport is how much of a report on leaks is read, in bytes.
const longestReport = 16 << 20

func newRevoke(a *app.App) *cobra.Command {
	var options staging.Options
	command := &cobra.Command{
		Use: "revoke", Short: "Stage the end of API access for whoever owns a leaked token", Args: app.NoArguments,
		Long: `Read leaked tokens from standard input. Stage the end of API access for every user whose current or retiring token is among
them, all in one edit. The input may be any text of at most 16 MiB, such as the report of a secret scanner.

Tokens are found anywhere in the text, also with lk%5F for lk_, and in base64, as in 'Authorization: Basic'. Base64 must not
be broken over lines. Fingerprints and SHA-256 digests, as sha256sum prints them, are found where they are words of their own
in lines that do not begin with '#'. A token that is written in any other way is not found.

Standard output has a line for each token that was live: NAME<TAB>FINGERPRINT. Tokens of nobody are listed on standard error
by fingerprint. A warning names the lines with something that only looks like a token. The exit status is also 0 if nobody
has any of the tokens, or none was found; for none found a warning says how many lines were read. With --save, 0 means that
none of the tokens that were found works any more.`,
		Example: app.TrimExample(`
  latchkey token revoke --save -m "found in a public repository" < report.json
  echo 0123456789ab | latchkey token revoke --save`),
		Annotations: app.EditExits(),
		RunE: func(command *cobra.Command, _ []string) error {
			return revokeTokens(command.Context(), a, options)
		},
	}
	options.AddFlags(command)
	return command
}

func revokeTokens(ctx context.Context, a *app.App, options staging.Options) error {
	if err := errors.Join(options.Check(), a.CheckOutput(panel.RevokedToken{})); err != nil {
		return err
	}
	leaked, err := readLeaks(ctx, a)
	if err != nil {
		return err
	}
	return a.Panel(ctx, true, func(p panel.Panel) error {
		done, err := p.RevokeLeaked(ctx, leaked.Leaked, options.EditOptions(a))
		reportOthers(a, leaked, done)
		if err != nil {
			return err
		}
		if len(done.Revoked) > 0 {
			options.Report(a, done.Edited)
		}
		return printRevoked(a, done.Revoked)
	})
}

func readLeaks(ctx context.Context, a *app.App) (leaks, error) {
	if ui.IsTerminal(a.In) {
		if !a.MayAsk() {
			return leaks{}, app.ErrNoInput
		}
		if _, err := a.Err.Write([]byte("Tokens or fingerprints, one a line; Ctrl-D ends them:\n")); err != nil {
			return leaks{}, err
		}
	}
	text, err := a.Input(ctx, longestReport)
	if err != nil {
		return leaks{}, err
	}
	if strings.ContainsRune(text, 0) {
		return leaks{}, app.WrongUsef("standard input has zero bytes, so it is no text, or text as UTF-16: convert it to UTF-8")
	}
	return findLeaks(text), nil
}

// reportOthers prints, by fingerprint, which of the leaked tokens are nobody's live ones.
func reportOthers(a *app.App, leaked leaks, done panel.RevokedLeaks) {
	messages, known := a.Messages(), map[string]bool{}
	for _, token := range done.Revoked {
		known[token.Fingerprint] = true
	}
	for _, token := range done.Staged {
		known[token.Fingerprint] = true
		messages.Warn("%s is staged for %s by %s, not live: a save would make it work; regenerate it again, or 'latchkey discard' it",
			token.Fingerprint, token.Object, token.Operator)
	}
	for _, fingerprint := range leaked.found {
		if !known[fingerprint] {
			messages.Info("%s is nobody's live token", fingerprint)
		}
	}
	for _, line := range leaked.incomplete {
		messages.Warn("line %d has something like a token that is none: is it cut off, mistyped or blotted out?", line)
	}
	switch {
	case len(leaked.found) == 0 && len(leaked.incomplete) == 0 && leaked.lines > 0:
		messages.Warn("lines read: %d; nothing in them looks like a token or a fingerprint: nothing to revoke", leaked.lines)
	case len(leaked.found) == 0:
		messages.Info("no token and no fingerprint in the input: nothing to revoke")
	case len(done.Revoked) == 0:
		messages.Info("nobody has any of them: nothing to revoke")
	}
}

func printRevoked(a *app.App, revoked []panel.RevokedToken) error {
	printer, err := a.Printer()
	if err != nil {
		return err
	}
	list := ui.List{Table: ui.Table{Columns: []string{"name", "token"}}}
	for _, shape := range revoked {
		list.Add(shape.Name, shape, []ui.Cell{{Text: shape.Name, Style: ui.Strong}, {Text: shape.Fingerprint}})
	}
	list.Names = slices.Compact(list.Names)
	return printer.List(list)
}
