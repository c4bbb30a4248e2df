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
	challenge := s.unauthenticated.by[format]
	if c.Request.Header.Get("Sec-Fetch-Mode") == "cors" {
		challenge = s.unauthenticated.byScript[format]
	}
	if s.throttle == nil || len(c.Request.Header["Authorization"]) == 0 {
		return challenge
	}
	wait := s.throttle.fail(s.TrustedProxies.ClientAddress(c.Request), s.Clock())
	if wait == 0 {
		return challenge
	}
	failure := call.Error{
		Status:  http.StatusTooManyRequests,
		Message: "too many requests without valid credentials came from this address; those with valid ones are still accepted",
		Header:  map[string]string{"Retry-After": wholeSeconds(wait)},
	}
	return failure.Response(format)
}

// challenges are the responses to every request without valid credentials, in each format. To a script in a browser the
// challenge is Bearer: for Basic the browser would ask whoever looks at the page for a password.
type challenges struct{ by, byScript [call.Formats]call.Response }

func newChallenges(realm string) (all challenges) {
	realm = "realm=" + strconv.Quote(realm)
	basic, bearer := unauthenticated("Basic "+realm+`, charset="UTF-8"`), unauthenticated("Bearer "+realm)
	for one := range call.Formats {
		all.by[one], all.byScript[one] = basic.Response(one), bearer.Response(one)
	}
	return all
}

func unauthenticated(challenge string) *call.Error {
	return &call.Error{
		Status:  http.StatusUnauthorized,
		Message: "valid credentials are required: a username and its API token, by HTTP Basic authentication, or the token as Bearer",
		Header:  map[string]string{"WWW-Authenticate": challenge},
	}
}
