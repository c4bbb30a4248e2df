package wire

import (
	"time"

	"latchkey/db"
	"latchkey/db/edits"
	"latchkey/perms"
)

// Decision is the answer to whether a user may do something.
type Decision struct {
	Allowed    bool       `json:"allowed"`
	User       string     `json:"user"`
	Permission string     `json:"permission"` // empty: any user with API access may
	Until      *time.Time `json:"until"`      // when the answer changes by itself; null: never

	APIAccess  bool       `json:"api_access"`
	RulesAllow bool       `json:"rules_allow"` // what the rules say, whether or not there is API access
	Rule       *HeldRule  `json:"rule"`        // null: no rule decided
	Overruled  []HeldRule `json:"overruled"`   // the allow rules that the deciding deny beats
	NearMisses []NearMiss `json:"near_misses"` // allow rules that come near, where none applies
	State      string     `json:"state"`       // live, staged or revision
	Revision   int64      `json:"revision"`    // the save that the state is of
	Moment     time.Time  `json:"moment"`      // when rules that end are judged
	Reason     string     `json:"reason"`      // for people
}

// HeldRule is a rule and how the user comes by it.
type HeldRule struct {
	Rule
	Role string `json:"role"` // through which the user has it; empty: the user's own
}

// NearMiss is an allow rule that does not give the permission, and why.
type NearMiss struct {
	Miss perms.Miss `json:"miss"`
	HeldRule
}

// Decided is what a decision was made of.
type Decided struct {
	perms.Explanation // of the rules
	Holder            db.Holder
	Request           perms.Request
	State             string // live, staged or revision
	Revision          int64
	Moment            time.Time
}

// Allowed is the answer: the rules count only for who has API access.
func (d Decided) Allowed() bool { return d.Holder.Enabled && d.Explanation.Allowed }

// ByRules says why the rules allow it or not.
func (d Decided) ByRules() string {
	switch {
	case d.Request.AnyUser:
		return "any user with API access may"
	case d.Rule == nil:
		return "no rule allows it"
	}
	return "rule: " + edits.InWords(*d.Rule)
}

// DecisionOf shows a decision.
func DecisionOf(d Decided) Decision {
	shape := Decision{
		Allowed: d.Allowed(), User: d.Holder.Name, APIAccess: d.Holder.Enabled, RulesAllow: d.Explanation.Allowed,
		Overruled: heldRulesOf(d.Overruled), NearMisses: nearMissesOf(d.NearMisses),
		State: d.State, Revision: d.Revision, Moment: d.Moment.Truncate(time.Second), Reason: d.ByRules(),
	}
	if !d.Request.AnyUser {
		shape.Permission = d.Request.Permission.String()
	}
	if d.Rule != nil {
		rule := HeldRuleOf(*d.Rule)
		shape.Rule = &rule
	}
	if d.Holder.Enabled {
		shape.Until = OrNoTime(d.ChangesAt)
	} else {
		shape.Reason = "API access is off"
	}
	return shape
}

// HeldRuleOf shows a rule and the role that it comes through.
func HeldRuleOf(rule perms.Rule) HeldRule { return HeldRule{RuleOf(rule), rule.Role} }

func heldRulesOf(rules []perms.Rule) []HeldRule {
	shapes := make([]HeldRule, 0, len(rules))
	for _, rule := range rules {
		shapes = append(shapes, HeldRuleOf(rule))
	}
	return shapes
}

func nearMissesOf(misses []perms.NearMiss) []NearMiss {
	shapes := make([]NearMiss, 0, len(misses))
	for _, near := range misses {
		shapes = append(shapes, NearMiss{near.Miss, HeldRuleOf(near.Rule)})
	}
	return shapes
}
