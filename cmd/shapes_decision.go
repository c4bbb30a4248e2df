package cmd

import (
	"time"

	"latchkey/perms"
)

// The JSON shapes of `can` and `who`. They are part of the contract too; see shapes.go.

// decisionShape is the answer of `can`.
type decisionShape struct {
	Allowed    bool       `json:"allowed"`
	User       string     `json:"user"`
	Permission string     `json:"permission"` // empty: any user with API access may
	Until      *time.Time `json:"until"`      // when the answer changes by itself; null: never

	APIAccess  bool            `json:"api_access"`
	RulesAllow bool            `json:"rules_allow"` // what the rules say, whether or not there is API access
	Rule       *heldRuleShape  `json:"rule"`        // null: no rule decided
	Overruled  []heldRuleShape `json:"overruled"`   // the allow rules that the deciding deny beats
	NearMisses []nearMissShape `json:"near_misses"` // allow rules that come near, where none applies
	State      string          `json:"state"`       // live, staged or revision
	Revision   int64           `json:"revision"`    // the save that the state is of
	Moment     time.Time       `json:"moment"`      // when rules that end are judged
	Reason     string          `json:"reason"`      // for people
}

// heldRuleShape is a rule and how the user comes by it.
type heldRuleShape struct {
	ruleShape
	Role string `json:"role"` // through which the user has it; empty: the user's own
}

type nearMissShape struct {
	Miss perms.Miss `json:"miss"`
	heldRuleShape
}

// permittedShape is one user in the answer of `who`.
type permittedShape struct {
	Name      string         `json:"name"`
	APIAccess bool           `json:"api_access"`
	Rule      *heldRuleShape `json:"rule"`  // null: any user with API access may
	Until     *time.Time     `json:"until"` // when the user no longer may, as rules end; null: never
}

func shapeOfHeldRule(rule perms.Rule) heldRuleShape {
	return heldRuleShape{shapeOfRule(rule), rule.Role}
}

func shapesOfHeldRules(rules []perms.Rule) []heldRuleShape {
	shapes := make([]heldRuleShape, 0, len(rules))
	for _, rule := range rules {
		shapes = append(shapes, shapeOfHeldRule(rule))
	}
	return shapes
}

func shapesOfNearMisses(misses []perms.NearMiss) []nearMissShape {
	shapes := make([]nearMissShape, 0, len(misses))
	for _, near := range misses {
		shapes = append(shapes, nearMissShape{near.Miss, shapeOfHeldRule(near.Rule)})
	}
	return shapes
}

// orNoTime is null for the zero time.
func orNoTime(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}
