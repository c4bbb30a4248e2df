package panel

import (
	"iter"
	"time"
)

// Preview is what an edit would do.
type Preview struct {
	Seen    Seen
	Changed []string // labels of what it would change, in the order of the operations
}

// RolledBack is what a rollback did, and what it left as it is.
type RolledBack struct {
	Edited
	Left []Unrestored
}

// Unrestored is a field that a rollback does not bring back.
type Unrestored struct {
	Object string // its label
	Name   string
	Field  string
	Was    string
	Why    WhyUnrestored
}

// InWords says what does not come back, and why.
func (u Unrestored) InWords() string {
	switch u.Why {
	case AccessStaysOff:
		return u.Object + ": API access stays off, as a token is never revived"
	case TokenStays:
		return u.Object + ": the present token stays, as the one before is gone for good"
	case StaysSuspended:
		return u.Object + ": the token stays suspended"
	case RuleEnded:
		return u.Object + ": " + u.Field + " is not restored, as it has ended: " + u.Was
	}
	return u.Object + ": " + u.Field + " is not restored"
}

// WhyUnrestored is why a rollback does not bring back a field.
type WhyUnrestored string

// The reasons: a token is never revived, so access stays off or the present token stays; a rule has ended since.
const (
	AccessStaysOff WhyUnrestored = "access stays off"
	TokenStays     WhyUnrestored = "token stays"
	RuleEnded      WhyUnrestored = "rule ended"
	StaysSuspended WhyUnrestored = "stays suspended"
)

// StagedChange is one object in a draft, with its fields.
type StagedChange struct {
	Staged
	Changes        []Changed     // from what the draft began with
	Differences    []Difference  // from the live state
	Grace          time.Duration // how long the token that it retires works on after the save
	Expires        string        // when the token ends that it makes, as an operator has said it; empty: nothing was said
	Resource       *Resource     // what it makes of a resource; nil: none is served
	Began          int64         // the revision that the draft of it began from
	ConflictReason string        // what a save would be refused for, in words; "": nothing
	Version        string
}

// OpenDraft is one operator's draft.
type OpenDraft struct {
	Operator string    `json:"operator"`
	Draft    string    `json:"draft"` // empty: the one without a name
	Staged   []Staged  `json:"staged"`
	Conflict bool      `json:"conflict"`  // a save would fail
	StagedAt time.Time `json:"staged_at"` // the last edit
}

// UserView is a user with all rules that count, its roles' too.
type UserView struct {
	User
	Granted []Granted
	Version string
	Draft   *Staged // what the draft does to it; nil: nothing
}

// AccessView is a user's API access as it is looked at.
type AccessView struct {
	Access
	Version string
	Draft   *Staged
}

// RoleView is a role as it is looked at.
type RoleView struct {
	Role
	Version string
	Draft   *Staged
}

// ResourceView is a resource as it is looked at.
type ResourceView struct {
	Resource
	Version string
	Draft   *Staged
}

// Answer is a decision and the state that it was made by.
type Answer struct {
	Decision
	ByRules string // what the rules say, for people, whether or not there is API access
	State   AskedState
}

// Answers are the users who may, by name, and the state that they were found in, which is known once the first is.
type Answers struct {
	State   *AskedState
	Users   iter.Seq2[Permitted, error]
	LeftOut *int64 // how many more would have been listed with API access; known once all were
}

// AskedState is the state of an answer.
type AskedState struct {
	Revision *Logged        // the save whose state it is; nil: the question did not name one
	Staged   []StagedChange // what of the operator's draft has to do with it

	ClockBehind *ClockBehind // nil: it is not, or the state is of the past
}

// Permitted is one user in the answer of who may.
type Permitted struct {
	Name      string     `json:"name"`
	APIAccess bool       `json:"api_access"`
	Anyone    bool       `json:"anyone"` // this is no user: without credentials anyone may
	Rule      *HeldRule  `json:"rule"`   // null: any user with API access may
	Until     *time.Time `json:"until"`  // when the user no longer may, as rules end; null: never
}

// VerifiedLog is what the verification of the log found in order.
type VerifiedLog struct {
	Revisions int64  `json:"revisions"`
	Head      string `json:"head"`  // of the newest; empty: there is none
	Kept      *int64 `json:"kept"`  // the revision whose head was given; null: none was
	Since     *int64 `json:"since"` // how many came after it
}

// VerifiedToken is whether a token is accepted.
type VerifiedToken struct {
	Live        bool       `json:"live"`
	User        string     `json:"user"`
	Token       string     `json:"token"`       // "current" or "retiring"; empty: it is not live
	Until       *time.Time `json:"until"`       // when the retiring token ends
	Fingerprint string     `json:"fingerprint"` // empty: not well formed
	Reason      string     `json:"reason"`
}

// RevokedLeaks is whose leaked tokens were live, and where else there are leaked ones.
type RevokedLeaks struct {
	Edited
	Revoked []RevokedToken
	Staged  []StagedToken // leaked ones that a save would make live
}

// RevokedToken is a live token that was among the leaked ones.
type RevokedToken struct {
	Name        string `json:"name"`
	Fingerprint string `json:"fingerprint"`
	Token       string `json:"token"` // "current" or "retiring"
}

// StagedToken is a token that a draft makes.
type StagedToken struct{ Fingerprint, Object, Operator string }
