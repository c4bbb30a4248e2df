package panel

import (
	"time"

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
