package local

import (
	"time"

	"latchkey/cmd/panel"
	"latchkey/db"
	"latchkey/db/edits"
	"latchkey/perms"
)

// grounds are what a decision was made of.
type grounds struct {
	perms.Explanation // of the rules
	Holder            db.Holder
	Request           perms.Request
	State             string // live, staged or revision
	Revision          int64
	Moment            time.Time
}

// Allowed is the answer: the rules count only for who has API access.
func (d grounds) Allowed() bool { return d.Holder.Enabled && d.Explanation.Allowed }

// ByRules says why the rules allow it or not.
func (d grounds) ByRules() string {
	switch {
	case d.Request.Anyone:
		return "anyone may, without credentials too"
	case d.Request.AnyUser:
		return "any user with API access may"
	case d.Rule == nil:
		return "no rule allows it"
	}
	return "rule: " + edits.InWords(*d.Rule)
}

// decisionOf shows a decision.
func decisionOf(d grounds) panel.Decision {
	shape := panel.Decision{
		Allowed: d.Allowed(), User: d.Holder.Name, APIAccess: d.Holder.Enabled, RulesAllow: d.Explanation.Allowed,
		Overruled: heldRulesOf(d.Overruled), NearMisses: nearMissesOf(d.NearMisses),
		State: d.State, Revision: d.Revision, Moment: d.Moment.Truncate(time.Second), Reason: d.ByRules(),
	}
	if !d.Request.AnyUser {
		shape.Permission = d.Request.Permission.String()
	}
	if d.Rule != nil {
		rule := heldRuleOf(*d.Rule)
		shape.Rule = &rule
	}
	if d.Holder.Enabled {
		shape.Until = orNoTime(d.ChangesAt)
	} else {
		shape.Reason = whyOff(d.Holder)
	}
	return shape
}

// whyOff says why a user has no API access.
func whyOff(holder db.Holder) string {
	switch {
	case !holder.HasToken:
		return "API access is off"
	case holder.Suspended:
		return "the token is suspended"
	}
	return "the token has ended"
}

// heldRuleOf shows a rule and the role that it comes through.
func heldRuleOf(rule perms.Rule) panel.HeldRule {
	return panel.HeldRule{Rule: ruleOf(rule), Role: rule.Role}
}

func heldRulesOf(rules []perms.Rule) []panel.HeldRule {
	shapes := make([]panel.HeldRule, 0, len(rules))
	for _, rule := range rules {
		shapes = append(shapes, heldRuleOf(rule))
	}
	return shapes
}

func nearMissesOf(misses []perms.NearMiss) []panel.NearMiss {
	shapes := make([]panel.NearMiss, 0, len(misses))
	for _, near := range misses {
		shapes = append(shapes, panel.NearMiss{Miss: near.Miss, HeldRule: heldRuleOf(near.Rule)})
	}
	return shapes
}
