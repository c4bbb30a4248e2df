package perms

import (
	"slices"
	"time"

	"latchkey/perms/verifiedtime"
)

// Explanation is a decision with what a person asks next: until when, and what was in the way.
type Explanation struct {
	Decision
	ChangesAt  time.Time  // when the decision changes by itself, as rules end; zero: never
	Overruled  []Rule     // the allow rules that the deciding deny beats
	NearMisses []NearMiss // where no allow rule applies: those that nearly do, the nearest kind first
}

// NearMiss is an allow rule that does not give a permission, for one reason alone.
type NearMiss struct {
	Rule Rule
	Miss Miss
}

// Miss is what keeps a rule from giving a permission.
type Miss string

// The misses, the nearest first.
const (
	Ended         Miss = "ended"          // it names the permission, but is no longer in force
	OtherAction   Miss = "other_action"   // it is for another action on the resource
	OtherResource Miss = "other_resource" // it is for the action on another resource
)

// misses orders near misses.
var misses = []Miss{Ended, OtherAction, OtherResource}

// Explain is [Decide] with its circumstances.
func Explain(rules []Rule, permission Permission, now verifiedtime.Time) Explanation {
	explained := Explanation{Decision: Decide(rules, permission, now), ChangesAt: ChangesAt(rules, permission, now)}
	if explained.Allowed {
		return explained
	}
	for _, rule := range rules {
		if rule.Effect != Allow {
			continue
		}
		miss, near := rule.miss(permission, now)
		switch {
		case near:
			explained.NearMisses = append(explained.NearMisses, NearMiss{rule, miss})
		case rule.Pattern.Matches(permission):
			explained.Overruled = append(explained.Overruled, rule)
		}
	}
	if len(explained.Overruled) > 0 {
		explained.NearMisses = nil
	}
	slices.SortStableFunc(explained.NearMisses, func(a, b NearMiss) int {
		return slices.Index(misses, a.Miss) - slices.Index(misses, b.Miss)
	})
	return explained
}

// Explain is [Request.Decide] with its circumstances.
func (r Request) Explain(rules []Rule, now verifiedtime.Time) Explanation {
	if r.AnyUser {
		return Explanation{Decision: r.Decide(rules, now)}
	}
	return Explain(rules, r.Permission, now)
}

// miss reports why a rule does not name a permission now, if it comes near.
func (r Rule) miss(permission Permission, now verifiedtime.Time) (miss Miss, near bool) {
	resource := matchesPart(r.Pattern.Resource, permission.Resource)
	action := matchesPart(r.Pattern.Action, permission.Action)
	inForce := r.InForce(now)
	switch {
	case resource && action:
		return Ended, !inForce
	case resource:
		return OtherAction, inForce
	case action:
		return OtherResource, inForce
	}
	return "", false
}

// ChangesAt reports when the result of [Decide] changes by itself, as rules end: from yes to no, or from no to yes when a
// deny ends before the allow that it overrules. Zero: never, or the time is not known.
func ChangesAt(rules []Rule, permission Permission, now verifiedtime.Time) time.Time {
	var found ends
	for _, rule := range rules {
		if rule.Pattern.Matches(permission) && rule.InForce(now) {
			found = found.latest(rule.ends(now))
		}
	}
	switch {
	case found.may(now.At()) && found.allow.Before(endless):
		return found.allow
	case found.denied(now.At()) && found.deny.Before(found.allow):
		return found.deny
	}
	return time.Time{}
}

// ends are those of what a rule says that is in force. While the time is not known it is not known when it ends. A damaged
// effect denies, as it does in [Decide].
func (r Rule) ends(now verifiedtime.Time) ends {
	until := r.Until
	if until.IsZero() || now.Behind() {
		until = endless
	}
	if r.Effect == Allow {
		return ends{allow: until}
	}
	return ends{deny: until}
}
