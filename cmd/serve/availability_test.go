package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"latchkey/db"
)

// TestMovedDatabaseIsNotServed: the file at the path decides, not the one that was opened (D7, H10).
func TestMovedDatabaseIsNotServed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(t *testing.T, r *running)
	}{
		{"moved", func(t *testing.T, r *running) { mustRename(t, r.Database, r.Database+".away") }},
		{"removed", func(t *testing.T, r *running) { mustRemove(t, r.Database) }},
		{"without its WAL", func(t *testing.T, r *running) { mustRemove(t, r.Database+"-wal") }},
		{"without its WAL-index", func(t *testing.T, r *running) { mustRemove(t, r.Database+"-shm") }},
		{"replaced", func(t *testing.T, r *running) {
			other := start(t, newServer(t))
			other.stop(t)
			mustRename(t, other.Database, r.Database)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.checkPause = 10 * time.Millisecond
			r := start(t, s)
			token, client := r.firstToken(t), r.client(t)
			if got := r.getTime(t, client, "admin", token); got.status != http.StatusOK {
				t.Fatalf("before: got %d, want 200", got.status)
			}
			test.change(t, r)
			r.awaitLog(t, "every request gets 503")
			for _, username := range []string{"admin", ""} {
				got := r.getTime(t, client, username, token)
				if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" || got.header.Get("X-Request-Id") == "" || !strings.HasPrefix(got.body, `[{"status":503,`) {
					t.Errorf("as %q: got %d %v %s, want 503 in the API's shape with Retry-After and a request id", username, got.status, got.header, got.body)
				}
			}
			for path, want := range map[string]int{"/healthz": http.StatusOK, "/readyz": http.StatusServiceUnavailable} {
				if got := do(t, client, request(t, http.MethodGet, r.url+path, "", "")); got.status != want {
					t.Errorf("%s: got %d, want %d", path, got.status, want)
				}
			}
			if got := do(t, client, request(t, http.MethodPost, r.url+"/healthz", "admin", token)); got.status != http.StatusServiceUnavailable {
				t.Errorf("POST /healthz: got %d, want 503: it is no question for life", got.status)
			}
			if count := strings.Count(r.logged.String(), "every request gets 503"); count != 1 {
				t.Errorf("got %d lines of it, want 1", count)
			}
		})
	}
}

func mustRename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// TestMovedIsForGood: a file that comes back may have missed a save; the server says once what to do.
func TestMovedIsForGood(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.checkPause = 10 * time.Millisecond
	r := start(t, s)
	token, client := r.firstToken(t), r.client(t)
	mustRename(t, r.Database, r.Database+".away")
	r.awaitLog(t, "restart this server")
	mustRename(t, r.Database+".away", r.Database)
	for range 3 {
		if got := r.getTime(t, client, "admin", token); got.status != http.StatusServiceUnavailable {
			t.Errorf("got %d, want 503 until the restart", got.status)
		}
	}
	if logged := r.logged.String(); strings.Count(logged, "level=ERROR") != 1 || strings.Contains(logged, "can be read again") {
		t.Errorf("got the log\n%s\nwant one error", logged)
	}
}

// TestWhatACheckSays: an answer counts, no answer does not, and every change is logged once.
func TestWhatACheckSays(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk I/O error")
	wait := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	say := func(err error) func(context.Context) error { return func(context.Context) error { return err } }
	logged := new(bytes.Buffer)
	state := &availability{log: textLog(logged), limit: time.Millisecond}
	for i, step := range []struct {
		check     func(context.Context) error
		available bool
		lost      bool
		says      string
	}{
		{say(nil), true, false, ""},
		{wait, true, false, "does not answer"},
		{wait, true, false, ""},
		{say(nil), true, false, ""},
		{say(broken), false, false, "every request gets 503"},
		{say(broken), false, false, ""},
		{wait, false, false, "does not answer"},
		{say(broken), false, false, ""},
		{say(nil), true, false, "can be read again"},
		{func(ctx context.Context) error { return fmt.Errorf("%w: late: %w", db.ErrMoved, wait(ctx)) }, false, true, "restart this server"},
	} {
		logged.Reset()
		state.check = step.check
		if lost := state.poll(t.Context()); lost != step.lost || state.available() != step.available {
			t.Errorf("step %d: got available %t, lost %t, want %t, %t", i, state.available(), lost, step.available, step.lost)
		}
		if text := logged.String(); !strings.Contains(text, step.says) || strings.Count(text, "\n") != min(len(step.says), 1) {
			t.Errorf("step %d: got the log %q, want it to say %q", i, text, step.says)
		}
	}
	state.check = say(db.ErrMoved)
	state.watch(t.Context(), time.Millisecond) // it ends by itself

	stopping, cancel := context.WithCancel(t.Context())
	cancel()
	stopped := &availability{log: textLog(logged), limit: time.Minute, check: wait}
	if lost := stopped.poll(stopping); lost || !stopped.available() || stopped.silent {
		t.Error("a look that a stop ends: got an answer from it, want none")
	}
}

// TestChecksAreOftenEnough: a moved file must be noticed within a second.
func TestChecksAreOftenEnough(t *testing.T) {
	t.Parallel()
	if checkPause >= time.Second {
		t.Errorf("got a look every %v, want more than one a second", checkPause)
	}
}
