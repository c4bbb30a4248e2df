package model

import (
	"fmt"
	"time"

	"latchkey/perms/settings"
	"latchkey/tokens"
)

// Update is one object on its way from one live state to the next. With a nil Before it is added, with a nil After removed.
type Update struct {
	Before, After *Object
}

// Object is the next state, or the live one where the update removes it.
func (u Update) Object() *Object {
	if u.After != nil {
		return u.After
	}
	return u.Before
}

// Record is the update as the log keeps it.
func (u Update) Record() RecordedChange {
	return RecordedChange{ObjectID: u.Object().ID, Kind: u.Object().Kind, Before: u.Before.Record(), After: u.After.Record()}
}

// Grace is the grace that a save has given to a token; 0 where it gave none.
func (u Update) Grace() time.Duration {
	if u.After == nil || u.After.Access.Retiring.IsZero() || u.Before != nil && u.Before.Access.Retiring.Equal(u.After.Access.Retiring) {
		return 0
	}
	return u.After.Access.RetiringUntil.Sub(u.After.ChangedAt)
}

// RefuseEnded returns [tokens.ErrExpiry] for a new token whose end had passed when it was saved.
func (u Update) RefuseEnded() error {
	if u.After == nil || u.After.Access.ExpiresAt.IsZero() || u.Before != nil && u.Before.Access.Current.Equal(u.After.Access.Current) {
		return nil
	}
	if end := u.After.Access.ExpiresAt; !end.After(u.After.ChangedAt) {
		return fmt.Errorf("%s: %w: the end of the staged token, %s, has passed", u.After.Name, tokens.ErrExpiry, end.Format(time.RFC3339))
	}
	return nil
}

// KeepEnded lets what a longest lifetime has ended stay ended where a save widens it, or takes the settings away: then what is
// left of them says so.
func (u *Update) KeepEnded(savedAt time.Time) {
	if u.Before == nil || u.Before.Kind != KindSetting {
		return
	}
	var next settings.Settings
	if u.After != nil {
		next = u.After.Settings
	}
	next = u.Before.Settings.After(next, savedAt)
	if u.After == nil && next.EndedUntil.IsZero() {
		return
	}
	if u.After == nil {
		u.After = u.Before
	}
	u.After = u.After.Clone()
	u.After.Settings = next
}
