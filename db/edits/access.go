package edits

import (
	"time"

	"latchkey/db/model"
	"latchkey/tokens"
)

// Enable turns API access on, at a moment, by the fresh token that each user is given. Error of the change:
// [tokens.ErrAlreadyEnabled].
func Enable(fresh func(user string) tokens.Digest, now time.Time) model.Change {
	return access(func(subject *model.Subject) (tokens.Access, error) {
		return tokens.Enable(subject.Next.Access, fresh(subject.Name), now)
	})
}

// Regenerate replaces the token, at a moment, by the fresh one that each user is given; the live one works on for the
// grace after the save. Errors of the change: [tokens.ErrNotEnabled], [tokens.ErrGrace], [tokens.ErrNothingToRetire].
func Regenerate(fresh func(user string) tokens.Digest, grace time.Duration, now time.Time) model.Change {
	return access(func(subject *model.Subject) (tokens.Access, error) {
		var live tokens.Access
		if subject.Live != nil {
			live = subject.Live.Access
		}
		return tokens.Regenerate(live, subject.Next.Access, fresh(subject.Name), grace, now)
	})
}

// Disable ends API access. Error of the change: [tokens.ErrNotEnabled].
func Disable() model.Change {
	return access(func(subject *model.Subject) (tokens.Access, error) { return tokens.Disable(subject.Next.Access) })
}

// access is the change of a user's API access by a rule of package tokens.
func access(rule func(subject *model.Subject) (tokens.Access, error)) model.Change {
	return model.Existing(func(subject *model.Subject) error {
		next, err := rule(subject)
		if err == nil {
			subject.Next.Access = next
		}
		return named(subject, err)
	})
}
