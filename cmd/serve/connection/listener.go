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
	// QuietTime is how long a connection is safe after it was accepted or had a request: time for a handshake and a
	// request from the other side of the world. With it a full cap still lets MaxConnections in each second.
	QuietTime = time.Second
	// shares is into how many parts the cap is divided, of which a user may keep one from others.
	shares = 4
	// crowdedPause is between two tries for room while no connection can be closed.
	crowdedPause = 5 * time.Millisecond
)

// Listener is a listener with a cap on open connections (H5). When the cap is reached a new client does not wait
// for slow ones to time out: the oldest connection on which no user has been proved is closed for it, whatever it is
// doing; where there is none of those, one of the user who has the most, if that is more than a share of them all; else
// the one whose last request is longest ago. A connection with a running request of a user who has no more than a share is
// never closed.
type Listener struct {
	net.Listener
	limit  int
	clock  func() time.Time
	opened time.Time     // what times are counted from: by the monotonic clock, which nobody can set
	turns  chan struct{} // see AwaitTurn
	done   chan struct{}
	close  sync.Once

	mutex sync.Mutex
	open  map[*connection]struct{}
	extra int // requests in flight on connections that have proved no user, without the first one of each
	crowd int // the cap on extra
}

// connection is an accepted connection below TLS.
type connection struct {
	net.Conn
	of       *Listener
	accepted time.Duration
	begun    bool          // the first byte was read
	asked    atomic.Bool   // it had a request
	last     atomic.Bool   // it is to be closed after the running request
	proven   atomic.Bool   // a request on it had right credentials
	user     atomic.Int64  // the number of who had the last such request
	proved   chan struct{} // closed when it is proven
	turn     chan struct{} // see AwaitTurn
	running  atomic.Int32  // requests with right credentials in the handler
	reading  atomic.Int32  // requests that wait for more of their bodies
	used     atomic.Int64  // when the last of those ended, a time.Duration

	// Under the mutex of the listener:
	unproven int  // requests in flight; 0 once it is proven or closed
	refused  bool // a request on it had no right credentials
}

// Limit makes a Listener of another, with room for so many connections.
func Limit(listener net.Listener, limit int, clock func() time.Time) *Listener {
	return &Listener{Listener: listener, limit: limit, crowd: MaxExtraRequests, clock: clock, opened: clock(),
		turns: make(chan struct{}, runtime.GOMAXPROCS(0)), done: make(chan struct{}), open: map[*connection]struct{}{}}
}

func (c *Listener) newConnection(conn net.Conn) *connection {
	return &connection{Conn: conn, of: c, proved: make(chan struct{}), turn: make(chan struct{}, 1)}
}

// elapsed is the time by which all others are measured.
func (c *Listener) elapsed() time.Duration { return c.clock().Sub(c.opened) }

// Limits are how many connections there may be, from clients and to other services: MaxConnections each, or
// what the process's limit of open files leaves room for.
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

func (c *Listener) admit(fresh *connection) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	now := c.elapsed()
	if len(c.open) >= c.limit {
		least := c.leastWorthy()
		quiet := least != nil && now-least.quietSince() >= QuietTime
		if !quiet || least.proven.Load() {
			if greedy := c.leastOfTheGreedy(now); greedy != nil {
				least, quiet = greedy, true
			}
		}
		if !quiet {
			return false
		}
		c.evict(least)
	}
	fresh.accepted = now
	c.open[fresh] = struct{}{}
	return true
}

// leastWorthy looks at all connections: a scan of thousands costs less than the handshake that follows.
func (c *Listener) leastWorthy() *connection {
	var least *connection
	for conn := range c.open {
		if conn.running.Load() == 0 && (least == nil || conn.lessWorthy(least)) {
			least = conn
		}
	}
	return least
}

// leastOfTheGreedy is a connection of the user who has the most, if that is more than a share: an idle one, else one that
// waits for its client, else the one that has been at it the longest. What has been at work for less than QuietTime is as
// safe as anybody's. So nobody keeps all the room there is by right credentials alone.
func (c *Listener) leastOfTheGreedy(now time.Duration) *connection {
	counts := map[int64]int{}
	var greedy int64
	for conn := range c.open {
		if user := conn.user.Load(); user != 0 {
			if counts[user]++; counts[user] > counts[greedy] {
				greedy = user
			}
		}
	}
	if counts[greedy] <= max(c.limit/shares, 1) {
		return nil
	}
	var least *connection
	for conn := range c.open {
		safe := conn.running.Load() > 0 && now-conn.quietSince() < QuietTime
		if conn.user.Load() == greedy && !safe && (least == nil || conn.lessAtWork(least)) {
			least = conn
		}
	}
	return least
}

func (c *connection) lessAtWork(other *connection) bool {
	if mine, others := c.running.Load() > 0, other.running.Load() > 0; mine != others {
		return others
	}
	if mine, others := c.reading.Load() > 0, other.reading.Load() > 0; mine != others {
		return mine
	}
	return c.quietSince() < other.quietSince()
}

func (c *connection) lessWorthy(other *connection) bool {
	if mine, others := c.proven.Load(), other.proven.Load(); mine != others {
		return others
	}
	return c.quietSince() < other.quietSince()
}

// quietSince is when it was accepted or last had a request with right credentials.
func (c *connection) quietSince() time.Duration { return max(c.accepted, time.Duration(c.used.Load())) }

// evict closes a connection for the sake of others. Its server side ends with a read error.
func (c *Listener) evict(conn *connection) {
	c.forget(conn)
	delete(c.open, conn)
	_ = conn.Conn.Close()
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
