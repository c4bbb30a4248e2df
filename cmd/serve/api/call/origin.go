package call

import (
	"net/http"
	"slices"
	"strings"

	"latchkey/perms"
)

// Origin is the site whose page has made a browser send a request, as far as it may read the response (Fetch standard).
type Origin struct {
	Name        string // ""; none may
	Credentials bool   // also where the browser has sent the credentials that it keeps
	Varies      bool   // the response depends on the field Origin
}

// The fields of responses that say what pages of other sites may do. Never "*" (H14).
const (
	allowOrigin      = "Access-Control-Allow-Origin"
	allowCredentials = "Access-Control-Allow-Credentials"
	exposeHeaders    = "Access-Control-Expose-Headers"
	// AccessControl begins the names of all of them.
	AccessControl = "Access-Control-"
)

// exposed are the fields of responses that a page may read besides those that it always may.
var exposed = strings.Join([]string{"Allow", "ETag", "Location", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After",
	"WWW-Authenticate", "X-BC-ApiLimit-Remaining", "X-Rate-Limit-Requests-Left", "X-Rate-Limit-Requests-Quota",
	"X-Rate-Limit-Time-Reset-Ms", "X-Rate-Limit-Time-Window-Ms", "X-Request-Id", "X-Retry-After"}, ", ")

// Set makes the header of a response say it, and nothing else about pages of other sites.
func (o Origin) Set(header http.Header) {
	for name := range header {
		if strings.HasPrefix(name, AccessControl) {
			delete(header, name)
		}
	}
	if o.Varies && !slices.Contains(header["Vary"], "Origin") {
		header.Add("Vary", "Origin")
	}
	if o.Name == "" {
		return
	}
	header.Set(allowOrigin, o.Name)
	header.Set(exposeHeaders, exposed)
	if o.Credentials {
		header.Set(allowCredentials, "true")
	}
}

// OriginOf is the field Origin of a request; "": there is none, or not exactly one.
func OriginOf(header http.Header) string {
	if given := header["Origin"]; len(given) == 1 {
		return given[0]
	}
	return ""
}

// JudgeOrigin decides on a request by the site of the page that has made a browser send it. Where a resource allows sites, by
// its own list or by that of everywhere, all others get an error, whatever the method. Otherwise, for latchkey's own
// resources, where there is none, and for WebSockets, it is [CheckSameSite].
func JudgeOrigin(method, host string, header http.Header, resource perms.Resource, everywhere perms.CORS) (Origin, error) {
	isOwn := resource.Backend == "" || resource.Backend == perms.System
	if isOwn || len(resource.CORS.Origins)+len(everywhere.Origins) == 0 {
		return Origin{}, CheckSameSite(method, host, header)
	}
	judged := Origin{Varies: true}
	if len(header["Origin"]) == 0 || isSocket(header) {
		return judged, CheckSameSite(method, host, header)
	}
	name := OriginOf(header)
	for _, cors := range []perms.CORS{resource.CORS, everywhere} {
		if cors.Allows(name) {
			judged.Name, judged.Credentials = name, judged.Credentials || cors.Credentials
		}
	}
	if judged.Name == "" && CheckSameSite(http.MethodPost, host, header) != nil {
		return judged, Forbidden("the site of the page that has made a browser send this is not among those that may use the resource")
	}
	return judged, nil
}
