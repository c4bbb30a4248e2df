package connection

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

// ongoingOn begins a request without ending it.
func (c harness) ongoingOn(conn *connection, count int) {
	for range count {
		c.begin(conn)
	}
}

// TestMostInFlightMakesRoom: those where something was refused first, among these the one with the most in flight,
// among these the oldest; never one with a single request, nor a user's.
func TestMostInFlightMakesRoom(t *testing.T) {
	t.Parallel()
	c := newHarness(t)
	c.maxExtra = 6
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
	c := newHarness(t)
	ended, closed, authenticated := c.accept(), c.accept(), c.accept()
	for _, conn := range []*connection{ended, closed, authenticated} {
		c.ongoingOn(conn, 4)
	}
	if c.extra != 9 {
		t.Errorf("got %d counted, want 9", c.extra)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	c.ask(authenticated, "/api/v2/time", true)
	if c.extra != 3 {
		t.Errorf("after a close and a proof: got %d counted, want 3", c.extra)
	}
	for _, conn := range []*connection{ended, closed, authenticated} {
		for range 4 {
			c.end(&ongoing{on: conn})
		}
	}
	if c.extra != 0 || ended.preAuth != 0 || closed.preAuth != 0 || authenticated.preAuth != 0 {
		t.Errorf("got %d, %d, %d, %d counted, want none", c.extra, ended.preAuth, closed.preAuth, authenticated.preAuth)
	}
}

// TestProofHoldsForTheRequestThatGaveIt: requests of nobody on a user's connection protect it no longer than its own.
func TestProofHoldsForTheRequestThatGaveIt(t *testing.T) {
	t.Parallel()
	c := newHarness(t)
	conn := c.accept()
	running := func(proves bool) (count int32) {
		ctx := ConnContext(t.Context(), conn)
		c.Track(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if proves {
				MarkAuthenticated(r.Context(), 1)
				MarkAuthenticated(r.Context(), 1) // telling it twice changes nothing
			}
			count = conn.running.Load()
		})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil))
		return count
	}
	if got := running(true); got != 1 || conn.running.Load() != 0 || !conn.authenticated.Load() {
		t.Errorf("with credentials: got %d running, %d afterwards, authenticated %t; want 1, 0, true", got, conn.running.Load(), conn.authenticated.Load())
	}
	if got := running(false); got != 0 || !conn.authenticated.Load() {
		t.Errorf("without: got %d running, authenticated %t; want 0, true still", got, conn.authenticated.Load())
	}
}

// watchedWriter tells when it is flushed.
type watchedWriter struct {
	*httptest.ResponseRecorder
	flushed func()
}

func (w watchedWriter) FlushError() error { w.flushed(); return nil }

// TestRefusalsCountUntilTheyAreSent: by HTTP/2 a request without credentials is over when its answer is on its way.
func TestRefusalsCountUntilTheyAreSent(t *testing.T) {
	t.Parallel()
	for version, want := range map[int]int{1: 0, 2: 1} {
		c := newHarness(t)
		conn, got := c.accept(), 0
		answer := watchedWriter{ResponseRecorder: httptest.NewRecorder(), flushed: func() { got = conn.preAuth }}
		asked := httptest.NewRequestWithContext(ConnContext(t.Context(), conn), http.MethodGet, "/", nil)
		asked.ProtoMajor = version
		c.Track(http.NotFoundHandler()).ServeHTTP(answer, asked)
		if got != want || conn.preAuth != 0 || !conn.refused {
			t.Errorf("HTTP/%d: got %d requests when flushed, %d afterwards, refused %t; want %d, 0, true", version, got, conn.preAuth, conn.refused, want)
		}
	}
}

// askInTurn has a connection make a request that awaits its turn and tells when it has; it ends once told to.
func (c harness) askInTurn(ctx context.Context, conn *connection, proves bool) (begun <-chan struct{}, end chan<- struct{}) {
	begins, ends := make(chan struct{}), make(chan struct{})
	request := httptest.NewRequestWithContext(ConnContext(ctx, conn), http.MethodGet, "/", nil)
	go c.Track(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		AwaitTurn(r.Context())
		close(begins)
		<-ends
		if proves {
			MarkAuthenticated(r.Context(), 1)
			<-ends
		}
	})).ServeHTTP(httptest.NewRecorder(), request)
	return begins, ends
}

// TestUnauthenticatedRequestsAwaitTheirTurn: one request for each connection that has known no user, and few of them at a time.
func TestUnauthenticatedRequestsAwaitTheirTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := harness{Listener: Limit(nil, 9, time.Now), t: t}
		c.turns = make(chan struct{}, 2)
		has := func(what string, begun <-chan struct{}, want bool) {
			t.Helper()
			synctest.Wait()
			select {
			case <-begun:
				if !want {
					t.Errorf("%s: got its turn, want it to wait", what)
				}
			default:
				if want {
					t.Errorf("%s: got it waiting, want its turn", what)
				}
			}
		}
		one, two, three := c.newConnection(nil), c.newConnection(nil), c.newConnection(nil)
		first, endFirst := c.askInTurn(t.Context(), one, false)
		has("the first", first, true)
		second, endSecond := c.askInTurn(t.Context(), one, false)
		has("the second on its connection", second, false)
		other, endOther := c.askInTurn(t.Context(), two, true)
		has("one on another connection", other, true)
		more, endMore := c.askInTurn(t.Context(), two, false)
		gone, cancel := context.WithCancel(t.Context())
		last, endLast := c.askInTurn(gone, three, false)
		has("a third at a time", last, false)
		cancel()
		has("a client that is gone", last, true)
		endOther <- struct{}{} // it proves its user
		has("another one on the user's connection", more, true)
		freed, endFreed := c.askInTurn(t.Context(), c.newConnection(nil), false)
		has("one in the turn of the user, whose request runs on", freed, true)
		close(endFreed)
		close(endFirst)
		has("the second on its connection, after the first", second, true)
		for _, end := range []chan<- struct{}{endSecond, endOther, endMore, endLast} {
			close(end)
		}
		synctest.Wait()
		if len(c.turns)+len(one.turn)+len(two.turn)+len(three.turn) != 0 {
			t.Error("got turns kept at the end, want none")
		}
	})
}
