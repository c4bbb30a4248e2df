package cmd

import (
	"context"
	"errors"
	"io"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/panel"
	"latchkey/cmd/panel/local"
	"latchkey/db"
	"latchkey/db/data"
)

// openPanel opens the control panel on the database that the flags name.
func openPanel(ctx context.Context, a *app.App, toEdit bool) (panel.Panel, io.Closer, error) {
	database, err := a.OpenDatabase(ctx, toEdit)
	if errors.Is(err, db.ErrMissing) {
		err = noDatabase{err}
	}
	if err != nil {
		return nil, nil, err
	}
	operator := a.Operator()
	if err := database.CheckActor(ctx, operator); err != nil {
		return nil, nil, errors.Join(err, database.Close())
	}
	documents := besideDatabase{a, database.Path()}
	return local.New(local.Config{Database: database, Operator: operator, Clock: a.Clock, LastUsed: documents.lastUsed,
		CountDocuments: documents.count}), database, nil
}

// noDatabase is an error of the database that is a [panel.ErrNoDatabase] too.
type noDatabase struct{ error }

// Unwrap is the error of the database.
func (e noDatabase) Unwrap() error { return e.error }

// Is makes it a [panel.ErrNoDatabase].
func (e noDatabase) Is(target error) bool { return target == panel.ErrNoDatabase }

// besideDatabase is the data file beside a database. It is opened only when something is asked of it, and never made.
type besideDatabase struct {
	app      *app.App
	database string
}

// lastUsed reads when the tokens of a user, of all users for 0, were last used. Where there is no data file no server has
// noted any use. That it cannot be read is no reason to show nothing.
func (b besideDatabase) lastUsed(ctx context.Context, user int64) []data.TokenUse {
	var found []data.TokenUse
	err := b.read(ctx, func(documents *data.Data) (err error) {
		found, err = documents.LastUsed(ctx, user)
		return err
	})
	if err != nil {
		b.app.Messages().Warn("when tokens were last used is not known: %v", err)
	}
	return found
}

// count counts the documents of a resource, those of all parents together.
func (b besideDatabase) count(ctx context.Context, resource string) (count int64, err error) {
	err = b.read(ctx, func(documents *data.Data) (err error) {
		count, err = documents.Count(ctx, data.Collection{Resource: resource}, nil)
		return err
	})
	return count, err
}

func (b besideDatabase) read(ctx context.Context, work func(documents *data.Data) error) error {
	documents, err := data.OpenReadOnly(ctx, data.PathBeside(b.database))
	if errors.Is(err, data.ErrMissing) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(work(documents), documents.Close())
}
