package api_test

import (
	"strings"
	"testing"
	"time"

	"latchkey/db/model"
	"latchkey/tokens"
)

// TestBearer: a token alone tells whose it is, and gets what it gets with its username.
func TestBearer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, protocol := range []int{1, 2} {
		w.speak(protocol)
		for _, c := range []struct {
			persona, method, path string
			want                  int
		}{
			{"admin", "GET", "/api/v2/orders", 200}, {"viewer", "GET", "/api/v2/orders", 200}, {"viewer", "DELETE", "/api/v2/orders/1", 403},
			{"idle", "GET", "/api/v2/orders", 403}, {"editor", "GET", "/api/v2/orders", 403}, {"viewer", "GET", "/nothing", 404},
			{"off", "GET", "/api/v2/orders", 401}, {"wrong", "GET", "/api/v2/orders", 401},
		} {
			got := w.request(t, "nobody", c.method, c.path, "", "Authorization: Bearer "+w.tokens[c.persona].Reveal())
			if got.status != c.want {
				t.Errorf("HTTP/%d, %s %s %s: got %d %s, want %d", protocol, c.persona, c.method, c.path, got.status, got.body, c.want)
			}
		}
	}
	if log := w.log.String(); strings.Contains(log, tokens.Prefix+"_") {
		t.Errorf("a token is in the log:\n%s", log)
	}
}

// TestBearerFollowsSaves: retiring tokens count until their end, and a save decides the next request.
func TestBearerFollowsSaves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.tokens["viewer"].Reveal()
	w.renewToken(t, "viewer", time.Hour)
	fresh := w.tokens["viewer"].Reveal()
	status := func(token string) int {
		return w.request(t, "nobody", "GET", "/api/v2/orders", "", "Authorization: Bearer "+token).status
	}
	if a, b := status(old), status(fresh); a != 200 || b != 200 {
		t.Errorf("while it retires: got %d and %d, want 200", a, b)
	}
	w.edit(t, "user", "viewer", func(next *model.Object) (err error) {
		next.Access, err = tokens.Disable(next.Access)
		return err
	})
	if a, b := status(old), status(fresh); a != 401 || b != 401 {
		t.Errorf("disabled: got %d and %d, want 401", a, b)
	}
}

// TestBearerOnBehalfOfProxies: /authorize names the user of a token.
func TestBearerOnBehalfOfProxies(t *testing.T) {
	t.Parallel()
	w := newAuthorizeWorld(t)
	got := w.ask(t, "nobody", "GET", "/app", "Authorization: Bearer "+w.tokens["viewer"].Reveal())
	if got.status != 200 || got.header.Get("Remote-User") != "viewer" {
		t.Errorf("got %d, Remote-User %q", got.status, got.header.Get("Remote-User"))
	}
	if got := w.ask(t, "nobody", "POST", "/app", "Authorization: Bearer "+w.tokens["viewer"].Reveal()); got.status != 403 {
		t.Errorf("without the permission: got %d, want 403", got.status)
	}
}
