package call

import (
	"fmt"
	"net/http"
	"net/url"
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

	// Set by authentication.
	Identity snapshot.Identity
	Token    tokens.Digest // of the token that was sent

	Route perms.Route // set by routing

	// Set after authorization, before anything is read.
	Format    Format     // of the response
	Query     url.Values // the query parameters, all of them known ones
	StartedAt time.Time

	PendingBytes int // what the response counts for among the pending bytes of all

	CountedFor int64 // the user that all of this counts for: as authenticated first, whatever is found out later
	InFlight   int   // 1 while it counts among the requests that are being answered

	Bodies    *Quota // of bytes of bodies
	bodyBytes int    // what the body counts for there
}

// FindRoute finds what a request is for: one that was made here, or one that a proxy asks about.
func FindRoute(catalogue *perms.Catalogue, method, host string, at *url.URL) (perms.Route, error) {
	if perms.HidesSlash(at) {
		return perms.Route{}, perms.ErrNoRoute
	}
	return catalogue.Route(method, host, at.Path)
}

// Authorize decides whether the rules of the user allow a request. The error tells which permission is missing and which
// rule denies it: the client has proved who it is, and its administrator needs to know.
func (c *Call) Authorize(request perms.Request) error {
	decision := c.Identity.Decide(request)
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
