package api

import (
	"net/netip"
	"testing"
	"time"
)

var bounded = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// TestThrottleForgetsTheQuietest: memory is bounded for failures from any number of networks (H6).
func TestThrottleForgetsTheQuietest(t *testing.T) {
	t.Parallel()
	limit := newThrottle(Rate{Events: 1, Per: time.Hour})
	busy, quiet := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	limit.fail(quiet, bounded)
	address := netip.MustParseAddr("2001:db8::").As16()
	for i := range 2 * maxThrottled {
		address[5], address[6] = byte(i>>8), byte(i) // a /64 of its own
		address[4] = byte(i >> 16)
		if limit.fail(netip.AddrFrom16(address), bounded) != 0 {
			t.Fatalf("network %d: throttled at its first failure", i)
		}
		limit.fail(busy, bounded)
	}
	if len(limit.known) != maxThrottled || limit.recent.Len() != maxThrottled {
		t.Errorf("got %d networks in the map and %d in the list, want %d", len(limit.known), limit.recent.Len(), maxThrottled)
	}
	if limit.fail(busy, bounded) == 0 {
		t.Error("a network that goes on failing was forgotten")
	}
	if limit.fail(quiet, bounded) != 0 {
		t.Error("the network that was quiet for longest was kept")
	}
}

// TestThrottleOutlivesASetClock: setting the clock back neither ends a limit nor makes it last forever.
func TestThrottleOutlivesASetClock(t *testing.T) {
	t.Parallel()
	limit := newThrottle(Rate{Events: 2, Per: 2 * time.Second})
	address := netip.MustParseAddr("192.0.2.1")
	limit.fail(address, bounded)
	limit.fail(address, bounded)
	past := bounded.Add(-24 * time.Hour)
	if wait := limit.fail(address, past); wait != time.Second {
		t.Errorf("got a wait of %v, want 1s", wait)
	}
	if wait := limit.fail(address, past.Add(time.Second)); wait != 0 {
		t.Errorf("after it: got a wait of %v, want none", wait)
	}
}

// TestRateLimitForgetsWhoIsGone: only users with a current window are in memory.
func TestRateLimitForgetsWhoIsGone(t *testing.T) {
	t.Parallel()
	limit := newRateLimit(Rate{Events: 1, Per: time.Minute})
	for user := range int64(1000) {
		limit.take(user, bounded)
	}
	limit.take(7, bounded.Add(time.Minute))
	if got := len(limit.users); got != 1 {
		t.Errorf("got %d users, want the one of this window", got)
	}
	if remaining, _ := limit.take(7, bounded.Add(-time.Hour)); remaining != 0 {
		t.Errorf("after the clock was set back: got %d left, want a window that has begun anew", remaining)
	}
}
