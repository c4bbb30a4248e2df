package api

import (
	"net/http"
	"strconv"

	"latchkey/cmd/serve/api/call"
)

// unauthenticatedResponse is the response to a request without valid credentials: the 401 or, after too many failures of the
// network, a 429, whatever was wrong with the credentials. A request without any always gets the 401 and does not count:
// many clients send their credentials only after a 401.
func (s *server) unauthenticatedResponse(c *call.Call, format call.Format) call.Response {
	if s.throttle == nil || len(c.Request.Header["Authorization"]) == 0 {
		return s.unauthenticated[format]
	}
	wait := s.throttle.fail(s.TrustedProxies.ClientAddress(c.Request), s.Clock())
	if wait == 0 {
		return s.unauthenticated[format]
	}
	failure := call.Error{
		Status:  http.StatusTooManyRequests,
		Message: "too many requests without valid credentials came from this address; those with valid ones are still accepted",
		Header:  map[string]string{"Retry-After": wholeSeconds(wait)},
	}
	return failure.Response(format)
}

// unauthenticated is the response to every request without valid credentials, in each format.
func unauthenticated(realm string) (all [call.Formats]call.Response) {
	failure := call.Error{
		Status:  http.StatusUnauthorized,
		Message: "valid credentials are required: a username and its API token, by HTTP Basic authentication",
		Header:  map[string]string{"WWW-Authenticate": "Basic realm=" + strconv.Quote(realm) + `, charset="UTF-8"`},
	}
	for one := range call.Formats {
		all[one] = failure.Response(one)
	}
	return all
}
