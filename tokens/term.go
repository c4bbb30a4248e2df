package tokens

import (
	"fmt"
	"time"

	"latchkey/perms/errorkind"
)

// Errors of a token's term.
var (
	// ErrExpiry: a token cannot end then.
	ErrExpiry = errorkind.Invalid.New("unusable end of a token")
	// ErrAlreadySuspended, ErrNotSuspended: it is so already.
	ErrAlreadySuspended = errorkind.State.New("the token is suspended already")
	ErrNotSuspended     = errorkind.State.New("the token is not suspended")
)

// Term is how long a token works. The zero Term has no end.
type Term struct {
	Lifetime  time.Duration // in a draft: how long it works after the save; 0: until ExpiresAt
	ExpiresAt time.Time     // live: when it ends; zero: never. In a draft with a Lifetime: the latest end
	Length    time.Duration // how long it was to work when it was made; 0: without end
	ByDefault bool          // the end came from the default lifetime, not from an operator
}

// Expiry is what an operator asks for: never, or after a time from the save on, or at a moment. The zero Expiry asks for nothing.
type Expiry struct {
	Never bool
	After time.Duration
	At    time.Time
}

// NewTerm is the term of a token that is made now in place of an old one, whose zero Term is that of none. What an operator asks
// for counts, else the default lifetime (0: there is none), else the length that the old one had. Who replaces their own token
// stays below the end that an operator gave it, unless they ask for a later one, which is not permitted.
// [ErrExpiry].
func NewTerm(asked Expiry, old Term, standard time.Duration, own bool, now time.Time) (Term, error) {
	var term Term
	switch {
	case asked.Never:
		return Term{}, nil
	case asked.After < 0 || !asked.At.IsZero() && !asked.At.After(now):
		return Term{}, fmt.Errorf("%w: it is not in the future", ErrExpiry)
	case asked.After > 0:
		term = Term{Lifetime: asked.After, Length: asked.After}
		if own && !now.Add(asked.After).After(old.ExpiresAt) {
			term.ExpiresAt = old.ExpiresAt // however late the save is
		}
		return term, nil
	case !asked.At.IsZero():
		return Term{ExpiresAt: asked.At.UTC(), Length: asked.At.Sub(now).Truncate(time.Millisecond)}, nil
	case standard > 0:
		term = Term{Lifetime: standard, Length: standard, ByDefault: true}
	case old.Length > 0:
		term = Term{Lifetime: old.Length, Length: old.Length, ByDefault: old.ByDefault}
	}
	if own && !old.ExpiresAt.IsZero() && !old.ByDefault {
		term.ExpiresAt, term.ByDefault = old.ExpiresAt, false
	}
	return term, nil
}

// settle counts the lifetime from the save.
func (t Term) settle(savedAt time.Time) Term {
	if t.Lifetime > 0 {
		t.ExpiresAt = earlier(savedAt.UTC().Add(t.Lifetime), t.ExpiresAt)
		t.Lifetime = 0
	}
	return t
}

// Outlives reports whether a token of this term may work longer than an operator, or the default lifetime, let the one before
// it. Another default lifetime does not count.
func (t Term) Outlives(before Term) bool {
	if before.ExpiresAt.IsZero() || t == before || before.ByDefault && t.ByDefault {
		return false
	}
	return t.ExpiresAt.IsZero() || t.ExpiresAt.After(before.ExpiresAt)
}

// Suspend makes no token be accepted until it is resumed. [ErrNotEnabled], [ErrAlreadySuspended].
func Suspend(next Access) (Access, error) {
	switch {
	case !next.Enabled():
		return Access{}, ErrNotEnabled
	case next.Suspended:
		return Access{}, ErrAlreadySuspended
	}
	next.Suspended = true
	return next, nil
}

// Resume lets the tokens be accepted again that have not ended meanwhile. [ErrNotEnabled], [ErrNotSuspended].
func Resume(next Access) (Access, error) {
	switch {
	case !next.Enabled():
		return Access{}, ErrNotEnabled
	case !next.Suspended:
		return Access{}, ErrNotSuspended
	}
	next.Suspended = false
	return next, nil
}

// earlier is the earlier end, where the zero time is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
