package connection

import (
	"errors"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// MaxConnections is the cap on open connections, unless the process may open fewer files.
	MaxConnections = 4096
	// spareDescriptors are kept for the databases, certificates and the listener.
	spareDescriptors = 128
	// QuietTime is how long a connection is not closed for others after it was accepted or had a request: time for a
	// handshake and a request from the other side of the world. MaxConnections new ones a second can still come in.
	QuietTime = time.Second
	// shares: a user may keep one part in so many of the connections, whoever else wants one.
	shares = 4
	// admitPause is between two attempts to make room.
	admitPause = 5 * time.Millisecond
)

// Listener is a listener with a cap on open connections (H5). When the cap is reached a new client does not wait for slow
// ones to time out: a connection is closed for it, the eviction candidate. That is the oldest connection that has not
// authenticated a user, whatever it is doing. Where there is none of those, it is one of the user who has the most, if
// that is more than a share of them all; else the one whose last request is longest ago. A connection with a running request
// of a user who has no more than a share is never closed.
type Listener struct {
	net.Listener
	limit  int
	clock  func() time.Time
	opened time.Time     // times are counted from here, by the monotonic clock, which cannot be set
	turns  chan struct{} // see AwaitTurn
	done   chan struct{}
	close  sync.Once

	mutex    sync.Mutex
	open     map[*connection]struct{}
	extra    int // requests in flight on connections that have authenticated no user, without the first one of each
	maxExtra int // the cap on extra
}

// connection is an accepted connection below TLS.
type connection struct {
	net.Conn
	of            *Listener
	accepted      time.Duration
	begun         bool          // the first byte was read
	asked         atomic.Bool   // it had a request
	last          atomic.Bool   // it is to be closed after the running request
	authenticated atomic.Bool   // a request on it had right credentials
	user          atomic.Int64  // the id of the user of the last such request
	known         chan struct{} // closed when it is authenticated
	turn          chan struct{} // see AwaitTurn
	running       atomic.Int32  // requests with right credentials in the handler
	reading       atomic.Int32  // requests that wait for more of their bodies
	used          atomic.Int64  // when the last of those ended, a time.Duration

	// Under the mutex of the listener:
	preAuth int  // requests in flight before authentication; 0 once it is authenticated or closed
	refused bool // a request on it had no right credentials
}

// Limit returns the listener with a cap on open connections.
func Limit(listener net.Listener, limit int, clock func() time.Time) *Listener {
	return &Listener{Listener: listener, limit: limit, maxExtra: MaxExtraRequests, clock: clock, opened: clock(),
		turns: make(chan struct{}, runtime.GOMAXPROCS(0)), done: make(chan struct{}), open: map[*connection]struct{}{}}
}

func (c *Listener) newConnection(conn net.Conn) *connection {
	return &connection{Conn: conn, of: c, known: make(chan struct{}), turn: make(chan struct{}, 1)}
}

// elapsed is the time since the listener was opened.
func (c *Listener) elapsed() time.Duration { return c.clock().Sub(c.opened) }

// Limits returns how many connections there may be, from clients and to other services: MaxConnections each, or what the
// process's limit of open files leaves room for.
func Limits() (clients, services int) {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return MaxConnections, MaxConnections
	}
	return shareDescriptors(files.Cur)
}

// shareDescriptors gives clients and services the same: each request at a service has a client.
func shareDescriptors(files uint64) (clients, services int) {
	if files >= 2*MaxConnections+spareDescriptors {
		return MaxConnections, MaxConnections
	}
	each := max((int(files)-spareDescriptors)/2, 1)
	return each, each
}

// Accept waits for the next connection and makes room for it.
func (c *Listener) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	fresh := c.newConnection(conn)
	if c.admit(fresh) {
		return fresh, nil
	}
	pause := time.NewTicker(admitPause)
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

// admit lets a new connection in if there is room, or if one can be closed for it.
func (c *Listener) admit(fresh *connection) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	now := c.elapsed()
	if len(c.open) >= c.limit {
		candidate := c.evictionCandidate()
		quiet := candidate != nil && now-candidate.quietSince() >= QuietTime
		if !quiet || candidate.authenticated.Load() {
			if over := c.overShareCandidate(now); over != nil {
				candidate, quiet = over, true
			}
		}
		if !quiet {
			return false
		}
		c.evict(candidate)
	}
	fresh.accepted = now
	c.open[fresh] = struct{}{}
	return true
}

// Count is how many connections are open.
func (c *Listener) Count() int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return len(c.open)
}

// CloseUnused closes the connections that never had a request, which a graceful stop would otherwise wait for.
func (c *Listener) CloseUnused() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for conn := range c.open {
		if !conn.asked.Load() {
			_ = conn.Conn.Close()
		}
	}
}

// Close stops accepting.
func (c *Listener) Close() error {
	c.close.Do(func() { close(c.done) })
	return c.Listener.Close()
}

// Close closes the connection and frees its place.
func (c *connection) Close() error {
	c.of.mutex.Lock()
	c.of.forget(c)
	delete(c.of.open, c)
	c.of.mutex.Unlock()
	return c.Conn.Close()
}
