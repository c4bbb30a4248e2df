package api

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"latchkey/db"
	"latchkey/perms"
	"latchkey/tokens"
)

// authenticate finds out whose request it is. Well-formed credentials cost one look-up and one digest whatever comes
// of it; malformed ones tell the caller only what it sent, and may be refused at once (T3).
func (s *server) authenticate(c *call) error {
	if err := s.checkAvailable(c); err != nil {
		return err
	}
	username, secret, err := parseBasic(c.request.Header)
	if err != nil {
		return err
	}
	presented := tokens.DigestOf(secret)
	s.awaitTurn(c)
	identity, err := s.Users.Authenticate(c.request.Context(), username, presented)
	if errors.Is(err, db.ErrUnauthenticated) {
		return err
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errUsers, err)
	}
	c.identity, c.presented = identity, presented
	if s.Authenticated != nil {
		s.Authenticated(c.request.Context(), identity, presented)
	}
	return nil
}

func (s *server) awaitTurn(c *call) {
	if s.AwaitTurn != nil {
		s.AwaitTurn(c.request.Context())
	}
}

// checkAvailable refuses everybody while nobody's credentials can be checked (H10). Who found that out has logged it.
func (s *server) checkAvailable(c *call) error {
	if s.Available == nil || s.Available() {
		return nil
	}
	c.known = true
	return errUsers
}

// unauthenticated is the answer to every request without right credentials, in each format.
func unauthenticated(realm string) (all [formats]answer) {
	refused := refusal{
		status:  http.StatusUnauthorized,
		message: "valid credentials are required: a username and its API token, by HTTP Basic authentication",
		header:  map[string]string{"WWW-Authenticate": "Basic realm=" + strconv.Quote(realm) + `, charset="UTF-8"`},
	}
	for one := range formats {
		all[one] = refused.answer(one)
	}
	return all
}

// authorize refuses what the user's rules do not allow. The client is told what is missing and which rule stands
// against it: it has proved who it is, and its administrator needs to know.
func (s *server) authorize(c *call) error { return s.authorizeFor(c, c.route.Request) }

func (s *server) authorizeFor(c *call, request perms.Request) error {
	decision := c.identity.Decide(request, s.Clock())
	if decision.Allowed {
		return nil
	}
	if request.Permission == (perms.Permission{}) {
		return &refusal{status: http.StatusForbidden, message: "nobody may make this request"}
	}
	refused := &refusal{
		status:  http.StatusForbidden,
		message: fmt.Sprintf("permission %s is required", request.Permission),
		details: map[string]string{"permission": request.Permission.String()},
	}
	if decision.Rule != nil {
		refused.message += fmt.Sprintf("; the rule '%s' denies it", decision.Rule)
		refused.details["denied_by"] = decision.Rule.String()
	}
	return refused
}
