package connection

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// TestUsersOverTheirShareMakeRoom: where all are at work, the user with more than a share of the room gives some of it, what is
// idle first, then what waits for its client, then the oldest; and no more than what is beyond a share.
func TestUsersOverTheirShareMakeRoom(t *testing.T) {
	t.Parallel()
	c := newHarness(t)
	c.limit = 8
	accept := func(user int64, running int32) *connection {
		conn := c.accept()
		conn.user.Store(user)
		conn.authenticated.Store(true)
		conn.running.Store(running)
		return conn
	}
	modest, quiet := accept(2, 1), accept(2, 0)
	oldest, older, idle, waiting := accept(1, 1), accept(1, 1), accept(1, 0), accept(1, 1)
	kept := []*connection{modest, accept(1, 1), accept(1, 1)}
	waiting.reading.Store(1)
	for i, next := range []*connection{idle, waiting, oldest, older, quiet} {
		if !c.has(next) {
			t.Fatalf("connection %d was closed out of its turn", i)
		}
		c.clock.advance(QuietTime)
		fresh := c.newConnection(nil)
		fresh.running.Store(1)
		if !c.admit(fresh) || c.has(next) {
			t.Fatalf("connection %d: got it open, want it closed for the new one", i)
		}
	}
	for i, conn := range kept {
		if !c.has(conn) {
			t.Errorf("got busy connection %d closed, of a user with no more than a share", i)
		}
	}
	c.clock.advance(QuietTime)
	if c.admit(c.newConnection(nil)) {
		t.Error("got room made by somebody who has no more than a share, and is at work")
	}
}

// TestUsersOverTheirShareAtWork: what a user with more than a share has just begun is not broken off.
func TestUsersOverTheirShareAtWork(t *testing.T) {
	t.Parallel()
	c := newHarness(t)
	for range 4 {
		conn := c.accept()
		conn.user.Store(1)
		conn.authenticated.Store(true)
		conn.running.Store(1)
		conn.used.Store(int64(time.Hour))
	}
	c.clock.advance(time.Hour + QuietTime/2 - c.elapsed())
	if c.admit(c.newConnection(nil)) {
		t.Fatal("got a connection closed whose request has just begun")
	}
	c.clock.advance(QuietTime)
	if !c.admit(c.newConnection(nil)) {
		t.Error("got no room made, by requests that have lasted")
	}
}

// TestWhoWaitsForItsClient: a request is known to wait for its body as long as it does.
func TestWhoWaitsForItsClient(t *testing.T) {
	t.Parallel()
	c := newHarness(t)
	conn := c.accept()
	body, client := io.Pipe()
	request := httptest.NewRequestWithContext(ConnContext(t.Context(), conn), http.MethodPost, "/", body)
	begun, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		c.Track(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			MarkAuthenticated(r.Context(), 7)
			close(begun)
			_, _ = io.ReadAll(r.Body)
		})).ServeHTTP(httptest.NewRecorder(), request)
	}()
	<-begun
	if _, err := client.Write([]byte("{")); err != nil { // returns once it is read: somebody is reading
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); conn.reading.Load() != 1; time.Sleep(time.Millisecond) { //nolint:forbidigo // no event tells that a read waits
		if time.Now().After(deadline) {
			t.Fatal("got nobody waiting for the rest of the body")
		}
	}
	client.Close()
	<-ended
	if conn.reading.Load() != 0 || conn.running.Load() != 0 || conn.user.Load() != 7 {
		t.Errorf("got %d waiting, %d running, user %d; want 0, 0, 7", conn.reading.Load(), conn.running.Load(), conn.user.Load())
	}
}
