package panel

import (
	"context"
	"net/url"
	"strings"

	"latchkey/cmd/serve/api/call"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/edits"
	"latchkey/perms"
)

// questions answers what users may do.
type questions struct{ *Panel }

// can responds with whether a user may do something, and by which rule, like `latchkey can`.
func (q questions) can(c *call.Call) (call.Response, error) {
	user, err := nameParameter(c, "user")
	if err != nil {
		return call.Response{}, err
	}
	if user == "" {
		return call.Response{}, call.BadParameter("user", "is required")
	}
	state, name, err := q.askedState(c)
	if err != nil {
		return call.Response{}, err
	}
	decided := wire.Decided{State: name}
	err = q.read(c, func(ctx context.Context, users *db.DB) error {
		return users.Holders(ctx, state, func(holders *db.Holders) error {
			if decided.Request, err = askedRequest(c, holders.Catalogue); err != nil {
				return err
			}
			decided.Holder, err = holders.Find(ctx, user)
			decided.Revision = holders.Revision.Number
			decided.Moment = holders.Now.At().UTC()
			decided.Explanation = decided.Request.Explain(decided.Holder.Rules, holders.Now)
			return err
		})
	})
	if err != nil {
		return call.Response{}, err
	}
	return call.JSON(wire.DecisionOf(decided))
}

// askedRequest reads what the question is about: a permission, or a method and a path in a catalogue.
func askedRequest(c *call.Call, catalogue *perms.Catalogue) (perms.Request, error) {
	permission, method, path := c.Query.Get("permission"), c.Query.Get("method"), c.Query.Get("path")
	switch {
	case permission != "" && method == "" && path == "":
		parsed, err := perms.ParsePermission(permission)
		if err != nil {
			return perms.Request{}, err
		}
		return perms.Request{Permission: parsed}, edits.Known(catalogue, parsed)
	case permission != "" || method == "" || path == "":
		return perms.Request{}, call.BadParameter("permission", "is required, or else method and path")
	}
	at, err := url.ParseRequestURI(path)
	if err != nil {
		return perms.Request{}, call.BadParameter("path", "is not a path")
	}
	route, err := call.FindRoute(catalogue, strings.ToUpper(method), at.Host, at)
	if err != nil { // a parameter is wrong, not the path of this request
		return perms.Request{}, call.BadParameter("path", "with this method: "+err.Error())
	}
	return route.Request, nil
}

// askedState reads which state the question is about, and the name of that state.
func (q questions) askedState(c *call.Call) (db.State, string, error) {
	staged, err := boolParameter(c, "staged")
	if err != nil {
		return db.State{}, "", err
	}
	switch {
	case c.Query.Has("revision") && staged:
		return db.State{}, "", call.BadParameter("revision", "and staged name different states")
	case c.Query.Has("revision"):
		number, err := call.ReadNumber(c.Query, "revision", 0)
		if err == nil {
			err = c.Require(perms.Permission{Resource: "revisions", Action: "view"})
		}
		return db.AsOf(number), "revision", err
	case staged:
		draft, err := draftOf(c)
		return db.StagedBy(draft), "staged", err
	}
	return db.State{}, "live", nil
}
