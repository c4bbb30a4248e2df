package connection

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// dialled connects to the listener.
func dialled(t *testing.T, listener net.Listener) {
	t.Helper()
	var dialer net.Dialer
	conn, err := dialer.DialContext(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
}

// harness is a listener of four connections and a clock, and what a test does with them.
type harness struct {
	*Listener
	t     *testing.T
	clock *fakeClock
}

func newHarness(t *testing.T) harness {
	t.Helper()
	var config net.ListenConfig
	inner, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	clock := newFakeClock()
	listener := Limit(inner, 4, clock.now)
	t.Cleanup(func() { listener.Close() })
	return harness{Listener: listener, t: t, clock: clock}
}

// accept lets one more connection in, a second after the last event.
func (c harness) accept() *connection {
	c.t.Helper()
	c.clock.advance(QuietTime)
	dialled(c.t, c.Listener)
	conn, err := c.Accept()
	accepted, ours := conn.(*connection)
	if err != nil || !ours {
		c.t.Fatalf("got %T, %v, want a connection", conn, err)
	}
	return accepted
}

// ask has a connection make a request with right credentials, or one without. The answers are the same.
func (c harness) ask(conn *connection, path string, proves bool) {
	c.t.Helper()
	request, err := http.NewRequestWithContext(ConnContext(c.t.Context(), conn), http.MethodGet, path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	c.clock.advance(QuietTime)
	c.Track(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if proves {
			MarkAuthenticated(r.Context(), 1)
		}
	})).ServeHTTP(httptest.NewRecorder(), request)
}

func (c harness) has(conn *connection) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	_, open := c.open[conn]
	return open
}

func TestWhoMakesRoom(t *testing.T) {
	t.Parallel()
	c := newHarness(t)
	old, refused, silent, recent := c.accept(), c.accept(), c.accept(), c.accept()
	c.ask(old, "/api/v2/time", true)
	c.ask(recent, "/api/v2/time", true)
	c.ask(refused, "/api/v2/time", false)
	c.ask(refused, "/healthz", false)
	for i, next := range []*connection{refused, silent, old, recent} {
		if !c.has(next) {
			t.Fatalf("connection %d was closed out of its turn", i)
		}
		c.accept().running.Add(1)
		if c.has(next) {
			t.Errorf("connection %d: got it open, want it closed for the new one", i)
		}
	}
	if len(c.open) != 4 {
		t.Errorf("got %d connections open, want 4", len(c.open))
	}
}

// TestBusyConnectionsAreKept: connections that are at work or have just come are safe; the next client waits its turn.
func TestBusyConnectionsAreKept(t *testing.T) {
	t.Parallel()
	c := newHarness(t)
	busy, idle := c.accept(), c.accept()
	busy.running.Add(1)
	c.accept().running.Add(1)
	c.accept().running.Add(1)
	c.ask(idle, "/api/v2/time", true)
	dialled(t, c.Listener)
	accepted := make(chan net.Conn)
	go func() {
		conn, err := c.Accept()
		if err != nil {
			t.Error(err)
		}
		accepted <- conn
	}()
	select {
	case <-accepted:
		t.Error("got a connection beyond the limit")
	case <-time.After(10 * admitPause):
	}
	c.clock.advance(QuietTime)
	<-accepted
	if c.has(idle) || !c.has(busy) {
		t.Error("want the idle connection closed once it has been quiet, and no other")
	}
}

// TestSettingTheClockChangesNoOrder: times are differences of a clock that nobody can set.
func TestSettingTheClockChangesNoOrder(t *testing.T) {
	t.Parallel()
	c := Limit(nil, 1, time.Now)
	if text := c.opened.String(); !strings.Contains(text, " m=") {
		t.Errorf("got %s, want a time with a monotonic reading", text)
	}
}

// TestStopEndsTheWaitForRoom: a listener that is closed does not wait for room.
func TestStopEndsTheWaitForRoom(t *testing.T) {
	t.Parallel()
	c := newHarness(t)
	for range 4 {
		c.accept().running.Add(1)
	}
	dialled(t, c.Listener)
	ended := make(chan error)
	go func() {
		_, err := c.Accept()
		ended <- err
	}()
	c.Close()
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v, want %v", err, net.ErrClosed)
	}
}

func TestConnectionLimit(t *testing.T) {
	t.Parallel()
	if clients, services := Limits(); clients < 1 || clients > MaxConnections || services != clients {
		t.Errorf("got %d and %d, want the same, 1 to %d", clients, services, MaxConnections)
	}
	for files, want := range map[uint64]int{0: 1, 64: 1, 256: 64, 1024: 448, 8319: 4095, 8320: 4096, 1 << 20: 4096, 1 << 63: 4096} {
		if clients, services := shareDescriptors(files); clients != want || services != want {
			t.Errorf("of %d files: got %d and %d, want %d each", files, clients, services, want)
		}
	}
}
