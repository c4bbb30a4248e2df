package serve

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/db"
	"latchkey/db/data"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/tokens"
)

// endingUser is a user with a retiring token and rules that end, each in an hour.
type endingUser struct{ retiring, current string }

func addEndingUser(t *testing.T, path string) endingUser {
	t.Helper()
	brands, err := perms.ParsePattern("brands:view")
	if err != nil {
		t.Fatal(err)
	}
	user := endingUser{retiring: addUser(t, path, "ci", brands)}
	fresh, err := tokens.New(strings.NewReader(strings.Repeat("0123456789", 100)))
	if err != nil {
		t.Fatal(err)
	}
	user.current = fresh.Reveal()
	saveEdit(t, path, "ci", func(target *model.Target) (err error) {
		orders, err := perms.ParsePattern("orders:view")
		target.Next.Rules = target.Next.Rules.With(perms.Rule{Effect: perms.Allow, Pattern: orders, Until: time.Now().Add(time.Hour)})
		if err == nil {
			target.Next.Access, err = tokens.Regenerate(target.Live.Access, target.Next.Access, fresh.Digest(), time.Hour, time.Now())
		}
		return err
	})
	return user
}

// wantStatuses asks what ends, and what does not.
func (r *running) wantStatuses(t *testing.T, when string, user endingUser, retiring, orders int) {
	t.Helper()
	client := r.client(t)
	if got := r.getTime(t, client, "ci", user.current); got.status != http.StatusOK {
		t.Errorf("%s: the current token: got %d %s", when, got.status, got.body)
	}
	if got := r.getTime(t, client, "ci", user.retiring); got.status != retiring {
		t.Errorf("%s: the retiring token: got %d, want %d", when, got.status, retiring)
	}
	if got := do(t, client, request(t, http.MethodGet, r.url+perms.BasePath+"/orders", "ci", user.current)); got.status != orders {
		t.Errorf("%s: orders: got %d, want %d", when, got.status, orders)
	}
}

// TestClockSetBackUnderAServer: a server that ran has marked the time. Whoever starts later with a clock that is behind lets
// nothing go on that ends, says so, and goes on as usual once the clock has been reset.
func TestClockSetBackUnderAServer(t *testing.T) {
	t.Parallel()
	first := start(t, newServer(t))
	admin := first.firstToken(t)
	user := addEndingUser(t, first.Database)
	first.wantStatuses(t, "at first", user, http.StatusOK, http.StatusNoContent)
	first.stop(t)

	s := newServer(t)
	s.Database = first.Database
	s.Clock = func() time.Time { return time.Now().Add(-2 * time.Hour) }
	second := start(t, s)
	second.awaitLog(t, "clock is behind")
	second.wantStatuses(t, "with a clock that was set back", user, http.StatusUnauthorized, http.StatusForbidden)
	client := second.client(t)
	users := second.url + perms.BasePath + "/users/ci"
	if got := do(t, client, request(t, http.MethodPost, users+"/token?save=true", "admin", admin)); got.status != http.StatusConflict || !strings.Contains(got.body, "the clock is behind") {
		t.Errorf("regenerating: got %d %s, want 409", got.status, got.body)
	}
	if got := do(t, client, request(t, http.MethodDelete, users+"/permissions?permission=orders:view&save=true", "admin", admin)); got.status != http.StatusOK {
		t.Errorf("revoking: got %d %s, want 200", got.status, got.body)
	}

	database, err := db.Open(t.Context(), s.Database, db.Options{Clock: s.Clock, Writable: true})
	if err != nil {
		t.Fatal(err)
	}
	defer database.Close()
	if reset, err := database.ResetClock(t.Context(), model.Operator{Name: "os:test"}, ""); err != nil || reset.Revision.Number == 0 {
		t.Fatalf("got %+v, %v", reset, err)
	}
	if got := do(t, client, request(t, http.MethodPost, users+"/token?save=true", "admin", admin)); got.status != http.StatusOK {
		t.Errorf("regenerating after the reset: got %d %s, want 200", got.status, got.body)
	}
}

// TestClockSetBackWhileAServerRuns: no request in between is needed for the server to know.
func TestClockSetBackWhileAServerRuns(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	clock := &fakeClock{time: time.Now()}
	s.Clock, s.markPause = clock.now, 10*time.Millisecond
	r := start(t, s)
	user := addEndingUser(t, r.Database)
	clock.advance(-2 * time.Hour)
	r.awaitLog(t, "clock is behind")
	r.wantStatuses(t, "set back", user, http.StatusUnauthorized, http.StatusForbidden)
	clock.advance(2 * time.Hour)
	r.awaitLog(t, "clock is right again")
	r.wantStatuses(t, "right again", user, http.StatusOK, http.StatusNoContent)
}

// TestMarkThatCannotBeWritten: it counts in the process that has seen it, and the log says once that it is not kept.
func TestMarkThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	first := start(t, newServer(t))
	user := addEndingUser(t, first.Database)
	first.stop(t)
	var logged bytes.Buffer
	s := newServer(t)
	clock := &fakeClock{time: time.Now()}
	s.Database, s.Clock, s.Log = first.Database, clock.now, textLog(&logged)
	ready, err := s.openStores(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ready.close() }()
	mustRename(t, data.PathBeside(s.Database), s.Database+".away")
	for _, step := range []struct {
		by   time.Duration
		goes bool
	}{{20 * time.Minute, true}, {20 * time.Minute, true}, {-10 * time.Minute, false}, {10 * time.Minute, true}} {
		clock.advance(step.by)
		s.markClock(t.Context(), ready)
		_, err := ready.users.Authenticate(t.Context(), "ci", tokens.DigestOf(user.retiring))
		if (err == nil) != step.goes {
			t.Errorf("after %v: got %v, want accepted %t", step.by, err, step.goes)
		}
	}
	for text, want := range map[string]int{"what the clock shows cannot be kept": 1, "clock is behind": 1, "clock is right again": 1} {
		if got := strings.Count(logged.String(), text); got != want {
			t.Errorf("got %d times %q, want %d", got, text, want)
		}
	}
}
