package panel

import "time"

// Difference is one staged field of an object.
type Difference struct {
	Changed
	Conflict   bool    `json:"conflict"`    // the live object has moved since the draft began
	EndedToken *string `json:"ended_token"` // fingerprint of the token under which it was staged; null: none, or it is accepted
}

// Staged is one object in a draft.
type Staged struct {
	Object   string    `json:"object"`
	Action   string    `json:"action"` // add, change or remove
	Fields   []string  `json:"fields"`
	Conflict bool      `json:"conflict"` // the live object has moved since: a save would fail
	StagedAt time.Time `json:"staged_at"`

	EndedTokens []string `json:"ended_tokens"` // fingerprints of tokens that have ended, under which some of it was staged
}

// Draft is an operator's draft as a whole.
type Draft struct {
	Operator string   `json:"operator"`
	Draft    string   `json:"draft"`    // empty: the one without a name
	Revision int64    `json:"revision"` // the newest save; 0 before the first
	Head     string   `json:"head"`
	Staged   []Staged `json:"staged"`

	OtherDrafts []OtherDraft `json:"other_drafts"` // the operator's, and with users:view those of others
	ClockBehind *ClockBehind `json:"clock_behind"` // null: it is not
}

// OtherDraft is a draft beside the one that is shown.
type OtherDraft struct {
	Operator string   `json:"operator"`
	Draft    string   `json:"draft"`  // empty: the one without a name
	Staged   int64    `json:"staged"` // of how many objects
	Shared   []string `json:"shared"` // those that are in the draft that is shown, too
}

// ClockBehind says that the clock of the machine with the database shows less than is known to have passed: what ends with time
// counts as ended, and saves may only take away.
type ClockBehind struct {
	Shows  time.Time `json:"shows"`
	Passed time.Time `json:"passed"`
}
