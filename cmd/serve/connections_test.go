package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// slowClients opens connections that never get to the end of a request, each stuck at another point, and keeps them
// until the test is over. It returns how many the server let in.
func slowClients(t *testing.T, r *running, count int) int {
	t.Helper()
	var opened atomic.Int64
	config := r.trust(t)
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := worker; i < count; i += 8 {
				conn := slowClient(t.Context(), r.address(), i%4, config)
				if conn != nil {
					opened.Add(1)
					t.Cleanup(func() { conn.Close() })
				}
			}
		})
	}
	group.Wait()
	return int(opened.Load())
}

// slowClient returns nil where the server has had enough of it already.
func slowClient(ctx context.Context, address string, stuck int, config *tls.Config) net.Conn {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil
	}
	if stuck < 2 {
		if stuck == 1 { // the head of a TLS record and of a greeting, no more
			_, _ = conn.Write([]byte{22, 3, 1, 2, 0, 1, 0, 1, 252})
		}
		return conn
	}
	config = config.Clone()
	config.ServerName = "127.0.0.1"
	secured := tls.Client(conn, config)
	limited, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if secured.HandshakeContext(limited) != nil {
		return conn
	}
	text := "GET /api/v2/time HTTP/1.1\r\nHost: x\r\nX-Slow: "
	if stuck == 3 {
		text = "POST /api/v2/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"
	}
	_, _ = io.WriteString(secured, text)
	return secured
}

// TestSlowClientsStarveNobody: a valid client succeeds every time while a thousand slow ones are connected, with room
// for all of them and with far too little (H5).
func TestSlowClientsStarveNobody(t *testing.T) {
	if testing.Short() {
		t.Skip("a thousand connections take seconds")
	}
	for _, limit := range []int{maxConnections, 250} {
		t.Run(fmt.Sprint("room for ", limit), func(t *testing.T) {
			s := newServer(t)
			s.connections = limit
			r := start(t, s)
			token, kept := r.firstToken(t), r.client(t)
			r.getTime(t, kept, "admin", token)

			attacked, opened := make(chan struct{}), 0
			go func() { opened = slowClients(t, r, 1000); close(attacked) }()
			requests, worst := 0, time.Duration(0)
			for over := false; !over || requests < 100; requests++ {
				select {
				case <-attacked:
					over = true
				default:
				}
				began := time.Now()
				fresh := &http.Client{Transport: &http.Transport{TLSClientConfig: r.trust(t)}, Timeout: 20 * time.Second}
				for _, client := range []*http.Client{kept, fresh} {
					if got := r.getTime(t, client, "admin", token); got.status != http.StatusOK {
						t.Fatalf("request %d: got %d, want 200", requests, got.status)
					}
				}
				fresh.CloseIdleConnections()
				worst = max(worst, time.Since(began))
			}
			<-attacked
			if opened < 1000 {
				t.Errorf("got %d slow connections, want 1000: there was no attack", opened)
			}
			if worst > 10*time.Second {
				t.Errorf("the slowest of %d valid requests took %v", requests, worst)
			}
			t.Logf("%d valid requests, new connections and kept ones, the slowest %v", 2*requests, worst)
		})
	}
}

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

// crowd is a listener of four connections and a clock, and what a test does with them.
type crowd struct {
	*connections
	t     *testing.T
	clock *fakeClock
}

func newCrowd(t *testing.T) crowd {
	t.Helper()
	var config net.ListenConfig
	inner, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	clock := newFakeClock()
	listener := limitConnections(inner, 4, clock.now)
	t.Cleanup(func() { listener.Close() })
	return crowd{connections: listener, t: t, clock: clock}
}

// accept lets one more connection in, a second after the last event.
func (c crowd) accept() *connection {
	c.t.Helper()
	c.clock.advance(quietTime)
	dialled(c.t, c.connections)
	conn, err := c.Accept()
	accepted, ours := conn.(*connection)
	if err != nil || !ours {
		c.t.Fatalf("got %T, %v, want a connection", conn, err)
	}
	return accepted
}

// ask has a connection make a request with right credentials, or one without. The answers are the same.
func (c crowd) ask(conn *connection, path string, proves bool) {
	c.t.Helper()
	request, err := http.NewRequestWithContext(remember(c.t.Context(), conn), http.MethodGet, path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	c.clock.advance(quietTime)
	c.mark(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if proves {
			prove(r.Context(), 1)
		}
	})).ServeHTTP(httptest.NewRecorder(), request)
}

func (c crowd) has(conn *connection) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	_, open := c.open[conn]
	return open
}

func TestWhoMakesRoom(t *testing.T) {
	t.Parallel()
	c := newCrowd(t)
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

// TestNobodyMakesRoom: connections that are at work or have just come are safe; the next client waits its turn.
func TestNobodyMakesRoom(t *testing.T) {
	t.Parallel()
	c := newCrowd(t)
	busy, idle := c.accept(), c.accept()
	busy.running.Add(1)
	c.accept().running.Add(1)
	c.accept().running.Add(1)
	c.ask(idle, "/api/v2/time", true)
	dialled(t, c.connections)
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
	case <-time.After(10 * crowdedPause):
	}
	c.clock.advance(quietTime)
	<-accepted
	if c.has(idle) || !c.has(busy) {
		t.Error("want the idle connection closed once it has been quiet, and no other")
	}
}

// TestSettingTheClockChangesNoOrder: times are differences of a clock that nobody can set.
func TestSettingTheClockChangesNoOrder(t *testing.T) {
	t.Parallel()
	c := limitConnections(nil, 1, time.Now)
	if text := c.opened.String(); !strings.Contains(text, " m=") {
		t.Errorf("got %s, want a time with a monotonic reading", text)
	}
}

// TestStopEndsTheWaitForRoom: a listener that is closed does not wait for room.
func TestStopEndsTheWaitForRoom(t *testing.T) {
	t.Parallel()
	c := newCrowd(t)
	for range 4 {
		c.accept().running.Add(1)
	}
	dialled(t, c.connections)
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
	if clients, services := connectionLimits(); clients < 1 || clients > maxConnections || services != clients {
		t.Errorf("got %d and %d, want the same, 1 to %d", clients, services, maxConnections)
	}
	for files, want := range map[uint64]int{0: 1, 64: 1, 256: 64, 1024: 448, 8319: 4095, 8320: 4096, 1 << 20: 4096, 1 << 63: 4096} {
		if clients, services := shareDescriptors(files); clients != want || services != want {
			t.Errorf("of %d files: got %d and %d, want %d each", files, clients, services, want)
		}
	}
}
