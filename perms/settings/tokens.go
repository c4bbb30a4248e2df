package settings

import (
	"fmt"
	"time"

	"latchkey/perms"
	"latchkey/tokens"
)

// CheckGrace returns [ErrExceeds] for a grace that is longer than the settings allow.
func (s Settings) CheckGrace(grace time.Duration) error {
	if s.MaxGrace == 0 || grace <= s.MaxGrace {
		return nil
	}
	return fmt.Errorf("%w: the grace %s is longer than %s, which is %s", ErrExceeds, perms.FormatSpan(grace), MaxGrace, perms.FormatSpan(s.MaxGrace))
}

// TokenLimits are what the settings say of every token.
func (s Settings) TokenLimits() tokens.Limits {
	return tokens.Limits{MaxLifetime: s.MaxLifetime, EndedUntil: s.EndedUntil}
}

// CheckExpiry returns [ErrExceeds] where an operator asks for a token that works longer than the settings allow, and
// [tokens.ErrExpiry] for a lifetime that makes no sense.
func (s Settings) CheckExpiry(asked tokens.Expiry, now time.Time) error {
	lifetime := asked.After
	if !asked.At.IsZero() {
		lifetime = asked.At.Sub(now)
	}
	switch {
	case asked.After < 0 || asked.After%time.Second != 0 || asked.After > mostLifetime:
		return fmt.Errorf("%w: a lifetime is a number of whole seconds, at most %s", tokens.ErrExpiry, perms.FormatSpan(mostLifetime))
	case s.MaxLifetime > 0 && (asked.Never || lifetime > s.MaxLifetime):
		return fmt.Errorf("%w: the token would work longer than %s, which is %s", ErrExceeds, MaxLifetime, perms.FormatSpan(s.MaxLifetime))
	}
	return nil
}

// After are the settings as a save at a moment leaves them, in the place of these. Where the longest lifetime is widened, what
// it had ended stays ended.
func (s Settings) After(next Settings, savedAt time.Time) Settings {
	next.EndedUntil = s.EndedUntil
	if s.MaxLifetime == 0 || next.MaxLifetime > 0 && next.MaxLifetime <= s.MaxLifetime {
		return next
	}
	if ended := savedAt.UTC().Add(-s.MaxLifetime); ended.After(next.EndedUntil) {
		next.EndedUntil = ended
	}
	return next
}
