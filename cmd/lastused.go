package cmd

import (
	"context"
	"errors"
	"time"

	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/data"
)

// lastUses is when a user's tokens were last used, as far as servers on this database have told; null: never.
type lastUses struct {
	LastUsedAt         *time.Time `json:"last_used_at"`
	RetiringLastUsedAt *time.Time `json:"retiring_last_used_at"`
}

// usedUser and usedAccess are what the API shows of a user and of its access, and when its tokens were last used.
type usedUser struct {
	wire.User
	lastUses
}

type usedAccess struct {
	wire.Access
	lastUses
}

// readLastUses asks the data file when the tokens of a user, of all users for 0, were last used. No server has told where
// there is no such file; none is made. That it cannot be read is no reason to show nothing.
func (a *App) readLastUses(ctx context.Context, userID int64) (of func(user db.Object) lastUses) {
	found, err := a.lastUsed(ctx, userID)
	if err != nil && !errors.Is(err, data.ErrMissing) {
		a.story().Warn("when tokens were last used is not known: %v", err)
	}
	type tokenOf struct {
		user        int64
		fingerprint string
	}
	known := make(map[tokenOf]*time.Time, len(found))
	for _, use := range found {
		at := use.At.Truncate(time.Second) // servers tell once a second
		known[tokenOf{use.UserID, use.Fingerprint}] = &at
	}
	return func(user db.Object) (uses lastUses) {
		if user.Access.Enabled() {
			uses.LastUsedAt = known[tokenOf{user.ID, user.Access.Current.Fingerprint()}]
		}
		if !user.Access.Retiring.IsZero() {
			uses.RetiringLastUsedAt = known[tokenOf{user.ID, user.Access.Retiring.Fingerprint()}]
		}
		return uses
	}
}

func (a *App) lastUsed(ctx context.Context, userID int64) ([]data.TokenUse, error) {
	path, _, err := a.databasePath()
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
func timeOf(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return *at
}
