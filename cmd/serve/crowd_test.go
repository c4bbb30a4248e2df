package serve

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

// ongoingOn begins a request without ending it.
func (c crowd) ongoingOn(conn *connection, count int) {
	for range count {
		c.begin(conn)
	}
}

// TestTheMostCrowdedMakesRoom: those where something was refused first, among these the one with the most in flight,
// among these the oldest; never one with a single request, nor a user's.
func TestTheMostCrowdedMakesRoom(t *testing.T) {
	t.Parallel()
	c := newCrowd(t)
	c.crowd = 6
	single, user, fresh, refused := c.accept(), c.accept(), c.accept(), c.accept()
	c.ask(user, "/api/v2/time", true)
	c.ongoingOn(user, 100)
	c.ask(single, "/api/v2/time", false)
	c.ask(refused, "/api/v2/time", false)
	c.ongoingOn(single, 1)
	c.ongoingOn(refused, 3) // two besides the first
	c.ongoingOn(fresh, 5)   // four, and that is all the room there is
	if c.extra != 6 || !c.has(refused) {
		t.Fatalf("got %d requests counted, the connection open: %t, want 6 and open", c.extra, c.has(refused))
	}
	c.ongoingOn(fresh, 1)
	if c.has(refused) || c.extra != 5 {
		t.Errorf("got the refused one open: %t, %d counted, want it closed and 5", c.has(refused), c.extra)
	}
	c.ongoingOn(fresh, 2)
	if c.has(fresh) || c.extra != 0 || !c.has(single) || !c.has(user) {
		t.Errorf("got open: fresh %t, single %t, user %t, %d counted; want the fresh one alone closed and 0",
			c.has(fresh), c.has(single), c.has(user), c.extra)
	}
}

// TestWhatIsCountedIsForgotten: whatever becomes of a connection, its requests do not count for ever.
func TestWhatIsCountedIsForgotten(t *testing.T) {
	t.Parallel()
	c := newCrowd(t)
	ended, closed, proven := c.accept(), c.accept(), c.accept()
	for _, conn := range []*connection{ended, closed, proven} {
		c.ongoingOn(conn, 4)
	}
	if c.extra != 9 {
		t.Errorf("got %d counted, want 9", c.extra)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	c.ask(proven, "/api/v2/time", true)
	if c.extra != 3 {
		t.Errorf("after a close and a proof: got %d counted, want 3", c.extra)
	}
	for _, conn := range []*connection{ended, closed, proven} {
		for range 4 {
			c.end(&ongoing{on: conn})
		}
	}
	if c.extra != 0 || ended.unproven != 0 || closed.unproven != 0 || proven.unproven != 0 {
		t.Errorf("got %d, %d, %d, %d counted, want none", c.extra, ended.unproven, closed.unproven, proven.unproven)
	}
}

// TestProofHoldsForTheRequestThatGaveIt: requests of nobody on a user's connection protect it no longer than its own.
func TestProofHoldsForTheRequestThatGaveIt(t *testing.T) {
	t.Parallel()
	c := newCrowd(t)
	conn := c.accept()
	running := func(proves bool) (count int32) {
		ctx := remember(t.Context(), conn)
		c.mark(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if proves {
				prove(r.Context())
				prove(r.Context()) // telling it twice changes nothing
			}
			count = conn.running.Load()
		})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil))
		return count
	}
	if got := running(true); got != 1 || conn.running.Load() != 0 || !conn.proven.Load() {
		t.Errorf("with credentials: got %d running, %d afterwards, proven %t; want 1, 0, true", got, conn.running.Load(), conn.proven.Load())
	}
	if got := running(false); got != 0 || !conn.proven.Load() {
		t.Errorf("without: got %d running, proven %t; want 0, true still", got, conn.proven.Load())
	}
}

// watchedWriter tells when it is flushed.
type watchedWriter struct {
	*httptest.ResponseRecorder
	flushed func()
}

func (w watchedWriter) FlushError() error { w.flushed(); return nil }

// TestRefusalsCountUntilTheyAreTaken: by HTTP/2 a request without credentials is over when its answer is on its way.
func TestRefusalsCountUntilTheyAreTaken(t *testing.T) {
	t.Parallel()
	for version, want := range map[int]int{1: 0, 2: 1} {
		c := newCrowd(t)
		conn, got := c.accept(), 0
		answer := watchedWriter{ResponseRecorder: httptest.NewRecorder(), flushed: func() { got = conn.unproven }}
		asked := httptest.NewRequestWithContext(remember(t.Context(), conn), http.MethodGet, "/", nil)
		asked.ProtoMajor = version
		c.mark(http.NotFoundHandler()).ServeHTTP(answer, asked)
		if got != want || conn.unproven != 0 || !conn.refused {
			t.Errorf("HTTP/%d: got %d requests when flushed, %d afterwards, refused %t; want %d, 0, true", version, got, conn.unproven, conn.refused, want)
		}
	}
}

// TestStrangersWaitForTheirTurn: with all turns taken a request waits on a connection that has proved no user, and on
// no other; not for ever, as the probes must answer while the database does not.
func TestStrangersWaitForTheirTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := limitConnections(nil, 1, time.Now)
		conn := &connection{of: c}
		c.open[conn] = struct{}{}
		ask := func(ctx context.Context, proves bool) (waited time.Duration) {
			began := time.Now()
			c.mark(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				waited = time.Since(began)
				if taken := len(c.turns); proves {
					prove(r.Context())
					if len(c.turns) != taken-1 {
						t.Error("got the turn kept after the proof, want it given back")
					}
				}
			})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(remember(ctx, conn), http.MethodGet, "/", nil))
			return waited
		}
		if got := ask(t.Context(), false); got != 0 || len(c.turns) != 0 {
			t.Errorf("with all turns free: got a wait of %v and %d turns kept, want none", got, len(c.turns))
		}
		for range cap(c.turns) {
			c.turns <- struct{}{}
		}
		if got := ask(t.Context(), false); got != turnTimeout {
			t.Errorf("with none: got a wait of %v, want %v", got, turnTimeout)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if got := ask(gone, false); got != 0 {
			t.Errorf("with none, the client gone: got a wait of %v, want none", got)
		}
		go func() { time.Sleep(turnTimeout / 2); <-c.turns }() //nolint:forbidigo // on the virtual clock of testing/synctest
		if got := ask(t.Context(), true); got != turnTimeout/2 {
			t.Errorf("with one given back: got a wait of %v, want %v", got, turnTimeout/2)
		}
		c.turns <- struct{}{}
		if got := ask(t.Context(), false); got != 0 {
			t.Errorf("with none, on a user's connection: got a wait of %v, want none", got)
		}
	})
}
