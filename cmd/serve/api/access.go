package api

import (
	"context"
	"errors"
	"fmt"

	"latchkey/cmd/serve/api/call"
	"latchkey/db/model"
	"latchkey/db/snapshot"
)

// authenticate finds the user of a request. Well-formed credentials cost one look-up and one digest, valid or not. Malformed
// ones may fail earlier: that tells the client nothing that it does not know (T3).
func (s *server) authenticate(c *call.Call) error {
	if err := s.checkAvailable(); err != nil {
		return err
	}
	shown, err := parseCredentials(c.Request.Header)
	if err != nil {
		return err
	}
	s.awaitTurn(c)
	identity, err := s.identify(c.Request.Context(), shown)
	if errors.Is(err, model.ErrUnauthenticated) {
		return err
	}
	if err != nil {
		return fmt.Errorf("%w: %w", call.ErrUsers, err)
	}
	c.Identity, c.Token, c.ByToken = identity, shown.Token, shown.ByToken
	if s.Authenticated != nil {
		s.Authenticated(c.Request.Context(), identity, shown.Token)
	}
	return nil
}

func (s *server) identify(ctx context.Context, shown snapshot.Credentials) (snapshot.Identity, error) {
	if shown.ByToken {
		return s.Users.AuthenticateToken(ctx, shown.Token)
	}
	return s.Users.Authenticate(ctx, shown.Name, shown.Token)
}

func (s *server) awaitTurn(c *call.Call) {
	if s.AwaitTurn != nil {
		s.AwaitTurn(c.Request.Context())
	}
}

// checkAvailable returns an error while credentials cannot be checked (H10). Whoever found that out has logged it.
func (s *server) checkAvailable() error {
	if s.Available == nil || s.Available() {
		return nil
	}
	return unlogged(call.ErrUsers)
}

// authorize decides whether the rules of the user allow the request.
func (s *server) authorize(c *call.Call) error {
	return call.Authorize(c.Identity, c.Route.Request)
}
