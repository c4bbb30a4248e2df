package tokens

import (
	"fmt"
	"time"

	"latchkey/perms/errorkind"

	"latchkey/perms/verifiedtime"
)

// MaxGrace is the longest time that a retiring token may live on.
const MaxGrace = 30 * 24 * time.Hour

// Errors of changing a user's API access.
var (
	// ErrAlreadyEnabled: there is a current token already.
	ErrAlreadyEnabled = errorkind.State.New("API access is enabled already: regenerate to replace the token")
	// ErrNotEnabled: there is no current token.
	ErrNotEnabled = errorkind.State.New("API access is not enabled")
	// ErrNothingToRetire: a grace was asked for, but no token is live that could live on.
	ErrNothingToRetire = errorkind.State.New("no live token to retire: regenerate without a grace")
	// ErrGrace: the grace is out of range.
	ErrGrace = errorkind.Invalid.New("grace out of range")
	// ErrNoToken: the token to be made the current one is none. Only a mistake of the caller leads here.
	ErrNoToken = errorkind.Invalid.New("no token given")
)

// Access is a user's API access: live, or as a draft would make it. The zero value is off. It is on exactly when
// Current is not zero.
type Access struct {
	Current   Digest
	IssuedAt  time.Time // when Current was made; UTC, whole seconds
	Term                // of Current
	Suspended bool      // no token is accepted until it is resumed

	Retiring         Digest        // zero: none
	RetiringIssuedAt time.Time     // when Retiring was made
	Grace            time.Duration // in a draft: how long Retiring still works after the save
	RetiringUntil    time.Time     // live: when Retiring ends; UTC. In a draft: its own end, zero for none

	Ended bool // in a draft: it has disabled the live access, whose token cannot retire any more
}

// Enabled reports whether there is a token. It may be suspended, or have ended.
func (a Access) Enabled() bool { return !a.Current.IsZero() }

// Accepts reports whether a presented token's digest authenticates now. Call it with live access only: a draft
// accepts nothing until it is saved.
//
// A token that ends is accepted while it is surely before its end (T5). The work is the same whatever the cause of the
// answer (T3), and the zero digest is never accepted.
func (a Access) Accepts(presented Digest, now verifiedtime.Time, limits Limits) bool {
	current, retiring := a.LiveTokens()
	enabled := 1 ^ a.Current.equal(Digest{})
	return (current.accepts(presented, now, limits)|retiring.accepts(presented, now, limits))&enabled == 1
}

// Works reports whether some token is accepted now.
func (a Access) Works(now verifiedtime.Time, limits Limits) bool {
	return a.Accepts(a.Current, now, limits) || a.Accepts(a.Retiring, now, limits)
}

// AcceptsFingerprint tells whether the token of a fingerprint is accepted now. It is to recognize a token that was accepted
// before, not to authenticate anybody: with some work anybody can make a token of another one's fingerprint.
func (a Access) AcceptsFingerprint(fingerprint string, now verifiedtime.Time, limits Limits) bool {
	switch {
	case !a.Enabled():
		return false
	case a.Current.Fingerprint() == fingerprint:
		return a.Accepts(a.Current, now, limits)
	}
	return a.retires(fingerprint) && a.Accepts(a.Retiring, now, limits)
}

// HasFingerprint tells whether the token of a fingerprint is the current or the retiring one.
func (a Access) HasFingerprint(fingerprint string) bool {
	return a.Enabled() && (a.Current.Fingerprint() == fingerprint || a.retires(fingerprint))
}

func (a Access) retires(fingerprint string) bool {
	return !a.Retiring.IsZero() && a.Retiring.Fingerprint() == fingerprint
}

// Enable turns access on with a new token, made now. It returns [ErrAlreadyEnabled] if next is on.
func Enable(next Access, fresh Digest, now time.Time) (Access, error) {
	if next.Enabled() {
		return Access{}, ErrAlreadyEnabled
	}
	return next.issue(fresh, now)
}

// Disable turns access off and forgets every token, the retiring one too. They are gone for good: whatever the draft
// does after that, its save ends the token that is live until then. It returns [ErrNotEnabled] if next is off.
func Disable(next Access) (Access, error) {
	if !next.Enabled() {
		return Access{}, ErrNotEnabled
	}
	return Access{Ended: true}, nil
}

// Regenerate replaces the token of next by a fresh one, made now. live is what next is the draft of; where nothing is
// staged, both are the same.
//
// Without a grace every older token ends at the save, an earlier retiring one too. With one, the *live* current token
// retires: the tokens that the draft had before were never live, so there is nothing of theirs to live on.
//
// It returns [ErrNotEnabled] if next is off, [ErrGrace] if grace is negative or more than [MaxGrace], and
// [ErrNothingToRetire] if there is a grace but live is off, or the draft has disabled it before.
func Regenerate(live, next Access, fresh Digest, grace time.Duration, now time.Time) (Access, error) {
	switch {
	case !next.Enabled():
		return Access{}, fmt.Errorf("%w: enable it to make a token", ErrNotEnabled)
	case grace < 0 || grace > MaxGrace:
		return Access{}, fmt.Errorf("%w: %s is not between 0 and %d days", ErrGrace, grace, MaxGrace/(24*time.Hour))
	case grace > 0 && next.Ended:
		return Access{}, fmt.Errorf("%w: the draft has disabled the one that is live", ErrNothingToRetire)
	case grace > 0 && !live.Enabled():
		return Access{}, ErrNothingToRetire
	}
	access, err := next.issue(fresh, now)
	if err == nil && grace > 0 {
		access.Retiring, access.RetiringIssuedAt = live.Current, live.IssuedAt
		access.Grace, access.RetiringUntil = grace, live.ExpiresAt
	}
	return access, err
}

// issue is access by one token without end and no other, in the same draft. What was suspended stays so.
func (a Access) issue(fresh Digest, now time.Time) (Access, error) {
	if fresh.IsZero() {
		return Access{}, ErrNoToken
	}
	return Access{Current: fresh, IssuedAt: now.UTC().Truncate(time.Second), Suspended: a.Suspended, Ended: a.Ended}, nil
}

// Settle is what a save at savedAt makes of a draft: the lifetime of its token begins, and the grace of one that it retires,
// which keeps an earlier end of its own. Ends that were live before stay.
func (a Access) Settle(savedAt time.Time) Access {
	a.Ended = false
	if a.Grace > 0 {
		a.RetiringUntil = earlier(savedAt.UTC().Add(a.Grace), a.RetiringUntil)
		a.Grace = 0
	}
	a.Term = a.settle(savedAt)
	return a
}

// Revokes reports whether a save from one access to the other ends the current token, at once or after
// a grace.
func Revokes(before, after Access) bool {
	return before.Enabled() && !after.Current.Equal(before.Current)
}

// Restore is what becomes of live access when a user goes back to what a backup has of it. A token is never revived: live
// access goes on where the backup had access too, by whatever token it is now and until its end, and where live access is off
// or suspended it stays so.
// revoked reports that the token of the backup is among those that stay revoked.
func Restore(live, backup Access) (restored Access, revoked bool) {
	switch {
	case !live.Enabled():
		return Access{}, backup.Enabled()
	case !backup.Enabled():
		return Access{Ended: true}, false
	}
	live.Suspended = live.Suspended || backup.Suspended
	return live, !backup.Current.Equal(live.Current) && !backup.Current.Equal(live.Retiring)
}
