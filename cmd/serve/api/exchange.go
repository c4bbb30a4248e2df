package api

import (
	"bufio"
	"net"
	"net/http"
	"net/netip"
	"time"

	"latchkey/perms"
	"latchkey/tokens"
)

// Exchange is what one request came to, for logs and metrics. What the client only claims is in Request alone.
type Exchange struct {
	Request *http.Request // as sent: anything in it may be a secret that was pasted in the wrong place
	Client  netip.Addr    // whom the request came from; the zero Addr where that is not known
	ID      string        // as in X-Request-Id

	UserID int64         // of the user whose credentials were right; 0: nobody's were
	User   string        // that user's name, or ""
	Token  tokens.Digest // of the token that was right

	Resource string         // the resource's name; "" where the request got no further than authentication, or nowhere
	Endpoint perms.Endpoint // the part of it, or ""
	Method   string         // of the request type: that of GET for HEAD; "" without a resource

	Status int           // that was sent; 0: none was, the connection broke or was cut
	Bytes  int64         // of the body that was handed on; those of an upgraded connection are not counted
	Began  time.Time     // when the handler was called
	Took   time.Duration // until it returned
}

// observe tells what a request came to. It runs last, after a panic too.
func (s *server) observe(c *call, began time.Time) {
	bytes := c.sent.bytes
	if c.request.Method == http.MethodHead {
		bytes = 0 // package net/http sends none of it
	}
	s.Observe(&Exchange{
		Request: c.request, Client: s.TrustedProxies.ClientAddress(c.request), ID: c.id,
		UserID: c.identity.UserID, User: c.identity.Name, Token: c.presented,
		Resource: c.route.Resource.Name, Endpoint: c.route.Request.Endpoint, Method: c.route.Request.Method,
		Status: c.sent.status, Bytes: bytes, Began: began, Took: s.Clock().Sub(began),
	})
}

// counted is a ResponseWriter that remembers what was sent through it.
type counted struct {
	http.ResponseWriter
	status int // of the answer; those of 1xx before it do not count
	bytes  int64
}

// WriteHeader sends a status.
func (c *counted) WriteHeader(status int) {
	if c.status == 0 && (status >= http.StatusOK || status == http.StatusSwitchingProtocols) {
		c.status = status
	}
	c.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the body.
func (c *counted) Write(part []byte) (int, error) {
	if c.status == 0 {
		c.status = http.StatusOK
	}
	n, err := c.ResponseWriter.Write(part)
	c.bytes += int64(n)
	return n, err
}

// Hijack takes the connection over, as an upgraded one is.
func (c *counted) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(c.ResponseWriter).Hijack()
	if err == nil && c.status == 0 {
		c.status = http.StatusSwitchingProtocols
	}
	return conn, buffered, err
}

// Unwrap lets an http.ResponseController find the rest of what the connection can do.
func (c *counted) Unwrap() http.ResponseWriter { return c.ResponseWriter }
