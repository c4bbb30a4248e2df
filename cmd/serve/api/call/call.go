package call

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"latchkey/db/snapshot"
	"latchkey/perms"
	"latchkey/tokens"
)

// Call is one request and what is known of it. The steps of the pipeline fill in its fields, in this order.
type Call struct {
	Request *http.Request
	ID      string // random, for the client and the log
	Writer  CountingWriter
	Left    bool // somebody else begins anew to answer it: see package fastpath

	// Set by authentication.
	Identity snapshot.Identity
	Token    tokens.Digest // of the token that was sent
	ByToken  bool          // it was sent without a username
	// Anonymous: there were no credentials, and the identity is nobody's. Only what is open to anyone is allowed.
	Anonymous bool

	Route  perms.Route // set by routing
	Origin Origin      // whose page may read the response of a service

	// Set after authorization, before anything is read.
	Format    Format     // of the response
	Query     url.Values // the query parameters, all of them known ones
	StartedAt time.Time

	PendingBytes int // what the response counts for among the pending bytes of all

	CountedFor int64 // the user that all of this counts for: as authenticated first, whatever is found out later
	InFlight   int   // 1 while it counts among the requests that are being answered
	Bodied     int   // 1 while it counts among those with a body

	Bodies    *Quota // of bytes of bodies
	bodyBytes int    // what the body counts for there

	// Decide decides again on a request that was allowed. It changes nothing of the call.
	Decide func(context.Context, *Call) error
	needs  []perms.Permission // what else was required
}

// DecideAgain decides on the request again, by what is saved at this moment: the user, the token, the rules and the resource.
// nil: the request is allowed, and is for what it was found to be for. Whatever takes time, such as a body that comes late,
// calls it before it has an effect (H11). It is safe for concurrent use, once nothing is required any more.
func (c *Call) DecideAgain(ctx context.Context) error { return c.Decide(ctx, c) }

// IsFor tells whether a route is to what the request was found to be for.
func (c *Call) IsFor(route perms.Route) bool {
	is, was := route.Resource, c.Route.Resource
	return is.Name == was.Name && is.Parent == was.Parent && is.Backend == was.Backend && is.Upstream == was.Upstream &&
		slices.Equal(is.PassFields, was.PassFields) &&
		route.Request.Endpoint == c.Route.Request.Endpoint && route.Request.Method == c.Route.Request.Method &&
		route.ParentID == c.Route.ParentID && route.ID == c.Route.ID && route.Name == c.Route.Name && route.Rest == c.Route.Rest
}

// Reads tells whether the request only reads.
func (c *Call) Reads() bool {
	return c.Request.Method == http.MethodGet || c.Request.Method == http.MethodHead
}

// FindRoute finds what a request is for: one that was made here, or one that a proxy asks about.
func FindRoute(catalogue *perms.Catalogue, method, host string, at *url.URL) (perms.Route, error) {
	if perms.HidesSlash(at) {
		return perms.Route{}, perms.ErrNoRoute
	}
	return catalogue.Route(method, host, at.Path)
}

// Require is [Authorize] for a permission that the request takes because of its parameters. It is decided again as well.
func (c *Call) Require(permission perms.Permission) error {
	c.needs = append(c.needs, permission)
	return Authorize(c.Identity, perms.Request{Permission: permission})
}

// AuthorizeAgain is [Authorize] for all that the request takes, by the rules that its user has by now.
func (c *Call) AuthorizeAgain(user snapshot.Identity, request perms.Request) error {
	err := Authorize(user, request)
	for _, permission := range c.needs {
		err = cmp.Or(err, Authorize(user, perms.Request{Permission: permission}))
	}
	return err
}

// Authorize decides whether the rules of a user allow a request. The error tells which permission is missing and which
// rule denies it: the client has proved who it is, and its administrator needs to know.
func Authorize(user snapshot.Identity, request perms.Request) error {
	decision := user.Decide(request)
	if decision.Allowed {
		return nil
	}
	if request.Permission == (perms.Permission{}) {
		return Forbidden("nobody may make this request")
	}
	denied := Forbidden(fmt.Sprintf("permission %s is required", request.Permission))
	denied.Details = map[string]string{"permission": request.Permission.String()}
	if decision.Rule != nil {
		denied.Message += fmt.Sprintf("; the rule '%s' denies it", decision.Rule)
		denied.Details["denied_by"] = decision.Rule.String()
	}
	return denied
}
