package serve

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"testing"
	"time"
)

func contextWithin(t *testing.T, limit time.Duration) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithTimeout(t.Context(), limit)
}

func newTestLeaf(t *testing.T, clock *fakeClock) (authority, *localCertificate) {
	t.Helper()
	made := mustAuthority(t, t.TempDir(), "127.0.0.1", clock.now())
	local, err := newLocalCertificate(made, namesFor("127.0.0.1"), clock.now, rand.Reader)
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
	first := mustGet(t, local.get)
	if life := first.Leaf.NotAfter.Sub(first.Leaf.NotBefore) + time.Second; life > 397*day || life < 396*day {
		t.Errorf("life: got %v, want 397 days", life)
	}
	clock.advance(264 * day)
	if mustGet(t, local.get) != first {
		t.Error("after 264 days: got a new certificate, want the first")
	}
	clock.advance(day)
	second := mustGet(t, local.get)
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
	renewals, last := 0, mustGet(t, local.get)
	for clock.now().Before(made.certificate.NotAfter.Add(-7 * day)) {
		clock.advance(7 * day)
		current := mustGet(t, local.get)
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
	if err := made.verify(mustGet(t, local.get).Leaf, "::1", clock.now()); err != nil {
		t.Errorf("the first handshake after the end: got %v, want a new certificate", err)
	}
}
