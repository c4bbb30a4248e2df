package local

import (
	"time"

	"latchkey/cmd/panel"
	"latchkey/db/data"
	"latchkey/db/model"
)

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
