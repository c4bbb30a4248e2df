package edits

import (
	"time"

	"latchkey/db/model"
	"latchkey/tokens"
)

// Fresh is a token that is made.
type Fresh struct {
	Digest tokens.Digest
	Expiry tokens.Expiry
	Now    time.Time
}

// Enable turns API access on by a fresh token. Errors of the change: [tokens.ErrAlreadyEnabled], [tokens.ErrExpiry],
// [settings.ErrExceeds].
func Enable(fresh Fresh) model.Change {
	return access(func(target *model.Target) (tokens.Access, error) {
		next, err := tokens.Enable(target.Next.Access, fresh.Digest, fresh.Now)
		return fresh.withTerm(target, next, tokens.Term{}, err)
	})
}

// Regenerate replaces the token by a fresh one; the live one works on for the grace after the save. Errors of the change:
// [tokens.ErrNotEnabled], [tokens.ErrGrace], [tokens.ErrNothingToRetire], [tokens.ErrExpiry], [settings.ErrExceeds].
func Regenerate(fresh Fresh, grace time.Duration) model.Change {
	return access(func(target *model.Target) (tokens.Access, error) {
		var live tokens.Access
		if target.Live != nil {
			live = target.Live.Access
		}
		if err := target.Settings.CheckGrace(grace); err != nil {
			return tokens.Access{}, err
		}
		if grace > 0 && live.Enabled() && !live.Works(target.Now, target.Settings.TokenLimits()) {
			return tokens.Access{}, tokens.ErrNothingToRetire
		}
		old := live.Term
		if !live.Enabled() {
			old = target.Next.Access.Term
		}
		next, err := tokens.Regenerate(live, target.Next.Access, fresh.Digest, grace, fresh.Now)
		return fresh.withTerm(target, next, old, err)
	})
}

// withTerm says how long the fresh token works, in place of one of the old term.
func (f Fresh) withTerm(target *model.Target, access tokens.Access, old tokens.Term, err error) (tokens.Access, error) {
	if err == nil {
		err = target.Settings.CheckExpiry(f.Expiry, target.Now.At())
	}
	if err == nil {
		access.Term, err = tokens.NewTerm(f.Expiry, old, target.Settings.DefaultLifetime, target.Self, target.Now.At())
	}
	return access, err
}

// Suspend makes no token be accepted until it is resumed. Errors of the change: [tokens.ErrNotEnabled],
// [tokens.ErrAlreadySuspended].
func Suspend() model.Change {
	return access(func(target *model.Target) (tokens.Access, error) { return tokens.Suspend(target.Next.Access) })
}

// Resume lets tokens be accepted again that have not ended. Errors of the change: [tokens.ErrNotEnabled],
// [tokens.ErrNotSuspended].
func Resume() model.Change {
	return access(func(target *model.Target) (tokens.Access, error) { return tokens.Resume(target.Next.Access) })
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
