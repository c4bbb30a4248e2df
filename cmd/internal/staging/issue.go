package staging

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/panel"
	"latchkey/perms/errorkind"
	"latchkey/perms/username"
	"latchkey/tokens"
)

// Errors of making tokens.
var (
	ErrNoStdout = errorkind.Invalid.New("standard output is closed or the null device: nobody would see the token")
	ErrDelivery = errors.New("writing the token; nothing was changed")
)

// Issue makes a token for each user, prints it, and only then stages or saves the operations that the digests are handed
// to. The order is the promise: a token that nobody could read must not replace one that works, and no lock is held while
// a pipe is written to.
func Issue(ctx context.Context, a *app.App, options Options, args []string,
	operation func(user string, digest tokens.Digest) panel.Operation) error {
	return IssueWith(ctx, a, options, args, func(user string, digest tokens.Digest) []panel.Operation {
		return []panel.Operation{operation(user, digest)}
	})
}

// IssueWith is [Issue] where each user gets more than a token in the same edit.
func IssueWith(ctx context.Context, a *app.App, options Options, args []string,
	operationsOf func(user string, digest tokens.Digest) []panel.Operation) error {
	names, err := canonicalOnce(args)
	if err := errors.Join(err, options.Check(), showsToken(a)); err != nil {
		return err
	}
	issued, err := newTokens(a, names)
	if err != nil {
		return err
	}
	operations := slices.Concat(ForEach(names, func(name string) []panel.Operation { return operationsOf(name, issued[name].Digest()) })...)
	return a.Panel(ctx, true, func(p panel.Panel) error {
		edit := options.EditOptions(a)
		preview, err := p.Preview(ctx, operations, edit)
		if err != nil {
			return err
		}
		if err := deliver(ctx, a, options.WithName || len(args) > 1, preview.Changed, issued); err != nil {
			return err
		}
		edit.Seen = preview.Seen
		options.Begins(ctx, a, p)
		edited, err := p.Edit(ctx, operations, edit)
		if err == nil {
			options.Report(a, edited)
		}
		return err
	})
}

// canonicalOnce brings usernames to their one form; one that is given twice counts once.
func canonicalOnce(args []string) ([]string, error) {
	var names []string
	for _, arg := range args {
		name, err := username.Canonical(arg)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, nil
}

// showsToken refuses an output without the token in it: nobody would ever see it.
func showsToken(a *app.App) error {
	printer, err := a.Printer()
	if err != nil {
		return err
	}
	if printer.Format == ui.FormatName || (printer.Field != "" && printer.Field != "token") {
		return app.WrongUsef("the output would not show the token: leave out --output name and any --field but token")
	}
	return nil
}

func newTokens(a *app.App, names []string) (map[string]tokens.Token, error) {
	issued := map[string]tokens.Token{}
	for _, name := range names {
		token, err := tokens.New(a.Random)
		if err != nil {
			return nil, err
		}
		issued[name] = token
	}
	return issued, nil
}

// checkStdout refuses to make a token that would go nowhere. A closed standard output is the null device by the
// time a Go program runs.
func checkStdout(a *app.App) error {
	file, ok := a.Out.(*os.File)
	if !ok {
		return nil
	}
	if null, err := ui.IsNullDevice(file); err != nil || null {
		return errors.Join(ErrNoStdout, err)
	}
	return nil
}

// deliver writes the tokens of the users that the edit changes to standard output, with names or the token of one alone.
func deliver(ctx context.Context, a *app.App, withNames bool, changed []string, issued map[string]tokens.Token) error {
	if len(changed) == 0 {
		return nil
	}
	content, err := tokenText(a, withNames, changed, issued)
	if err == nil {
		err = checkStdout(a)
	}
	if err != nil {
		return err
	}
	return app.Interruptible(ctx, func() error {
		if err := ui.Deliver(a.Out, content); err != nil {
			return fmt.Errorf("%w: %w", ErrDelivery, err)
		}
		return nil
	})
}

func tokenText(a *app.App, withNames bool, changed []string, issued map[string]tokens.Token) (string, error) {
	printer, err := a.Printer()
	if err != nil {
		return "", err
	}
	var content bytes.Buffer
	printer.Out = &content
	var list ui.List
	for _, name := range changed {
		token := issued[name]
		list.Names = append(list.Names, name)
		list.Values = append(list.Values, panel.Issued{Name: name, Token: token.Reveal(), Fingerprint: token.Digest().Fingerprint()})
		if printer.Format == "" && printer.Field == "" {
			content.WriteString(tokenLine(name, token, withNames))
		}
	}
	switch {
	case printer.Format == "" && printer.Field == "":
		return content.String(), nil
	case !withNames:
		err = printer.Object(ui.Object{Name: list.Names[0], Value: list.Values[0]})
	default:
		err = printer.List(list)
	}
	return content.String(), err
}

func tokenLine(name string, token tokens.Token, withName bool) string {
	if withName {
		return name + "\t" + token.Reveal() + "\n"
	}
	return token.Reveal() + "\n"
}
