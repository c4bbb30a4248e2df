package token

import "time"

// verifiedShape is the answer of `token verify`.
type VerifiedShape struct {
	Live        bool       `json:"live"`
	User        string     `json:"user"`
	Token       string     `json:"token"`       // "current" or "retiring"; empty: it is not live
	Until       *time.Time `json:"until"`       // when the retiring token ends
	Fingerprint string     `json:"fingerprint"` // empty: not well formed
	Reason      string     `json:"reason"`
}

// inspectedShape is the answer of `token inspect`.
type InspectedShape struct {
	WellFormed  bool   `json:"well_formed"`
	Fingerprint string `json:"fingerprint"` // empty: not well formed
	Reason      string `json:"reason"`
}

// revokedShape is a leaked token and whose it was.
type RevokedShape struct {
	Name        string `json:"name"`
	Fingerprint string `json:"fingerprint"`
	Token       string `json:"token"` // "current" or "retiring"
}
