package serve

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
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
				if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" || !strings.HasPrefix(got.body, `[{"status":503,`) {
					t.Errorf("as %q: got %d %v %s, want 503 in the API's shape with Retry-After", username, got.status, got.header, got.body)
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

func TestDatabaseThatComesBackIsServed(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.checkPause = 10 * time.Millisecond
	r := start(t, s)
	token, client := r.firstToken(t), r.client(t)
	mustRename(t, r.Database, r.Database+".away")
	r.awaitLog(t, "every request gets 503")
	mustRename(t, r.Database+".away", r.Database)
	r.awaitLog(t, "answered from again")
	if got := r.getTime(t, client, "admin", token); got.status != http.StatusOK {
		t.Errorf("got %d, want 200", got.status)
	}
}

// TestLooksAreOftenEnough: a moved file must be noticed within a second.
func TestLooksAreOftenEnough(t *testing.T) {
	t.Parallel()
	if checkPause >= time.Second {
		t.Errorf("got a look every %v, want more than one a second", checkPause)
	}
}
