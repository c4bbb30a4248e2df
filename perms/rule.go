package perms

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"latchkey/perms/verifiedtime"
)

// Effect is what a rule does with the permissions that it names.
type Effect string

// The two effects. Any other value, which only a damaged rule can have, never allows and counts as Deny.
const (
	Allow Effect = "allow"
	Deny  Effect = "deny"
)

// UnmarshalText accepts "allow" and "deny"; anything else is [ErrMalformed].
func (e *Effect) UnmarshalText(text []byte) error {
	read := Effect(text)
	if read != Allow && read != Deny {
		return fmt.Errorf("%w effect %.80q: write allow or deny", ErrMalformed, text)
	}
	*e = read
	return nil
}

// Rule allows or denies the permissions of a pattern. It is in force before Until: UTC, whole seconds; zero for no end.
//
// Role is the role through which a user has the rule, "" for the user's own. It says where a rule comes from, not what it
// does: it is in neither the text nor the stored form.
type Rule struct {
	Effect  Effect    `json:"effect"`
	Pattern Pattern   `json:"pattern"`
	Until   time.Time `json:"until,omitzero"`
	Role    string    `json:"-"`
}

// Source is "role NAME" for a rule that a user has through a role, and "" for the user's own.
func (r Rule) Source() string {
	if r.Role == "" {
		return ""
	}
	return "role " + r.Role
}

// String reads "allow orders:view" or "deny *:delete until 2026-12-31T00:00:00Z".
func (r Rule) String() string {
	text := string(r.Effect) + " " + r.Pattern.String()
	if !r.Until.IsZero() {
		text += " until " + r.Until.UTC().Format(time.RFC3339)
	}
	return text
}

// InForce reports whether the rule counts now. At Until itself it no longer does. While the time is not known, a rule that
// allows until some moment has ended, and one that denies until then has not (T5).
func (r Rule) InForce(now verifiedtime.Time) bool {
	switch {
	case r.Until.IsZero():
		return true
	case r.Effect == Allow:
		return now.Before(r.Until)
	}
	return now.MaybeBefore(r.Until)
}

// Rules are the rules of one user or one role: at most one per pattern, sorted by the pattern's text. The zero value is
// no rules. Methods leave the receiver alone and return slices of their own, so one value may be shared between goroutines.
type Rules []Rule

// Get finds the rule of exactly this pattern.
func (r Rules) Get(pattern Pattern) (Rule, bool) {
	for _, rule := range r {
		if rule.Pattern == pattern {
			return rule, true
		}
	}
	return Rule{}, false
}

// With returns the rules with others added, each in place of the one for the same pattern if there is any; of several, the
// last one counts. Until is brought to UTC and whole seconds, so that equal rules are equal values.
func (r Rules) With(others ...Rule) Rules {
	added := map[Pattern]Rule{}
	for _, rule := range others {
		rule.Until = rule.Until.UTC().Truncate(time.Second)
		added[rule.Pattern] = rule
	}
	next := slices.DeleteFunc(slices.Clone(r), func(rule Rule) bool {
		_, replaced := added[rule.Pattern]
		return replaced
	})
	next = slices.AppendSeq(next, maps.Values(added))
	slices.SortFunc(next, func(a, b Rule) int { return strings.Compare(a.Pattern.String(), b.Pattern.String()) })
	return next
}

// Ending returns the rules that allow something until a moment which is later than a given one.
func (r Rules) Ending(after time.Time) Rules {
	var ending Rules
	for _, rule := range r {
		if rule.Effect == Allow && rule.Until.After(after) {
			ending = append(ending, rule)
		}
	}
	return ending
}

// Without returns the rules without the one of exactly this pattern; nil if none are left.
func (r Rules) Without(pattern Pattern) Rules {
	var next Rules
	for _, rule := range r {
		if rule.Pattern != pattern {
			next = append(next, rule)
		}
	}
	return next
}
