package connection

import (
	"context"
	"io"
	"net"
	"net/http"
	"time"
)

const (
	// MaxExtraRequests is how many requests may be in flight on connections that have authenticated no user, besides one on
	// each: about 30 KiB each, with a header as large as it may be.
	MaxExtraRequests = 2048
	// RefusalTimeout is how long a client without right credentials may take to receive its response.
	RefusalTimeout = 2 * time.Second
)

type (
	connectionKey struct{}
	ongoingKey    struct{}
)

// ongoing is one request and its response. Only the handler's goroutine touches it.
type ongoing struct {
	on            *connection
	authenticated bool // the request had right credentials
	turn          bool // it has one of the turns, and its connection's
}

// ConnContext is an [http.Server]'s ConnContext: it lets requests find their connection.
func ConnContext(ctx context.Context, conn net.Conn) context.Context {
	if secured, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = secured.NetConn()
	}
	return context.WithValue(ctx, connectionKey{}, conn)
}

// Track counts the running requests of each connection. Whether a request has authenticated a user is known from
// [MarkAuthenticated] alone: no property of a response says so.
func (c *Listener) Track(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, ok := r.Context().Value(connectionKey{}).(*connection)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		running, marked := begun(r, conn)
		c.begin(conn)
		defer c.end(running)
		if conn.last.Load() {
			w.Header().Set("Connection", "close")
		}
		if r.Body != http.NoBody {
			marked.Body = &awaitedBody{r.Body, conn}
		}
		next.ServeHTTP(w, marked)
		running.giveTurn()
		if !running.authenticated {
			c.refuse(conn, w, r)
		}
	})
}

// awaitedBody counts the requests of a connection that wait for more of their body.
type awaitedBody struct {
	io.ReadCloser
	of *connection
}

func (b *awaitedBody) Read(into []byte) (int, error) {
	b.of.reading.Add(1)
	defer b.of.reading.Add(-1)
	return b.ReadCloser.Read(into)
}

// MarkAuthenticated is called while a request runs whose credentials were right, with its context and the id of its user.
func MarkAuthenticated(ctx context.Context, user int64) {
	running, ok := ctx.Value(ongoingKey{}).(*ongoing)
	if !ok || running.authenticated {
		return
	}
	running.authenticated = true
	conn := running.on
	conn.user.Store(user)
	conn.running.Add(1)
	if !conn.authenticated.Swap(true) {
		close(conn.known) // before the turn is given on: none of this connection's requests needs it any more
		conn.of.mutex.Lock()
		conn.of.forget(conn)
		conn.of.mutex.Unlock()
	}
	running.giveTurn()
}

// AwaitTurn is called before a request that is not authenticated yet queries a database, with its context. Such requests
// query few at a time, and one for each connection: so users go first, and a new user waits behind as many requests as
// there are connections, not behind all requests.
func AwaitTurn(ctx context.Context) {
	running, ok := ctx.Value(ongoingKey{}).(*ongoing)
	if !ok || running.turn || running.on.authenticated.Load() {
		return
	}
	conn := running.on
	if running.turn = conn.tryTurn(); running.turn {
		return
	}
	select {
	case <-conn.known:
		return
	case <-ctx.Done():
		return
	case conn.turn <- struct{}{}:
	}
	select {
	case conn.of.turns <- struct{}{}:
		running.turn = true
		return
	case <-conn.known:
	case <-ctx.Done():
	}
	<-conn.turn
}

// GiveTurn is called when such a request queries no more, with its context: what comes then, such as its body, may take as long
// as its client likes.
func GiveTurn(ctx context.Context) {
	if running, ok := ctx.Value(ongoingKey{}).(*ongoing); ok {
		running.giveTurn()
	}
}

// tryTurn takes a turn if there is one. Mostly there is, and nobody has to be watched for going away.
func (c *connection) tryTurn() bool {
	select {
	case c.turn <- struct{}{}:
	default:
		return false
	}
	select {
	case c.of.turns <- struct{}{}:
		return true
	default:
		<-c.turn
		return false
	}
}

func (o *ongoing) giveTurn() {
	if o.turn {
		o.turn = false
		<-o.on.of.turns
		<-o.on.turn
	}
}

// begin counts a request on a connection that has authenticated no user. It does not wait for room, which a flood would take
// from everybody: the connection that has the most in flight is closed. One that has a single request in flight never is,
// nor, while there are others, one on which nothing was refused.
func (c *Listener) begin(conn *connection) {
	conn.asked.Store(true)
	if conn.authenticated.Load() {
		return
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if _, open := c.open[conn]; !open || conn.authenticated.Load() {
		return
	}
	if conn.preAuth++; conn.preAuth == 1 {
		return
	}
	if c.extra++; c.extra > c.maxExtra {
		c.evict(c.mostInFlight())
	}
}

// mostInFlight returns the connection to close first. There is one with several requests in flight.
func (c *Listener) mostInFlight() *connection {
	var most *connection
	for conn := range c.open {
		if conn.preAuth > 1 && (most == nil || conn.moreInFlight(most)) {
			most = conn
		}
	}
	return most
}

func (c *connection) moreInFlight(other *connection) bool {
	switch {
	case c.refused != other.refused:
		return c.refused
	case c.preAuth != other.preAuth:
		return c.preAuth > other.preAuth
	}
	return c.accepted < other.accepted
}

// forget takes a connection's requests out of the count. None of them is counted again: the connection is authenticated or
// closed.
func (c *Listener) forget(conn *connection) {
	c.extra -= max(conn.preAuth-1, 0)
	conn.preAuth = 0
}

func (c *Listener) end(running *ongoing) {
	running.giveTurn() // here too: the handler may have panicked
	conn := running.on
	if running.authenticated {
		conn.used.Store(int64(c.elapsed()))
		conn.running.Add(-1)
	}
	if conn.authenticated.Load() {
		return
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if conn.preAuth > 1 {
		c.extra--
	}
	conn.preAuth = max(conn.preAuth-1, 0)
}

// refuse sends the response of a request that authenticated no user. With HTTP/2 the client decides when it receives it, and
// until then the request would be kept for the whole write timeout. The response is small: it is still in the buffer. With
// HTTP/1.1 there is one for each connection, and the connection can be closed to make room.
func (c *Listener) refuse(conn *connection, w http.ResponseWriter, r *http.Request) {
	c.mutex.Lock()
	conn.refused = true
	c.mutex.Unlock()
	if r.ProtoMajor < 2 {
		return
	}
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(c.clock().Add(RefusalTimeout)) // HTTP/2 has it
	_ = control.Flush()                                         // an error: the client has gone
}
