package app

import (
	"fmt"
	"time"

	"latchkey/cmd/panel"
	"latchkey/perms"
	"latchkey/tokens"
)

// Until reads a flag that says when something ends, as [perms.ParseUntil] does, and says which moment a date means. It is the
// zero time for "".
func (a *App) Until(flag, text string) (time.Time, error) {
	return a.moment(flag, text, func(now time.Time) (time.Time, error) { return perms.ParseUntil(text, now) })
}

// Past reads a flag with a moment to look back to, as [perms.ParsePast] does, and says which moment a date means. It is the
// zero time for "".
func (a *App) Past(flag, text string, edge perms.Edge) (time.Time, error) {
	return a.moment(flag, text, func(now time.Time) (time.Time, error) { return perms.ParsePast(text, now, edge) })
}

// Expiry reads a flag that says when a token ends, as [panel.ParseExpiry] does, and says which moment a date means. It is the
// zero Expiry for "".
func (a *App) Expiry(flag, text string) (expiry tokens.Expiry, err error) {
	_, err = a.moment(flag, text, func(now time.Time) (time.Time, error) {
		expiry, err = panel.ParseExpiry(text, now)
		return expiry.At, err
	})
	return expiry, err
}

func (a *App) moment(flag, text string, read func(now time.Time) (time.Time, error)) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	now := a.Clock()
	at, err := read(now)
	if err != nil {
		return time.Time{}, WrongUse(fmt.Errorf("reading --%s: %w", flag, err))
	}
	if perms.IsDate(text) {
		a.Messages().Info("--%s %s is %s", flag, text, at.In(now.Location()).Format(time.RFC3339))
	}
	return at, nil
}
