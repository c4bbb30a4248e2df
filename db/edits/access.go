package edits

import (
	"time"

	"latchkey/db/model"
	"latchkey/tokens"
)

// Enable turns API access on, at a moment, by the fresh token that each user is given. Error of the change:
// [tokens.ErrAlreadyEnabled].
func Enable(fresh func(user string) tokens.Digest, now time.Time) model.Change {
	return access(func(target *model.Target) (tokens.Access, error) {
		return tokens.Enable(target.Next.Access, fresh(target.Name), now)
	})
}

// Regenerate replaces the token, at a moment, by the fresh one that each user is given; the live one works on for the
// grace after the save. Errors of the change: [tokens.ErrNotEnabled], [tokens.ErrGrace], [tokens.ErrNothingToRetire].
func Regenerate(fresh func(user string) tokens.Digest, grace time.Duration, now time.Time) model.Change {
	return access(func(target *model.Target) (tokens.Access, error) {
		var live tokens.Access
		if target.Live != nil {
			live = target.Live.Access
		}
		if err := target.Settings.CheckGrace(grace); err != nil {
			return tokens.Access{}, err
		}
		return tokens.Regenerate(live, target.Next.Access, fresh(target.Name), grace, now)
	})
}

// Disable ends API access. Error of the change: [tokens.ErrNotEnabled].
func Disable() model.Change {
	return access(func(target *model.Target) (tokens.Access, error) { return tokens.Disable(target.Next.Access) })
}

// access is the change of a user's API access by a rule of package tokens.
func access(rule func(target *model.Target) (tokens.Access, error)) model.Change {
	return model.Existing(func(target *model.Target) error {
		next, err := rule(target)
		if err == nil {
			target.Next.Access = next
		}
		return named(target, err)
	})
}
