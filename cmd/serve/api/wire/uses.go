package wire

import (
	"time"

	"latchkey/db/data"
	"latchkey/db/model"
)

// Uses are when the tokens of some users were last used. The zero value knows of none.
type Uses map[usedToken]time.Time

type usedToken struct {
	user        int64
	fingerprint string
}

// UsesOf gathers what the data file says of tokens, in whole seconds: servers tell once a second.
func UsesOf(found []data.TokenUse) Uses {
	uses := make(Uses, len(found))
	for _, use := range found {
		uses[usedToken{use.UserID, use.Fingerprint}] = use.At.Truncate(time.Second)
	}
	return uses
}

// Of is when the tokens of one user were last used.
func (u Uses) Of(user model.Object) (uses LastUses) {
	if user.Access.Enabled() {
		uses.LastUsedAt = u.at(user.ID, user.Access.Current.Fingerprint())
	}
	if !user.Access.Retiring.IsZero() {
		uses.RetiringLastUsedAt = u.at(user.ID, user.Access.Retiring.Fingerprint())
	}
	return uses
}

func (u Uses) at(user int64, fingerprint string) *time.Time {
	at, known := u[usedToken{user, fingerprint}]
	if !known {
		return nil
	}
	return &at
}
