package certificate

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func newTestLeaf(t *testing.T, clock *fakeClock) (authority, *Local) {
	t.Helper()
	made := mustAuthority(t, t.TempDir(), "127.0.0.1", clock.now())
	local, err := newLocal(made, namesFor("127.0.0.1"), clock.now, rand.Reader, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return made, local
}

func mustGet(t *testing.T, get func(*tls.ClientHelloInfo) (*tls.Certificate, error)) *tls.Certificate {
	t.Helper()
	certificate, err := get(nil)
	if err != nil {
		t.Fatalf("getting the certificate: %v", err)
	}
	return certificate
}

func TestLeafRenewsItselfAfterTwoThirds(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	made, local := newTestLeaf(t, clock)
	first := mustGet(t, local.Get)
	if life := first.Leaf.NotAfter.Sub(first.Leaf.NotBefore) + time.Second; life > 397*day || life < 396*day {
		t.Errorf("life: got %v, want 397 days", life)
	}
	clock.advance(264 * day)
	if mustGet(t, local.Get) != first {
		t.Error("after 264 days: got a new certificate, want the first")
	}
	clock.advance(day)
	second := mustGet(t, local.Get)
	if second == first || second.Leaf.SerialNumber.Cmp(first.Leaf.SerialNumber) == 0 {
		t.Fatal("after 265 days: got the first certificate, want a new one")
	}
	if err := made.verify(second.Leaf, "127.0.0.1", clock.now()); err != nil {
		t.Errorf("the new certificate: %v", err)
	}
	if first.PrivateKey == second.PrivateKey {
		t.Error("got the former key, want a new one")
	}
}

// TestLeafIsNeverEndedWhileTheAuthorityLives: a server that runs for ten years, looked at once a week.
func TestLeafIsNeverEndedWhileTheAuthorityLives(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	made, local := newTestLeaf(t, clock)
	renewals, last := 0, mustGet(t, local.Get)
	for clock.now().Before(made.certificate.NotAfter.Add(-7 * day)) {
		clock.advance(7 * day)
		current := mustGet(t, local.Get)
		if err := made.verify(current.Leaf, "localhost", clock.now()); err != nil {
			t.Fatalf("at %v: %v", clock.now(), err)
		}
		if current != last {
			renewals, last = renewals+1, current
		}
	}
	if renewals < 12 || renewals > 15 {
		t.Errorf("got %d renewals in ten years, want one in about 265 days", renewals)
	}
}

func TestLeafAfterALongSleep(t *testing.T) {
	t.Parallel()
	clock := newFakeClock()
	made, local := newTestLeaf(t, clock)
	clock.advance(500 * day)
	if err := made.verify(mustGet(t, local.Get).Leaf, "::1", clock.now()); err != nil {
		t.Errorf("the first handshake after the end: got %v, want a new certificate", err)
	}
}

// TestLeafFollowsTheCalendar: one made while the clock was wrong is replaced when the clock is set.
func TestLeafFollowsTheCalendar(t *testing.T) {
	t.Parallel()
	for _, set := range []time.Duration{-2 * time.Hour, -400 * day, 300 * day} {
		clock := newFakeClock()
		clock.advance(500 * day) // the CA has begun before all of it
		made := mustAuthority(t, t.TempDir(), "127.0.0.1", startOfTests)
		local, err := newLocal(made, namesFor("127.0.0.1"), clock.now, rand.Reader, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		clock.advance(set)
		if err := made.verify(mustGet(t, local.Get).Leaf, "127.0.0.1", clock.now()); err != nil {
			t.Errorf("set by %v: %v", set, err)
		}
	}
	// The monotonic reading of a time would hide that the clock was set.
	_, local := newTestLeaf(t, newFakeClock())
	local.clock = time.Now
	if err := local.renew(time.Now()); err != nil {
		t.Fatal(err)
	}
	if now := time.Now().Add(300 * day); !local.isDue(now) || strings.Contains(local.renewAt.String(), " m=") {
		t.Errorf("got due %t, renewal at %v, want it by the calendar alone", local.isDue(now), local.renewAt)
	}
}

// TestAuthorityOfTheFutureIsReplaced: it was made while the clock was wrong, and clients refuse it.
func TestAuthorityOfTheFutureIsReplaced(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	former := mustAuthority(t, directory, "127.0.0.1", startOfTests.Add(365*day))
	found, outdated, err := openAuthority(directory, namesFor("127.0.0.1"), startOfTests, rand.Reader)
	if err != nil || !strings.Contains(outdated, "clock") || found.certificate.Equal(former.certificate) {
		t.Fatalf("got %q, %v, want a new CA and why", outdated, err)
	}
	if found.certificate.NotBefore.After(startOfTests) {
		t.Errorf("got one that begins at %v, want it to have begun", found.certificate.NotBefore)
	}
}

// brokenReader is a source of randomness that can fail.
type brokenReader struct{ broken bool }

func (b *brokenReader) Read(into []byte) (int, error) {
	if b.broken {
		return 0, errors.New("no randomness")
	}
	return rand.Read(into)
}

// TestLeafThatCannotBeRenewedStays: handshakes go on, and the trouble is logged once.
func TestLeafThatCannotBeRenewedStays(t *testing.T) {
	t.Parallel()
	clock, logged := newFakeClock(), new(bytes.Buffer)
	made := mustAuthority(t, t.TempDir(), "127.0.0.1", clock.now())
	random := &brokenReader{}
	local, err := newLocal(made, namesFor("127.0.0.1"), clock.now, random, textLog(logged))
	if err != nil {
		t.Fatal(err)
	}
	first := mustGet(t, local.Get)
	random.broken = true
	clock.advance(300 * day)
	for range 3 {
		if mustGet(t, local.Get) != first {
			t.Error("got another certificate, want the present one")
		}
		clock.advance(renewPause)
	}
	if got := strings.Count(logged.String(), "cannot be renewed"); got != 1 {
		t.Errorf("got %d lines of it, want 1:\n%s", got, logged)
	}
	random.broken = false
	if mustGet(t, local.Get) == first {
		t.Error("got the present certificate, want a new one now that it can be made")
	}
}
