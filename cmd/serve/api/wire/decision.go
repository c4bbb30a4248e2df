package wire

import (
	"time"

	"latchkey/db"
	"latchkey/db/edits"
	"latchkey/perms"
)

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
func HeldRuleOf(rule perms.Rule) HeldRule { return HeldRule{Rule: RuleOf(rule), Role: rule.Role} }

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
		shapes = append(shapes, NearMiss{Miss: near.Miss, HeldRule: HeldRuleOf(near.Rule)})
	}
	return shapes
}
