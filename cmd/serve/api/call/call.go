package call

import (
	"net/http"
	"net/url"
	"time"

	"latchkey/db/snapshot"
	"latchkey/perms"
	"latchkey/tokens"
)

// call is one request on its way through the decisions, and what they have found.
type Call struct {
	Request  *http.Request
	Id       string            // random, for the client and the log
	Identity snapshot.Identity // once authenticated
	Route    perms.Route       // once routed
	Query    url.Values        // of known parameters, once authorized
	Known    bool              // its failure is no news for the log
	Wanted   Format            // of the answer, once authorized
	Holds    int               // bytes that count, see [held]
	Began    time.Time         // once authorized: before anything was read
	Sent     Counted

	Presented tokens.Digest // of the token, once authenticated
}

// routeOf finds what a request asks for, made here or told of.
func RouteOf(catalogue *perms.Catalogue, method, host string, at *url.URL) (perms.Route, error) {
	if perms.HidesSlash(at) {
		return perms.Route{}, perms.ErrNoRoute
	}
	return catalogue.Route(method, host, at.Path)
}
