package api

import (
	"net/http"
	"net/netip"
	"time"

	"latchkey/cmd/serve/api/call"
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
func (s *server) observe(c *call.Call, began time.Time) {
	bytes := c.Writer.Bytes
	if c.Request.Method == http.MethodHead {
		bytes = 0 // package net/http sends none of it
	}
	s.Observe(&Exchange{
		Request: c.Request, Client: s.TrustedProxies.ClientAddress(c.Request), ID: c.ID,
		UserID: c.Identity.UserID, User: c.Identity.Name, Token: c.Token,
		Resource: c.Route.Resource.Name, Endpoint: c.Route.Request.Endpoint, Method: c.Route.Request.Method,
		Status: c.Writer.Status, Bytes: bytes, Began: began, Took: s.Clock().Sub(began),
	})
}
