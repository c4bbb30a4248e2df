package tokens

import (
	"time"

	"latchkey/perms/verifiedtime"
)

// Limits are what the settings of a database say of every token. The zero Limits say nothing.
type Limits struct {
	MaxLifetime time.Duration // how long a token works at most, from when it was made; 0: without limit
	EndedUntil  time.Time     // what was made at this moment or before has ended; zero: nothing has
}

// never is an end that no time reaches, and no end is added to: the sum with any time has to fit. Moments are milliseconds
// since 1970, as they are stored.
const never = 1 << 62

// Live is one of the live tokens of an [Access], as it is decided on.
type Live struct {
	Digest   Digest
	ends     int64  // never: without an end of its own
	issued   uint32 // seconds since 1970
	Retiring bool
}

// LiveTokens are the current and the retiring token of live access; the zero Live is none.
func (a Access) LiveTokens() (current, retiring Live) {
	current = Live{Digest: a.Current, issued: seconds(a.IssuedAt), ends: a.ends(a.ExpiresAt, never)}
	retiring = Live{Digest: a.Retiring, issued: seconds(a.RetiringIssuedAt), ends: a.ends(a.RetiringUntil, 0), Retiring: true}
	return current, retiring
}

// ends is an end in milliseconds; none is what the zero time means.
func (a Access) ends(at time.Time, none int64) int64 {
	switch {
	case a.Suspended:
		return 0
	case at.IsZero():
		return none
	}
	return max(at.UnixMilli(), 0)
}

func seconds(at time.Time) uint32 {
	return uint32(max(min(at.Unix(), 1<<32-1), 0))
}

// Accepts reports whether a presented token's digest is this one, and authenticates now: as [Access.Accepts].
func (l Live) Accepts(presented Digest, now verifiedtime.Time, limits Limits) bool {
	return l.accepts(presented, now, limits) == 1
}

// accepts does the same work whatever the cause of the answer: what branches here depends on the limits and on nobody.
func (l Live) accepts(presented Digest, now verifiedtime.Time, limits Limits) int {
	longest, endedUntil := limits.inMilliseconds()
	issued := int64(l.issued) * 1000
	end := min(l.ends, issued+longest)
	endless := 1 ^ below(end, never)
	lasts := below(now.At().UnixMilli(), end) & certain(now)
	given := 1 ^ presented.equal(Digest{})
	return presented.equal(l.Digest) & given & below(endedUntil, issued) & (endless | lasts)
}

func (l Limits) inMilliseconds() (longest, endedUntil int64) {
	longest, endedUntil = never, -1
	if l.MaxLifetime > 0 {
		longest = l.MaxLifetime.Milliseconds()
	}
	if !l.EndedUntil.IsZero() {
		endedUntil = l.EndedUntil.UnixMilli()
	}
	return longest, endedUntil
}

// End is when a token of this own end, made then, ends; zero: never. One that had ended when the limits were widened has ended
// when it was made.
func (l Limits) End(own, issued time.Time) time.Time {
	if !l.EndedUntil.IsZero() && !issued.After(l.EndedUntil) {
		return issued
	}
	if l.MaxLifetime > 0 {
		own = earlier(issued.Add(l.MaxLifetime), own)
	}
	return own
}

// below is 1 if a is less than b, else 0: without a branch, as one that is guessed wrong can be measured. Neither may be
// further from 0 than never and some centuries.
func below(a, b int64) int { return int((a - b) >> 63 & 1) }

// certain is 1 if the time is known, else 0.
func certain(now verifiedtime.Time) int {
	if now.Behind() {
		return 0
	}
	return 1
}
