package api

import (
	"fmt"
	"net/http"

	"latchkey/cmd/serve/api/call"
)

// saveLimits count the saves of each user in three budgets of the same size, so that who holds a stolen token and uses up one
// of them does not keep its owner from replacing it. All nil: saves are not limited. It is safe for concurrent use.
type saveLimits struct {
	edits    *rateLimit
	taking   *rateLimit // saves that only take away: DELETE, and the token of another user that is replaced
	ownToken *rateLimit // the own token, replaced or disabled: to use it up takes the newest token each time
}

func newSaveLimits(rate Rate) saveLimits {
	return saveLimits{newRateLimit(rate), newRateLimit(rate), newRateLimit(rate)}
}

// of returns the budgets that a save can count in; it counts in the first with room.
func (l saveLimits) of(c *call.Call) []*rateLimit {
	name, method := c.Route.Resource.Name, c.Route.Request.Method
	revokes := name == "users_token" && (method == http.MethodPost || method == http.MethodDelete)
	switch {
	case name == "token" || revokes && c.Route.Name == c.Identity.Name:
		return []*rateLimit{l.ownToken}
	case revokes || method == http.MethodDelete:
		return []*rateLimit{l.taking}
	case name == "draft_save": // it may only take away
		return []*rateLimit{l.edits, l.taking}
	}
	return []*rateLimit{l.edits}
}

// countSave counts a save of the control panel before it is made: each is a revision, and none is ever removed. undo is for a
// save that made none.
func (s *server) countSave(c *call.Call) (undo func(), err error) {
	if !s.SaveLimit.limits() {
		return func() {}, nil
	}
	user, now, wait := c.CountedFor, s.Clock(), s.SaveLimit.Per
	for _, budget := range s.saves.of(c) {
		remaining, ends := budget.take(user, now)
		if remaining >= 0 {
			return func() { budget.giveBack(user) }, nil
		}
		wait = min(wait, ends.Sub(now))
	}
	return nil, &call.Error{
		Status: http.StatusTooManyRequests,
		Message: fmt.Sprintf("this user may save %d times in %s: stage further edits, and save them together later",
			s.SaveLimit.Events, s.SaveLimit.Per),
		Header: map[string]string{"Retry-After": wholeSeconds(wait)},
		NoLog:  true, // the client has caused it
	}
}
