package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// maxConnections is the cap on open connections.
	maxConnections = 4096
	// spareDescriptors are kept for the databases, certificates and the listener.
	spareDescriptors = 128
	// quietTime is how long a connection is safe after it was accepted or had a request: time for a handshake and a
	// request from the other side of the world. With it a full cap still lets maxConnections in each second.
	quietTime = time.Second
	// crowdedPause is between two tries for room while no connection can be closed.
	crowdedPause = 5 * time.Millisecond
)

// connections is a listener with a cap on open connections (H5). When the cap is reached a new client does not wait
// for slow ones to time out: the oldest connection that never proved to be a user's is closed for it, and where there
// is none of those the one whose last request is longest ago. A connection with a running request is never closed.
type connections struct {
	net.Listener
	limit int
	clock func() time.Time
	done  chan struct{}
	close sync.Once

	mutex sync.Mutex
	open  map[*connection]struct{}
}

// connection is an accepted connection below TLS.
type connection struct {
	net.Conn
	of       *connections
	accepted int64        // unix nanoseconds
	proven   atomic.Int64 // unix nanoseconds of the end of its last request with right credentials; 0: none yet
	asked    atomic.Bool  // it had a request
	running  atomic.Int32 // requests in the handler
	begun    bool         // the first byte was read
}

func limitConnections(listener net.Listener, limit int, clock func() time.Time) *connections {
	return &connections{Listener: listener, limit: limit, clock: clock,
		done: make(chan struct{}), open: map[*connection]struct{}{}}
}

// connectionLimit is maxConnections, or what the process's limit of open files leaves room for.
func connectionLimit() int {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil || files.Cur >= maxConnections+spareDescriptors {
		return maxConnections
	}
	return max(int(files.Cur)-spareDescriptors, 1)
}

// Accept waits for the next connection and makes room for it.
func (c *connections) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	fresh := &connection{Conn: conn, of: c}
	if c.admit(fresh) {
		return fresh, nil
	}
	pause := time.NewTicker(crowdedPause)
	defer pause.Stop()
	for {
		select {
		case <-c.done:
			return nil, errors.Join(net.ErrClosed, conn.Close())
		case <-pause.C:
			if c.admit(fresh) {
				return fresh, nil
			}
		}
	}
}

func (c *connections) admit(fresh *connection) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	now := c.clock().UnixNano()
	if len(c.open) >= c.limit {
		least := c.leastWorthy()
		if least == nil || now-least.quietSince() < int64(quietTime) {
			return false
		}
		delete(c.open, least)
		_ = least.Conn.Close() // its server side ends with a read error
	}
	fresh.accepted = now
	c.open[fresh] = struct{}{}
	return true
}

// leastWorthy looks at all connections: a scan of thousands costs less than the handshake that follows.
func (c *connections) leastWorthy() *connection {
	var least *connection
	for conn := range c.open {
		if conn.running.Load() == 0 && (least == nil || conn.lessWorthy(least)) {
			least = conn
		}
	}
	return least
}

func (c *connection) lessWorthy(other *connection) bool {
	if mine, others := c.proven.Load() > 0, other.proven.Load() > 0; mine != others {
		return others
	}
	return c.quietSince() < other.quietSince()
}

// quietSince is when it was accepted or last had a request with right credentials.
func (c *connection) quietSince() int64 { return max(c.accepted, c.proven.Load()) }

// closeUnused closes the connections that never had a request, which a graceful stop would otherwise wait for.
func (c *connections) closeUnused() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for conn := range c.open {
		if !conn.asked.Load() {
			_ = conn.Conn.Close()
		}
	}
}

// Close stops accepting.
func (c *connections) Close() error {
	c.close.Do(func() { close(c.done) })
	return c.Listener.Close()
}

// Close closes the connection and frees its place.
func (c *connection) Close() error {
	c.of.mutex.Lock()
	delete(c.of.open, c)
	c.of.mutex.Unlock()
	return c.Conn.Close()
}

type connectionKey struct{}

// remember is an http.Server's ConnContext: it lets requests find their connection.
func remember(ctx context.Context, conn net.Conn) context.Context {
	if secured, ok := conn.(*tls.Conn); ok {
		conn = secured.NetConn()
	}
	return context.WithValue(ctx, connectionKey{}, conn)
}

// mark notes at its connection that a request runs, and whether it proved to be a user's.
func (c *connections) mark(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, ok := r.Context().Value(connectionKey{}).(*connection)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		conn.asked.Store(true)
		conn.running.Add(1)
		defer conn.running.Add(-1)
		next.ServeHTTP(w, r)
		if provesUser(w, r) {
			conn.proven.Store(c.clock().UnixNano())
		}
	})
}

// provesUser tells whether a request was answered for the sake of its credentials: without right ones there is no
// answer but a challenge, except to the probes.
func provesUser(w http.ResponseWriter, r *http.Request) bool {
	_, challenged := w.Header()["Www-Authenticate"]
	return !challenged && r.URL.Path != "/healthz" && r.URL.Path != "/readyz"
}
