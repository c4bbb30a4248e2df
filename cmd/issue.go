package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"latchkey/cmd/internal/ui"
	"latchkey/db"
	"latchkey/tokens"
)

// issue makes a token for each user, shows it, and only then stages or saves the edit. The order is the promise: a
// token that nobody could read must not replace one that works, and no lock is held while a pipe is written to.
func (a *App) issue(ctx context.Context, options editOptions, names []string, fine alreadySo,
	rule func(subject *db.Subject, fresh tokens.Digest) (tokens.Access, error)) error {
	if err := errors.Join(options.check(), a.somebodyLooks(), a.checkOutput(issuedShape{})); err != nil {
		return err
	}
	issued, err := a.newTokens(names)
	if err != nil {
		return err
	}
	change := fine.accept(existing(func(subject *db.Subject) (err error) {
		subject.Next.Access, err = rule(subject, issued[subject.Name].Digest())
		return named(subject, err)
	}), options.ensure)
	edit := db.Edit{Draft: a.draft(), Names: names, Change: change}
	return a.with(ctx, true, func(database *db.DB) error {
		preview, err := database.Preview(ctx, edit, options.save)
		if err != nil {
			return err
		}
		if err := a.deliver(names, preview.Changed, issued); err != nil {
			return err
		}
		edit.Seen = preview.Seen
		return a.commit(ctx, database, options, edit)
	})
}

// checkOutput refuses a format or field that could not be printed, before anything is changed.
func (a *App) checkOutput(record any) error {
	printer, err := a.printer()
	if err != nil {
		return err
	}
	return printer.Check(record)
}

func (a *App) newTokens(names []string) (map[string]tokens.Token, error) {
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

// somebodyLooks refuses to make a token that would go nowhere. A closed standard output is the null device by the
// time a Go program runs.
func (a *App) somebodyLooks() error {
	file, ok := a.Out.(*os.File)
	if !ok {
		return nil
	}
	if null, err := ui.IsNullDevice(file); err != nil || null {
		return errors.Join(errNobodyLooks, err)
	}
	return nil
}

// deliver writes the tokens of the users that the edit changes to standard output.
func (a *App) deliver(names, changed []string, issued map[string]tokens.Token) error {
	// A reader that has gone away must be an error here and not the end of the process without a word.
	broken := make(chan os.Signal, 1)
	signal.Notify(broken, syscall.SIGPIPE)
	defer signal.Stop(broken)
	content, err := a.tokenText(names, changed, issued)
	if err != nil || content == "" {
		return err
	}
	if err := ui.Deliver(a.Out, content); err != nil {
		return fmt.Errorf("%w: %w", errDelivery, err)
	}
	return nil
}

func (a *App) tokenText(names, changed []string, issued map[string]tokens.Token) (string, error) {
	printer, err := a.printer()
	if err != nil {
		return "", err
	}
	var content bytes.Buffer
	printer.Out = &content
	var list ui.List
	for _, name := range changed {
		token := issued[name]
		list.Names = append(list.Names, name)
		list.Values = append(list.Values, issuedShape{name, token.Reveal(), token.Digest().Fingerprint()})
		if printer.Format == "" && printer.Field == "" {
			content.WriteString(tokenLine(name, token, len(names) > 1))
		}
	}
	switch {
	case printer.Format == "" && printer.Field == "" || len(changed) == 0:
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

// existing makes a change of a user who must be there.
func existing(change db.Change) db.Change {
	return func(subject *db.Subject) error {
		if subject.Next == nil {
			return noUser(subject)
		}
		return change(subject)
	}
}

// named says whose error it is.
func named(subject *db.Subject, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", subject.Name, err)
}
