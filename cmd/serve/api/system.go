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

// ready responds to the probe that asks whether requests can be served, and will be for a while. Anybody can send it at any
// rate, so its failures are not logged.
func (s *server) ready(c *call.Call) (call.Response, error) {
	if err := s.checkReady(c); err != nil {
		return call.Response{}, unlogged(err)
	}
	return alive(c)
}

// checkReady asks both databases.
func (s *server) checkReady(c *call.Call) error {
	if s.Stopping != nil && s.Stopping() {
		return &call.Error{Status: http.StatusServiceUnavailable, Message: "the server is stopping", Header: map[string]string{"Retry-After": "1"}}
	}
	if err := s.checkAvailable(); err != nil {
		return err
	}
	s.awaitTurn(c)
	ctx := c.Request.Context()
	if err := s.Users.Check(ctx); err != nil {
		return fmt.Errorf("%w: %w", call.ErrUsers, err)
	}
	if err := s.Data.Check(ctx); err != nil {
		return call.DocumentsError(err)
	}
	return nil
}
