package api

import (
	"errors"
	"net/http"

	"latchkey/cmd/serve/api/call"
)

// Requests that are being answered, of users; those that are passed on to other services have a limit of their own. Each takes
// some 50 KiB besides what is counted as bytes.
const (
	maxInFlight        = 4096
	maxInFlightPerUser = 256
	maxBodiedPerUser   = 224 // of those, with a body: none that never ends can keep a user from replacing a token
)

var (
	errInFlightOfUser = &call.Error{
		Status:  http.StatusTooManyRequests,
		Message: "this user has too many requests that are not answered yet: end some of them first",
		Header:  map[string]string{"Retry-After": "1"},
		NoLog:   true, // the client has caused it
	}
	errInFlight = &call.Error{
		Status:  http.StatusServiceUnavailable,
		Message: "the server has too many requests to answer at the same time: try again",
		Header:  map[string]string{"Retry-After": "1"},
		NoLog:   true, // clients have caused it
	}
)

// enter counts a request from when its user is known.
func (s *server) enter(c *call.Call) error {
	c.CountedFor = c.Identity.UserID
	bodied := 0
	if c.Request.ContentLength != 0 {
		bodied = 1
	}
	err := s.bodied.Resize(c.CountedFor, 0, bodied, false)
	if err == nil {
		c.Bodied = bodied
		err = s.inFlight.Resize(c.CountedFor, 0, 1, false)
	}
	switch {
	case errors.Is(err, call.ErrUserQuota):
		return errInFlightOfUser
	case err != nil:
		return errInFlight
	}
	c.InFlight = 1
	return nil
}

// leave counts a request no longer.
func (s *server) leave(c *call.Call) {
	_ = s.inFlight.Resize(c.CountedFor, c.InFlight, 0, true) // it never fails to get smaller
	_ = s.bodied.Resize(c.CountedFor, c.Bodied, 0, true)
	c.InFlight, c.Bodied = 0, 0
}
