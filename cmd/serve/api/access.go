package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"latchkey/cmd/serve/api/call"
	"latchkey/db"
	"latchkey/db/model"
	"latchkey/db/snapshot"
)

// authenticate finds the user of a request. Well-formed credentials cost one look-up and one digest, valid or not. Malformed
// ones may fail earlier: that tells the client nothing that it does not know (T3).
func (s *server) authenticate(c *call.Call) error {
	if err := s.checkAvailable(); err != nil {
		return err
	}
	if err := s.sites.announce(c); err != nil {
		return err
	}
	if admitted, err := s.admitAnyone(c); admitted || err != nil {
		return err
	}
	shown, err := parseCredentials(c.Request.Header)
	if err != nil {
		return err
	}
	s.awaitTurn(c)
	identity, err := identify(c.Request.Context(), s.Users, shown)
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

// identify finds the user of credentials.
func identify(ctx context.Context, users *db.DB, shown snapshot.Credentials) (snapshot.Identity, error) {
	if shown.ByToken {
		return users.AuthenticateToken(ctx, shown.Token)
	}
	return users.Authenticate(ctx, shown.Name, shown.Token)
}

func (s *server) awaitTurn(c *call.Call) {
	if s.AwaitTurn != nil {
		s.AwaitTurn(c.Request.Context())
	}
}

// giveTurn is for a request without valid credentials: with them the turn was given when they were found to be.
func (config *Config) giveTurn(c *call.Call) {
	if config.GiveTurn != nil && c.Identity.UserID == 0 {
		config.GiveTurn(c.Request.Context())
	}
}

// checkAvailable returns an error while credentials cannot be checked (H10). Whoever found that out has logged it.
func (s *server) checkAvailable() error {
	if s.Available == nil || s.Available() {
		return nil
	}
	return unlogged(call.ErrUsers)
}

// route finds what a request is for, and whose page has made it. Pages of sites that may not learn nothing else.
func (s *server) route(c *call.Call) (err error) {
	if call.IsHost(c.Request.Host) {
		c.Route, err = call.FindRoute(c.Identity.Catalogue, c.Request.Method, c.Request.Host, c.Request.URL)
	} else {
		err = call.BadRequest("the Host field of the request is not a valid host")
	}
	var foreign error
	c.Origin, foreign = call.JudgeOrigin(c.Request.Method, c.Request.Host, c.Request.Header, c.Route.Resource, s.CORS)
	c.Origin.Set(c.Writer.Header())
	return cmp.Or(foreign, err)
}
