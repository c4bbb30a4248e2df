package app

import (
	"context"
	"errors"
	"time"

	"latchkey/cmd/serve/api/wire"
	"latchkey/db/data"
)

// readLastUses asks the data file when the tokens of a user, of all users for 0, were last used. No server has told where
// there is no such file; none is made. That it cannot be read is no reason to show nothing.
func (a *App) ReadLastUses(ctx context.Context, userID int64) wire.Uses {
	found, err := a.lastUsed(ctx, userID)
	if err != nil && !errors.Is(err, data.ErrMissing) {
		a.Story().Warn("when tokens were last used is not known: %v", err)
	}
	return wire.UsesOf(found)
}

func (a *App) lastUsed(ctx context.Context, userID int64) ([]data.TokenUse, error) {
	path, _, err := a.DatabasePath()
	if err != nil {
		return nil, err
	}
	documents, err := data.OpenReadOnly(ctx, data.PathBeside(path))
	if err != nil {
		return nil, err
	}
	found, err := documents.LastUsed(ctx, userID)
	return found, errors.Join(err, documents.Close())
}

// timeOf is the time for a cell, zero for never.
func TimeOf(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return *at
}

// openDocuments opens the data file beside a database, and makes it where there is none yet.
func (a *App) OpenDocuments(ctx context.Context, database string) (*data.Data, error) {
	return data.Open(ctx, data.PathBeside(database), a.Clock)
}
