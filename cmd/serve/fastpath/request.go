package fastpath

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// request is what a handler gets. It is used again for the next request of the connection, unless something may still know
// it that outlives the handler: see [requestContext.end].
type request struct {
	http    *http.Request
	context *requestContext
	url     url.URL
	fields  http.Header
	values  [maxFields]string // of the fields
}

func newRequest(c *conn) *request {
	r := &request{context: &requestContext{conn: c}, fields: make(http.Header, 8)}
	empty := &http.Request{Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: http.NoBody, RemoteAddr: c.remote}
	r.http = empty.WithContext(r.context)
	return r
}

// requestContext is the context of a request. It ends with the request, or when the client goes away; that costs nothing where
// nobody waits for it. It is safe for concurrent use.
type requestContext struct {
	conn *conn

	mutex   sync.Mutex
	inner   context.Context // nil: nobody waits
	cancel  context.CancelFunc
	over    bool
	watched chan struct{} // closed when the connection is no longer watched; nil: it never was
}

// Deadline is that there is none.
func (*requestContext) Deadline() (time.Time, bool) { return time.Time{}, false }

// Done begins to watch the connection.
func (c *requestContext) Done() <-chan struct{} {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.inner == nil {
		c.inner, c.cancel = context.WithCancel(c.conn.base)
		if c.over {
			c.cancel()
		} else {
			c.watched = make(chan struct{})
			_ = c.conn.SetReadDeadline(time.Time{}) // that of the head is no end of the client; an error comes again when it is read
			go c.watch()
		}
	}
	return c.inner.Done()
}

// Err is nil until the request is over, or the client has gone while somebody waited for that.
func (c *requestContext) Err() error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	switch {
	case c.inner != nil:
		return c.inner.Err()
	case c.over:
		return context.Canceled
	}
	return nil
}

// Value is that of the connection's context.
func (c *requestContext) Value(key any) any {
	c.mutex.Lock()
	inner := c.inner
	c.mutex.Unlock()
	if inner != nil { // contexts that are made from this one find their parent so
		return inner.Value(key)
	}
	return c.conn.base.Value(key)
}

// watch reads what comes after the request: nothing, the next one, or the end.
func (c *requestContext) watch() {
	defer close(c.watched)
	if c.conn.end == len(c.conn.in) {
		return
	}
	n, err := c.conn.Read(c.conn.in[c.conn.end:])
	c.conn.end += n
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if err != nil && !c.over {
		c.conn.failed = err
		c.cancel()
	}
}

var past = time.Unix(1, 0)

// end ends the request. It tells whether somebody has waited for the end: contexts made from this one, and the request with
// them, may then be known elsewhere.
func (c *requestContext) end() (waited bool) {
	c.mutex.Lock()
	c.over = true
	inner, cancel, watched := c.inner, c.cancel, c.watched
	c.mutex.Unlock()
	if inner == nil {
		return false
	}
	if watched != nil {
		_ = c.conn.SetReadDeadline(past) // an error: it is closed, and nothing is read any more
		<-watched
		c.conn.readLimit = time.Time{}
	}
	cancel()
	return true
}
