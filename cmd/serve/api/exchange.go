package api

import (
	"encoding/hex"
	"io"
	"net/http"
	"net/netip"
	"time"

	"latchkey/cmd/serve/api/call"
	"latchkey/perms"
	"latchkey/tokens"
)

// Exchange is a request and what it resulted in, for logs and metrics. Only Request holds what a client can forge.
type Exchange struct {
	Request *http.Request // as sent: anything in it may be a secret in the wrong place
	Client  netip.Addr    // where the request came from; the zero Addr if that is not known
	ID      string        // as in X-Request-Id

	UserID int64         // of the authenticated user; 0: none
	User   string        // the name of that user, or ""
	Token  tokens.Digest // of the valid token

	Resource string         // the name of the resource; "" if the request was not authenticated or has no route
	Endpoint perms.Endpoint // of the resource, or ""
	Method   string         // of the request type: GET for HEAD; "" without a resource

	Status int           // as sent; 0: none was sent, since the connection broke or was cut
	Bytes  int64         // of the body; those of an upgraded connection do not count
	Began  time.Time     // when the handler was called
	Took   time.Duration // until it returned
}

// From says where a request came from: an address, the account at the other end of a Unix socket such as "unix:uid=1000", or
// nothing where that is not known.
func (e *Exchange) From() string {
	switch {
	case e.Client.IsValid():
		return e.Client.String()
	case call.IsByUnixSocket(e.Request):
		return e.Request.RemoteAddr
	}
	return ""
}

// observe calls Observe. It runs last, also after a panic.
func (s *server) observe(c *call.Call, began time.Time) {
	if c.Left { // it is observed when it is answered
		return
	}
	bytes := c.Writer.Bytes
	if c.Request.Method == http.MethodHead {
		bytes = 0 // package net/http does not send the body
	}
	s.Observe(&Exchange{
		Request: c.Request, Client: s.TrustedProxies.ClientAddress(c.Request), ID: c.ID,
		UserID: c.Identity.UserID, User: c.Identity.Name, Token: c.Token,
		Resource: c.Route.Resource.Name, Endpoint: c.Route.Request.Endpoint, Method: c.Route.Request.Method,
		Status: c.Writer.Status, Bytes: bytes, Began: began, Took: s.Clock().Sub(began),
	})
}

// requestID is 128 random bits. Nothing depends on its secrecy, so a request does not fail if there is no randomness.
func (s *server) requestID() string {
	var id [16]byte
	if _, err := io.ReadFull(s.Random, id[:]); err != nil {
		return "unknown"
	}
	return hex.EncodeToString(id[:])
}
