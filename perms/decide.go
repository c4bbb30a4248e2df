package perms

import "latchkey/perms/verifiedtime"

// Decision is whether something is allowed, and why.
type Decision struct {
	Allowed bool
	Rule    *Rule // the rule that decided, in the slice that was asked; nil: no rule matched. Not to be written through
}

// Decide reports whether rules give a permission now. A rule counts while it is in force ([Rule.InForce]) and its pattern
// matches. Deny beats allow, however general the deny; no rule means no. A permission with an empty or "*" part is
// given to nobody.
//
// The rule reported is the most specific of those with the deciding effect (exact, then resource:*, then *:action, then
// *:*) and the first of equals. Decide does not allocate and may be called from many goroutines.
func Decide(rules []Rule, permission Permission, now verifiedtime.Time) Decision {
	return Decision{}.And(rules, permission, now)
}

// And is the decision where more rules count than those that it was made by: what [Decide] says of all of them, in this
// order. So a user's own rules and those of each role can be asked where they are, without a copy.
func (d Decision) And(rules []Rule, permission Permission, now verifiedtime.Time) Decision {
	deciding := d.Rule
	for i := range rules {
		rule := &rules[i]
		if !rule.Pattern.Matches(permission) || !rule.InForce(now) {
			continue
		}
		if deciding == nil || rule.outranks(deciding) {
			deciding = rule
		}
	}
	return Decision{Allowed: deciding != nil && deciding.Effect == Allow, Rule: deciding}
}

// Decide reports whether a user with these rules may make the request: always if it is open to any user, else if the
// rules give its permission. A request without permission that is not open to any user is refused to all.
func (r Request) Decide(rules []Rule, now verifiedtime.Time) Decision {
	if r.AnyUser {
		return Decision{Allowed: true}
	}
	return Decide(rules, r.Permission, now)
}

// And is the decision where more rules count than those that it was made by, as [Decision.And].
func (r Request) And(decision Decision, rules []Rule, now verifiedtime.Time) Decision {
	if r.AnyUser {
		return decision
	}
	return decision.And(rules, r.Permission, now)
}

// outranks reports whether the rule decides over the other. What is not Allow denies, so that a damaged effect cannot
// open anything.
func (r *Rule) outranks(other *Rule) bool {
	denies, otherDenies := r.Effect != Allow, other.Effect != Allow
	if denies != otherDenies {
		return denies
	}
	return r.Pattern.specificity() > other.Pattern.specificity()
}
