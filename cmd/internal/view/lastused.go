package view

import (
	"context"
	"errors"
	"time"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db/data"
)

// LastUses reads from the data file when the tokens of a user, of all users for 0, were last used. Where there is no such
// file no server has noted any use; none is made. That it cannot be read is no reason to show nothing.
func LastUses(ctx context.Context, a *app.App, userID int64) wire.Uses {
	found, err := lastUsed(ctx, a, userID)
	if err != nil && !errors.Is(err, data.ErrMissing) {
		a.Messages().Warn("when tokens were last used is not known: %v", err)
	}
	return wire.UsesOf(found)
}

func lastUsed(ctx context.Context, a *app.App, userID int64) ([]data.TokenUse, error) {
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

// TimeOf is the time for a cell, zero for never.
func TimeOf(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return *at
}
