package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"latchkey/cmd/serve/api/call"
	"latchkey/db"
	"latchkey/db/model"
	"latchkey/db/snapshot"
)

// A request is decided on when its head has come. Its body may come seconds later, and it may wait for its turn: what it then
// does must be allowed at that time (H11).

var errChanged = &call.Error{
	Status:  http.StatusServiceUnavailable,
	Message: "the resource was changed while the request was under way: try again",
	Header:  map[string]string{"Retry-After": "1"},
}

// decideAgain decides on a request again; see [call.Call.DecideAgain].
func (s *server) decideAgain(ctx context.Context, c *call.Call) error {
	user, err := s.authenticateAgain(ctx, c)
	if err != nil {
		return err
	}
	route, err := call.FindRoute(user.Catalogue, c.Request.Method, c.Request.Host, c.Request.URL)
	if c.Anonymous && (err != nil || !route.Request.Anyone) {
		return errNoCredentials
	}
	if err != nil {
		return err
	}
	if _, err := call.JudgeOrigin(c.Request.Method, c.Request.Host, c.Request.Header, route.Resource, s.CORS); err != nil {
		return err
	}
	if err := c.AuthorizeAgain(user, route.Request); err != nil {
		return err
	}
	if !c.IsFor(route) {
		return errChanged
	}
	return nil
}

// authenticateAgain finds the user of a request as it is by now, if its token is still accepted.
func (s *server) authenticateAgain(ctx context.Context, c *call.Call) (snapshot.Identity, error) {
	if err := s.checkAvailable(); err != nil {
		return snapshot.Identity{}, err
	}
	if c.Anonymous {
		catalogue, err := s.Users.Catalogue(ctx, db.State{})
		if err != nil {
			err = fmt.Errorf("%w: %w", call.ErrUsers, err)
		}
		return snapshot.Identity{Catalogue: catalogue}, err
	}
	user, err := identify(ctx, s.Users, snapshot.Credentials{ByToken: c.ByToken, Name: c.Identity.Name, Token: c.Token})
	switch {
	case errors.Is(err, model.ErrUnauthenticated):
		return snapshot.Identity{}, err
	case err != nil:
		return snapshot.Identity{}, fmt.Errorf("%w: %w", call.ErrUsers, err)
	case user.UserID != c.Identity.UserID: // another of the same name
		return snapshot.Identity{}, model.ErrUnauthenticated
	}
	return user, nil
}

// authorizeOriginal answers a proxy's question. If it has a body, the answer is sent after that, and is for what is saved then:
// who can delay the body must not get an older one.
func (s *server) authorizeOriginal(c *call.Call) (response call.Response, err error) {
	defer func() {
		if c.Anonymous && err != nil { // with credentials it may be allowed
			err = errNoCredentials
		}
	}()
	if c.Request.ContentLength != 0 {
		if c.SkipBody() != nil {
			return call.Response{}, call.Forbidden("a question needs no body, and this one's could not be read")
		}
		if c.Identity, err = s.authenticateAgain(c.Request.Context(), c); err != nil {
			return call.Response{}, err
		}
	}
	return s.upstream.AuthorizeOriginal(c)
}
