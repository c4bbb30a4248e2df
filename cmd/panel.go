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
		WithDocuments: documents.work}), database, nil
}

// noDatabase is an error of the database that is a [panel.ErrNoDatabase] too.
type noDatabase struct{ error }

// Unwrap is the error of the database.
func (e noDatabase) Unwrap() error { return e.error }

// Is makes it a [panel.ErrNoDatabase].
func (e noDatabase) Is(target error) bool { return target == panel.ErrNoDatabase }

// besideDatabase is the data file beside a database. It is opened only when something is asked of it.
type besideDatabase struct {
	app      *app.App
	database string
}

// lastUsed reads when the tokens of a user, of all users for 0, were last used. Where there is no data file no server has
// noted any use. That it cannot be read is no reason to show nothing.
func (b besideDatabase) lastUsed(ctx context.Context, user int64) []data.TokenUse {
	var found []data.TokenUse
	err := b.work(ctx, false, func(documents *data.Data) (err error) {
		found, err = documents.LastUsed(ctx, user)
		return err
	})
	if err != nil {
		b.app.Messages().Warn("when tokens were last used is not known: %v", err)
	}
	return found
}

// work opens the file. It makes it where it is to be changed and there is none.
func (b besideDatabase) work(ctx context.Context, toChange bool, work func(documents *data.Data) error) error {
	open := data.OpenReadOnly
	if toChange {
		open = func(ctx context.Context, path string) (*data.Data, error) { return data.Open(ctx, path, b.app.Clock) }
	}
	documents, err := open(ctx, data.PathBeside(b.database))
	if errors.Is(err, data.ErrMissing) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(work(documents), documents.Close())
}
