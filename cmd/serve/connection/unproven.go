package connection

import (
	"context"
	"io"
	"net"
	"net/http"
	"time"
)

const (
	// MaxExtraRequests is how many requests may be in flight on connections that have proved no user, besides one on
	// each: about 30 KiB each, with a header as large as it may be.
	MaxExtraRequests = 2048
	// RefusalTimeout is how long a client without right credentials may take to take its answer.
	RefusalTimeout = 2 * time.Second
)

type (
	connectionKey struct{}
	ongoingKey    struct{}
)

// ongoing is one request and its answer. Only the handler's goroutine touches it.
type ongoing struct {
	on     *connection
	proven bool // the request had right credentials
	turn   bool // it has one of the turns, and its connection's
}

// Remember is an http.Server's ConnContext: it lets requests find their connection.
func Remember(ctx context.Context, conn net.Conn) context.Context {
	if secured, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = secured.NetConn()
	}
	return context.WithValue(ctx, connectionKey{}, conn)
}

// Mark notes at its connection that a request runs. What the request proves is told by [Prove], and by nothing else: no
// property of an answer says that somebody was authenticated.
func (c *Listener) Mark(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, ok := r.Context().Value(connectionKey{}).(*connection)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		running := &ongoing{on: conn}
		c.begin(conn)
		defer c.end(running)
		if conn.last.Load() {
			w.Header().Set("Connection", "close")
		}
		marked := r.WithContext(context.WithValue(r.Context(), ongoingKey{}, running))
		if r.Body != http.NoBody {
			marked.Body = &awaitedBody{r.Body, conn}
		}
		next.ServeHTTP(w, marked)
		running.giveTurn()
		if !running.proven {
			c.refuse(conn, w, r)
		}
	})
}

// awaitedBody notes at its connection that a request waits for more of its body.
type awaitedBody struct {
	io.ReadCloser
	of *connection
}

func (b *awaitedBody) Read(into []byte) (int, error) {
	b.of.reading.Add(1)
	defer b.of.reading.Add(-1)
	return b.ReadCloser.Read(into)
}

// Prove is told of a request whose credentials were right, while it runs, by its context, and of the number of its user.
func Prove(ctx context.Context, user int64) {
	running, ok := ctx.Value(ongoingKey{}).(*ongoing)
	if !ok || running.proven {
		return
	}
	running.proven = true
	conn := running.on
	conn.user.Store(user)
	conn.running.Add(1)
	if !conn.proven.Swap(true) {
		close(conn.proved) // before the turn is given on: none of this connection's requests needs it any more
		conn.of.mutex.Lock()
		conn.of.forget(conn)
		conn.of.mutex.Unlock()
	}
	running.giveTurn()
}

// AwaitTurn is told of a request that is about to ask a database for the sake of somebody unknown, by its context. It
// lets users go ahead of strangers: these ask few at a time, and one for each connection, so that a new user waits
// behind as many as there are connections, not requests.
func AwaitTurn(ctx context.Context) {
	running, ok := ctx.Value(ongoingKey{}).(*ongoing)
	if !ok || running.turn || running.on.proven.Load() {
		return
	}
	conn := running.on
	select {
	case <-conn.proved:
		return
	case <-ctx.Done():
		return
	case conn.turn <- struct{}{}:
	}
	select {
	case conn.of.turns <- struct{}{}:
		running.turn = true
		return
	case <-conn.proved:
	case <-ctx.Done():
	}
	<-conn.turn
}

func (o *ongoing) giveTurn() {
	if o.turn {
		o.turn = false
		<-o.on.of.turns
		<-o.on.turn
	}
}

// begin counts a request on a connection that has proved no user. There is no waiting for room, which a flood would
// take from everybody: the connection that has the most in flight makes room by being closed. One that has a single
// request in flight never does, nor, while there are others, one on which nothing was refused.
func (c *Listener) begin(conn *connection) {
	conn.asked.Store(true)
	if conn.proven.Load() {
		return
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if _, open := c.open[conn]; !open || conn.proven.Load() {
		return
	}
	if conn.unproven++; conn.unproven == 1 {
		return
	}
	if c.extra++; c.extra > c.crowd {
		c.evict(c.mostCrowded())
	}
}

// mostCrowded looks at all connections. There is one with several requests in flight.
func (c *Listener) mostCrowded() *connection {
	var most *connection
	for conn := range c.open {
		if conn.unproven > 1 && (most == nil || conn.moreCrowded(most)) {
			most = conn
		}
	}
	return most
}

func (c *connection) moreCrowded(other *connection) bool {
	switch {
	case c.refused != other.refused:
		return c.refused
	case c.unproven != other.unproven:
		return c.unproven > other.unproven
	}
	return c.accepted < other.accepted
}

// forget takes a connection's requests out of the count. None of them is counted again: it is proven or closed.
func (c *Listener) forget(conn *connection) {
	c.extra -= max(conn.unproven-1, 0)
	conn.unproven = 0
}

func (c *Listener) end(running *ongoing) {
	running.giveTurn() // here too: the handler may have panicked
	conn := running.on
	if running.proven {
		conn.used.Store(int64(c.elapsed()))
		conn.running.Add(-1)
	}
	if conn.proven.Load() {
		return
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if conn.unproven > 1 {
		c.extra--
	}
	conn.unproven = max(conn.unproven-1, 0)
}

// refuse sees an answer off that went to nobody we know. By HTTP/2 the client says when it takes it, and until then
// the request would be kept for the whole write timeout. The answer is small: it is still in the buffer. By HTTP/1.1
// it is one for each connection, and the connection can be closed for another's sake.
func (c *Listener) refuse(conn *connection, w http.ResponseWriter, r *http.Request) {
	c.mutex.Lock()
	conn.refused = true
	c.mutex.Unlock()
	if r.ProtoMajor < 2 {
		return
	}
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(c.clock().Add(RefusalTimeout)) // HTTP/2 has it
	_ = control.Flush()                                         // an error is the client's going away
}
