package local

import (
	"context"
	"time"

	"latchkey/cmd/panel"
	"latchkey/db/data"
	"latchkey/db/model"
)

// mostAsked is for how many users it is asked one by one when their tokens were last used.
const mostAsked = 250

// lastUsesOn finds when the tokens of users on a page were last used: one by one, or where there may be many all at once.
func (c *core) lastUsesOn(ctx context.Context, page panel.Page) func(user int64) lastUses {
	if page.Limit > 0 && page.Limit <= mostAsked {
		return func(user int64) lastUses { return lastUsesOf(c.lastUsed(ctx, user)) }
	}
	all := lastUsesOf(c.lastUsed(ctx, 0))
	return func(int64) lastUses { return all }
}

func (c *core) lastUsed(ctx context.Context, user int64) []data.TokenUse {
	if c.LastUsed == nil {
		return nil
	}
	return c.LastUsed(ctx, user)
}

// lastUses are when the tokens of some users were last used. The zero value knows of none.
type lastUses map[usedToken]time.Time

type usedToken struct {
	user        int64
	fingerprint string
}

// lastUsesOf gathers what the data file says of tokens, in whole seconds: servers tell once a second.
func lastUsesOf(found []data.TokenUse) lastUses {
	uses := make(lastUses, len(found))
	for _, use := range found {
		uses[usedToken{use.UserID, use.Fingerprint}] = use.At.Truncate(time.Second)
	}
	return uses
}

// ofUser is when the tokens of one user were last used.
func (u lastUses) ofUser(user model.Object) (uses panel.LastUses) {
	if user.Access.Enabled() {
		uses.LastUsedAt = u.at(user.ID, user.Access.Current.Fingerprint())
	}
	if !user.Access.Retiring.IsZero() {
		uses.RetiringLastUsedAt = u.at(user.ID, user.Access.Retiring.Fingerprint())
	}
	return uses
}

func (u lastUses) at(user int64, fingerprint string) *time.Time {
	at, known := u[usedToken{user, fingerprint}]
	if !known {
		return nil
	}
	return &at
}
