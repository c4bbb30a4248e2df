package api

import (
	"fmt"
	"net/http"
	"time"

	"latchkey/cmd/serve/api/call"
	"latchkey/cmd/serve/api/upstream"
	"latchkey/db"
	"latchkey/perms"
)

// admitAnyone admits a request without credentials that is open to anyone. One with an Authorization field is judged by that,
// however wrong it is. A proxy's question is admitted where anything is open, as what it is about is not read yet.
func (s *server) admitAnyone(c *call.Call) (admitted bool, err error) {
	if c.Request.Header["Authorization"] != nil {
		return false, nil
	}
	catalogue, err := s.catalogue(c)
	if err != nil || !catalogue.OpensToAnyone() {
		return false, err
	}
	if c.Request.URL.Path != upstream.AuthorizePath {
		route, err := call.FindRoute(catalogue, c.Request.Method, c.Request.Host, c.Request.URL)
		if err != nil || !route.Request.Anyone || !call.IsHost(c.Request.Host) {
			return false, nil //nolint:nilerr // an unknown path is a 401 without credentials
		}
	}
	c.Anonymous, c.Identity.Catalogue = true, catalogue
	s.giveTurn(c)
	return true, nil
}

// catalogue is what is served, proved fresh, for a client that is not authenticated.
func (s *server) catalogue(c *call.Call) (*perms.Catalogue, error) {
	if err := s.checkAvailable(); err != nil {
		return nil, err
	}
	s.awaitTurn(c)
	catalogue, err := s.Users.Catalogue(c.Request.Context(), db.State{})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", call.ErrUsers, err)
	}
	return catalogue, nil
}

// limitStranger is the error of a request without credentials that has to wait so long.
func limitStranger(wait time.Duration) error {
	if wait == 0 {
		return nil
	}
	return &call.Error{
		Status:  http.StatusTooManyRequests,
		Message: "too many requests without credentials came from this address: try again later",
		Header:  map[string]string{"Retry-After": wholeSeconds(wait), "X-Retry-After": wholeSeconds(wait)},
	}
}
