package api

import (
	"fmt"
	"net/http"
	"strings"

	"latchkey/cmd/serve/api/call"
)

// options tells any user which methods a path has. The documentation says the same.
func (s *server) options(c *call.Call) call.Response {
	allow := strings.Join(c.Identity.Catalogue.Allow(c.Request.Host, c.Request.URL.Path), ", ")
	return call.Response{Status: http.StatusOK, Header: map[string]string{"Allow": allow}}
}

// probe finds the handler of a probe, which needs no credentials; nil: the request is not GET or HEAD of a probe.
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

// alive responds to the probe that asks whether the process runs.
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

// checkReady checks that both databases can be read.
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
