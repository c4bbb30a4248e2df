package api

import (
	"context"
	"net/url"
	"strings"

	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/edits"
	"latchkey/perms"
)

// can answers whether a user may do something, and by which rule: as `latchkey can` does.
func (s *server) can(c *call) (answer, error) {
	user, err := c.name("user")
	if err != nil {
		return answer{}, err
	}
	if user == "" {
		return answer{}, badParameter("user", "is required")
	}
	state, name, err := s.askedState(c)
	if err != nil {
		return answer{}, err
	}
	decided := wire.Decided{State: name, Moment: s.Clock().UTC()}
	err = s.look(c, func(ctx context.Context, users *db.DB) error {
		return users.Holders(ctx, state, func(holders *db.Holders) error {
			if decided.Request, err = c.askedRequest(holders.Catalogue); err != nil {
				return err
			}
			decided.Holder, err = holders.Find(ctx, user)
			decided.Revision = holders.Revision.Number
			if c.query.Has("revision") {
				decided.Moment = holders.Revision.SavedAt
			}
			decided.Explanation = decided.Request.Explain(decided.Holder.Rules, decided.Moment)
			return err
		})
	})
	if err != nil {
		return answer{}, err
	}
	return jsonAnswer(wire.DecisionOf(decided))
}

// askedRequest is what is asked about, in a catalogue: a permission, or a method and a path.
func (c *call) askedRequest(catalogue *perms.Catalogue) (perms.Request, error) {
	permission, method, path := c.query.Get("permission"), c.query.Get("method"), c.query.Get("path")
	switch {
	case permission != "" && method == "" && path == "":
		parsed, err := perms.ParsePermission(permission)
		if err != nil {
			return perms.Request{}, err
		}
		return perms.Request{Permission: parsed}, edits.Known(catalogue, parsed)
	case permission != "" || method == "" || path == "":
		return perms.Request{}, badParameter("permission", "is required, or else method and path")
	}
	at, err := url.ParseRequestURI(path)
	if err != nil {
		return perms.Request{}, badParameter("path", "is no path")
	}
	route, err := routeOf(catalogue, strings.ToUpper(method), at.Host, at)
	if err != nil { // what is asked about is wrong, not this request
		return perms.Request{}, badParameter("path", "with this method: "+err.Error())
	}
	return route.Request, nil
}

// askedState is the state by which is asked, and the word for it.
func (s *server) askedState(c *call) (db.State, string, error) {
	staged, err := c.flag("staged")
	if err != nil {
		return db.State{}, "", err
	}
	switch {
	case c.query.Has("revision") && staged:
		return db.State{}, "", badParameter("revision", "and staged name different states")
	case c.query.Has("revision"):
		number, err := readNumber(c.query, "revision", 0)
		if err == nil {
			err = s.require(c, perms.Permission{Resource: "revisions", Action: "view"})
		}
		return db.AsOf(number), "revision", err
	case staged:
		draft, err := c.draft()
		return db.StagedBy(draft), "staged", err
	}
	return db.State{}, "live", nil
}
