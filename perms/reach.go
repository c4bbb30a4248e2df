package perms

import (
	"time"

	"latchkey/perms/verifiedtime"
)

// ends are the moments until which the rules that match a permission allow it and deny it; zero where no rule does. A
// rule has an end and no beginning, so a permission is held from when the last deny has ended to when the last allow
// ends, and these two moments are all that there is to know.
type ends struct{ allow, deny time.Time }

// endless is the end of a rule without one: later than any time that can be written.
var endless = time.Unix(1<<61, 0)

func (e ends) allowed(at time.Time) bool { return at.Before(e.allow) }
func (e ends) denied(at time.Time) bool  { return at.Before(e.deny) }
func (e ends) may(at time.Time) bool     { return e.allowed(at) && !e.denied(at) }

func (e ends) latest(other ends) ends {
	return ends{latest(e.allow, other.allow), latest(e.deny, other.deny)}
}

// reach is what rules in force at some moment say, by pattern: for any permission, at that moment and later, it gives
// the result of [Decide], in four look-ups however many rules there are.
type reach map[Pattern]ends

func reachOf(rules []Rule, now verifiedtime.Time) reach {
	r := reach{}
	for _, rule := range rules {
		if !rule.InForce(now) {
			continue
		}
		r[rule.Pattern] = r[rule.Pattern].latest(rule.ends(now))
	}
	return r
}

// at gives the ends of one permission. A part "*" stands for a name that no rule has: only patterns with "*" there match.
func (r reach) at(point Permission) ends {
	return r[Pattern(point)].
		latest(r[Pattern{point.Resource, wildcard}]).
		latest(r[Pattern{wildcard, point.Action}]).
		latest(r[Pattern{wildcard, wildcard}])
}
