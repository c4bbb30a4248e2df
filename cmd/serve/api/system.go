package api

import (
	"fmt"
	"net/http"
	"strings"

	"latchkey/cmd/serve/api/call"
)

// options says what the path can do, to any user: it is no more than the documentation says.
func (s *server) options(c *call.Call) call.Response {
	allow := strings.Join(c.Identity.Catalogue.Allow(c.Request.Host, c.Request.URL.Path), ", ")
	return call.Response{Status: http.StatusOK, Header: map[string]string{"Allow": allow}}
}

// probe finds the answer to a request that needs no credentials; nil for all but GET and HEAD of the two probes.
func (s *server) probe(request *http.Request) func(*call.Call) (call.Response, error) {
	if request.Method != http.MethodGet && request.Method != http.MethodHead {
		return nil
	}
	switch request.URL.Path {
	case "/healthz":
		return alive
	case "/readyz":
		return s.ready
	}
	return nil
}

// alive: the process answers.
func alive(*call.Call) (call.Response, error) {
	return call.Response{Status: http.StatusOK, Plain: true, Body: []byte("ok\n")}, nil
}

// ready: both databases answer too, and will for a while. Anybody can ask, as often as they like, so that nothing is logged: who asks has the
// answer.
func (s *server) ready(c *call.Call) (call.Response, error) {
	c.Known = true
	if s.Stopping != nil && s.Stopping() {
		return call.Response{}, &call.Error{Status: http.StatusServiceUnavailable, Message: "the server is stopping", Header: map[string]string{"Retry-After": "1"}}
	}
	if err := s.checkAvailable(c); err != nil {
		return call.Response{}, err
	}
	s.awaitTurn(c)
	ctx := c.Request.Context()
	if err := s.Users.Check(ctx); err != nil {
		return call.Response{}, fmt.Errorf("%w: %w", call.ErrUsers, err)
	}
	if err := s.Data.Check(ctx); err != nil {
		return call.Response{}, call.DocumentsError(err)
	}
	return alive(c)
}
