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
	Current       Digest
	IssuedAt      time.Time     // when Current was made; UTC, whole seconds
	Retiring      Digest        // zero: none
	Grace         time.Duration // in a draft: how long Retiring still works after the save
	Ended         bool          // in a draft: it has disabled the live access, whose token cannot retire any more
	RetiringUntil time.Time     // live: when Retiring ends; UTC
}

// Enabled reports whether API access is on.
func (a Access) Enabled() bool { return !a.Current.IsZero() }

// Accepts reports whether a presented token's digest authenticates now. Call it with live access only: a draft
// accepts nothing until it is saved.
//
// The retiring token is accepted while it is surely before RetiringUntil (T5). The work is the same whatever the cause of the
// answer (T3), and the zero digest is never accepted.
func (a Access) Accepts(presented Digest, now verifiedtime.Time) bool {
	current := presented.equal(a.Current)
	retiring := presented.equal(a.Retiring) & before(now.At(), a.RetiringUntil) & certain(now)
	enabled := 1 ^ a.Current.equal(Digest{})
	given := 1 ^ presented.equal(Digest{})
	return (current|retiring)&enabled&given == 1
}

// Live is one of the live tokens of an [Access].
type Live struct {
	Digest    Digest
	RetiresAt time.Time // zero: it is the current one
}

// Accepts reports whether a presented token's digest is this one, and authenticates now: as [Access.Accepts].
func (l Live) Accepts(presented Digest, now verifiedtime.Time) bool {
	current := 1 ^ before(time.Time{}, l.RetiresAt)
	retiring := before(now.At(), l.RetiresAt) & certain(now)
	given := 1 ^ presented.equal(Digest{})
	return presented.equal(l.Digest)&(current|retiring)&given == 1
}

// AcceptsFingerprint tells whether the token of a fingerprint is accepted now. It is to recognize a token that was accepted
// before, not to authenticate anybody: with some work anybody can make a token of another one's fingerprint.
func (a Access) AcceptsFingerprint(fingerprint string, now verifiedtime.Time) bool {
	return a.Enabled() && (a.Current.Fingerprint() == fingerprint || a.retires(fingerprint) && now.Before(a.RetiringUntil))
}

// HasFingerprint tells whether the token of a fingerprint is the current or the retiring one.
func (a Access) HasFingerprint(fingerprint string) bool {
	return a.Enabled() && (a.Current.Fingerprint() == fingerprint || a.retires(fingerprint))
}

func (a Access) retires(fingerprint string) bool {
	return !a.Retiring.IsZero() && a.Retiring.Fingerprint() == fingerprint
}

// before is 1 if t is before the other time, else 0: without a branch, as one that is guessed wrong can be measured.
func before(t, other time.Time) int {
	seconds, nanoseconds := t.Unix()-other.Unix(), int64(t.Nanosecond()-other.Nanosecond())
	differ := (seconds | -seconds) >> 63
	return int((seconds | ^differ&nanoseconds) >> 63 & 1)
}

// certain is 1 if the time is known, else 0.
func certain(now verifiedtime.Time) int {
	if now.Behind() {
		return 0
	}
	return 1
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
		access.Retiring, access.Grace = live.Current, grace
	}
	return access, err
}

// issue is access by one token and no other, in the same draft.
func (a Access) issue(fresh Digest, now time.Time) (Access, error) {
	if fresh.IsZero() {
		return Access{}, ErrNoToken
	}
	return Access{Current: fresh, IssuedAt: now.UTC().Truncate(time.Second), Ended: a.Ended}, nil
}

// Settle is what a save at savedAt makes of a draft: the grace of a token that the draft retires begins to run. A
// retiring token that was live before keeps its end.
func (a Access) Settle(savedAt time.Time) Access {
	a.Ended = false
	if a.Grace > 0 {
		a.RetiringUntil = savedAt.UTC().Add(a.Grace)
		a.Grace = 0
	}
	return a
}

// Revokes reports whether a save from one access to the other ends the current token, at once or after
// a grace.
func Revokes(before, after Access) bool {
	return before.Enabled() && !after.Current.Equal(before.Current)
}

// Restore is what becomes of live access when a user goes back to what a backup has of it. A token is never revived: live
// access goes on where the backup had access too, by whatever token it is now, and where live access is off it stays off.
// revoked reports that the token of the backup is among those that stay revoked.
func Restore(live, backup Access) (restored Access, revoked bool) {
	switch {
	case !live.Enabled():
		return Access{}, backup.Enabled()
	case !backup.Enabled():
		return Access{Ended: true}, false
	}
	return live, !backup.Current.Equal(live.Current) && !backup.Current.Equal(live.Retiring)
}
