package api_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/cmd/serve/api"
	"latchkey/db/snapshot"
	"latchkey/tokens"
)

// handClock is a clock that the test sets.
type handClock struct{ seconds atomic.Int64 }

func (h *handClock) now() time.Time { return now.Add(time.Duration(h.seconds.Load()) * time.Second) }

// TestStrangersCannotFillTheLog: while the database is broken, unauthenticated requests get one line in a second, with their
// number (R4, H10).
func TestStrangersCannotFillTheLog(t *testing.T) {
	t.Parallel()
	hand := &handClock{}
	w := newWorld(t, func(config *api.Config) { config.Clock = hand.now })
	must(t, w.users.Close())
	guess := func(count int) {
		for i := range count {
			name := fmt.Sprintf("user%d", i)
			checkUnavailable(t, name, w.request(t, "nobody", "GET", "/api/v2/time", "", "Authorization: "+basic(name, "nothing")))
		}
	}
	guess(50)
	if lines := strings.Count(w.log.String(), "\n"); lines != 1 {
		t.Errorf("got %d lines of 50 guesses in a second, want 1", lines)
	}
	hand.seconds.Add(1)
	guess(50)
	lines := strings.Split(strings.TrimSpace(w.log.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[1], " left_out_before=49") || strings.Contains(lines[0], "left_out") {
		t.Errorf("got the log\n%s\nwant two lines, the second with the 49 that were left out", w.log)
	}
}

// TestUsersFailuresAreSeenInAFlood: failures of unauthenticated clients do not displace those of users, which are limited too.
func TestUsersFailuresAreSeenInAFlood(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	w := newWorld(t, func(config *api.Config) {
		config.Authenticated = func(context.Context, snapshot.Identity, tokens.Digest) {
			if broken.Load() {
				panic("broken")
			}
		}
	})
	broken.Store(true)
	for range 50 {
		w.request(t, "admin", "GET", "/api/v2/time", "")
	}
	if lines := strings.Count(w.log.String(), "\n"); lines != 10 {
		t.Errorf("got %d lines of a user's 50 failures in a second, want 10", lines)
	}
	if got := strings.Count(w.log.String(), "user=admin"); got != 10 {
		t.Errorf("got %d lines with the user's name, want 10", got)
	}
}

// TestReadinessIsNotLogged: anybody can send the probe at any rate.
func TestReadinessIsNotLogged(t *testing.T) {
	t.Parallel()
	for name, breakIt := range map[string]func(*world) error{
		"users":     func(w *world) error { return w.users.Close() },
		"documents": func(w *world) error { return w.data.Close() },
	} {
		w := newWorld(t)
		must(t, breakIt(w))
		checkUnavailable(t, name, w.request(t, "nobody", "GET", "/readyz", ""))
		if log := w.log.String(); log != "" {
			t.Errorf("%s: got the log %q, want nothing", name, log)
		}
	}
}

// TestUnavailable: while Available is false, all requests get the same response, no database is read and nothing is logged.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	var available atomic.Bool
	w := newWorld(t, func(config *api.Config) { config.Available = available.Load })
	for _, persona := range []string{"admin", "wrong", "off", "idle"} {
		for _, target := range []string{"GET /api/v2/time", "GET /nothing", "DELETE /api/v2/orders", "POST /healthz", "GET /readyz"} {
			method, path, _ := strings.Cut(target, " ")
			checkUnavailable(t, persona+" "+target, w.request(t, persona, method, path, ""))
		}
	}
	checkUnavailable(t, "no credentials", w.request(t, "nobody", "GET", "/api/v2/time", ""))
	if got := w.request(t, "nobody", "GET", "/healthz", ""); got.status != 200 {
		t.Errorf("alive: got %d, want 200", got.status)
	}
	if log := w.log.String(); log != "" {
		t.Errorf("got the log %q, want nothing", log)
	}
	available.Store(true)
	for _, path := range []string{"/readyz", "/api/v2/time"} {
		if got := w.request(t, "admin", "GET", path, ""); got.status != 200 {
			t.Errorf("%s, available again: got %d, want 200", path, got.status)
		}
	}
}
