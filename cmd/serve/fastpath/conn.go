package fastpath

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"
)

// tolerance is how much too early a time limit may come, so that it need not be set for each request.
const tolerance = time.Second

// What a connection does.
const (
	waits   = iota // for a request
	answers        // one
	closes         // as the server stops
)

// conn is a connection. It is used by one goroutine, and by the watcher of a request while its handler runs.
type conn struct {
	net.Conn
	server *Server
	base   context.Context // what the contexts of requests are made from
	remote string
	state  atomic.Int32

	in         [maxHead]byte
	begin, end int // of what was read and not taken yet

	request  *request
	response response
	last     bool  // it ends after this response
	failed   error // it cannot be used any more

	now                   time.Time // read once for each response, and before the first request
	readLimit, writeLimit time.Time // as set
}

func (s *Server) newConn(base context.Context, from net.Conn) *conn {
	c := &conn{Conn: from, server: s, base: base, remote: from.RemoteAddr().String()}
	c.response = response{conn: c, header: make(http.Header, 8), out: make([]byte, 0, 1<<10)}
	c.request = newRequest(c)
	return c
}

// serve answers requests until one is for net/http (true), or there are no more.
func (c *conn) serve() (goesOn bool) {
	limit := c.server.FirstLimit
	c.now = c.server.Clock()
	for {
		head := headOf(c.in[c.begin:c.end])
		switch {
		case head != nil && c.request.parse(head) && c.respond():
			c.begin += len(head)
			if c.failed != nil || c.last {
				return false
			}
		case c.begin < c.end:
			return true
		default:
			if !c.wait(limit) {
				return false
			}
			limit = c.server.IdleLimit
		}
	}
}

// rest is what was read and not answered.
func (c *conn) rest() []byte { return slices.Clone(c.in[c.begin:c.end]) }

// wait reads until something has come; false: nothing will.
func (c *conn) wait(limit time.Duration) bool {
	c.begin, c.end = 0, 0
	c.limitRead(limit)
	c.state.Store(waits)
	if c.server.stopping.Load() {
		return false
	}
	n, err := c.Read(c.in[:])
	c.end = n
	return c.state.CompareAndSwap(waits, answers) && err == nil
}

// respond has the handler answer the request; false: it has left it to net/http.
func (c *conn) respond() bool {
	c.response.reset()
	c.handle()
	if waited := c.request.context.end(); waited {
		c.request = newRequest(c)
		c.response.header = make(http.Header, 8)
	} else {
		c.request.context.over = false
	}
	if c.response.left {
		return false
	}
	if c.failed == nil {
		c.response.finish()
	}
	return true
}

// handle calls the handler. After a panic the connection is closed and, but for the one that is meant to do that, it is logged,
// as net/http does.
func (c *conn) handle() {
	defer func() {
		cause := recover()
		if cause == nil {
			return
		}
		c.failed = errPanic
		if cause != http.ErrAbortHandler { //nolint:errorlint,err113 // as net/http compares
			c.server.Log.Debug(fmt.Sprintf("http: panic serving %v: %v\n%s", c.remote, cause, debug.Stack()))
		}
	}()
	c.server.Handler.ServeHTTP(&c.response, c.request.http)
}

var errPanic = errors.New("the handler panicked")

func (c *conn) limitRead(limit time.Duration) {
	ends := c.now.Add(limit)
	if c.readLimit.IsZero() || ends.Before(c.readLimit) || ends.Sub(c.readLimit) >= tolerance {
		_ = c.SetReadDeadline(ends) // an error comes again when it is read
		c.readLimit = ends
	}
}

func (c *conn) limitWrite() {
	ends := c.now.Add(c.server.WriteLimit)
	if c.writeLimit.IsZero() || ends.Sub(c.writeLimit) >= tolerance {
		_ = c.SetWriteDeadline(ends)
		c.writeLimit = ends
	}
}
