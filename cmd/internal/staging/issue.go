package staging

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/ui"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/model"
	"latchkey/perms/errorkind"
	"latchkey/tokens"
)

// Errors of making tokens.
var (
	ErrNoStdout = errorkind.Invalid.New("standard output is closed or the null device: nobody would see the token")
	ErrDelivery = errors.New("writing the token; nothing was changed")
)

// Issue makes a token for each user, prints it, and only then stages or saves the edit. The order is the promise: a
// token that nobody could read must not replace one that works, and no lock is held while a pipe is written to.
func Issue(ctx context.Context, a *app.App, options Options, names []string,
	change func(fresh func(user string) tokens.Digest) model.Change, already ...error) error {
	if err := errors.Join(options.Check(), showsToken(a)); err != nil {
		return err
	}
	issued, err := newTokens(a, names)
	if err != nil {
		return err
	}
	fresh := func(user string) tokens.Digest { return issued[user].Digest() }
	edit := db.Edit{Kind: model.KindUser, Draft: a.Draft(), Names: names, Change: options.IgnoreIf(change(fresh), already...)}
	return a.With(ctx, true, func(database *db.DB) error {
		preview, err := database.Preview(ctx, edit, options.Save)
		if err != nil {
			return err
		}
		if err := deliver(ctx, a, names, preview.Changed, issued); err != nil {
			return err
		}
		edit.Seen = preview.Seen
		_, err = Commit(ctx, a, database, options, edit)
		return err
	})
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

// deliver writes the tokens of the users that the edit changes to standard output.
func deliver(ctx context.Context, a *app.App, names, changed []string, issued map[string]tokens.Token) error {
	if len(changed) == 0 {
		return nil
	}
	content, err := tokenText(a, names, changed, issued)
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

func tokenText(a *app.App, names, changed []string, issued map[string]tokens.Token) (string, error) {
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
		list.Values = append(list.Values, wire.IssuedOf(name, token))
		if printer.Format == "" && printer.Field == "" {
			content.WriteString(tokenLine(name, token, len(names) > 1))
		}
	}
	switch {
	case printer.Format == "" && printer.Field == "":
		return content.String(), nil
	case len(names) == 1:
		err = printer.Object(ui.Object{Name: list.Names[0], Value: list.Values[0]})
	default:
		err = printer.List(list)
	}
	return content.String(), err
}

func tokenLine(name string, token tokens.Token, several bool) string {
	if several {
		return name + "\t" + token.Reveal() + "\n"
	}
	return token.Reveal() + "\n"
}
