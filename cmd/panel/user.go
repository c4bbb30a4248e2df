package panel

import (
	"time"

	"latchkey/perms"
)

// User is a live user.
type User struct {
	Name      string     `json:"name"`
	Email     string     `json:"email"`
	Note      string     `json:"note"`
	APIAccess bool       `json:"api_access"`
	Token     *Token     `json:"token"`
	Retiring  *Retiring  `json:"retiring"`
	Roles     []string   `json:"roles"`
	Rules     []Rule     `json:"rules"`      // the user's own
	CreatedAt *time.Time `json:"created_at"` // null: it is staged alone
	ChangedAt *time.Time `json:"changed_at"`
	Revision  int64      `json:"revision"`

	LastUses
}

// Token is the public part of a current token.
type Token struct {
	Fingerprint string     `json:"fingerprint"`
	IssuedAt    time.Time  `json:"issued_at"`
	ExpiresAt   *time.Time `json:"expires_at"` // when it ends, by its own end and the longest lifetime; null: never
	Suspended   bool       `json:"suspended"`  // it is not accepted until it is resumed
}

// Retiring is the public part of the token before it, while its grace lasts.
type Retiring struct {
	Fingerprint string    `json:"fingerprint"`
	Until       time.Time `json:"until"`
}

// Rule is one rule of a user or a role.
type Rule struct {
	Effect     perms.Effect `json:"effect"`
	Permission string       `json:"permission"`
	Until      *time.Time   `json:"until"`
}

// Role is a live role.
type Role struct {
	Name      string     `json:"name"`
	Note      string     `json:"note"`
	Rules     []Rule     `json:"rules"`
	UserCount int64      `json:"user_count"` // how many have it
	Users     []string   `json:"users"`      // the first of them, by name
	CreatedAt *time.Time `json:"created_at"` // null: it is staged alone
	ChangedAt *time.Time `json:"changed_at"`
	Revision  int64      `json:"revision"`
}

// Access is whether a user has API access, and by which token.
type Access struct {
	Name      string    `json:"name"`
	APIAccess bool      `json:"api_access"`
	Token     *Token    `json:"token"`
	Retiring  *Retiring `json:"retiring"`

	LastUses
}

// Issued is a token at the one moment it is shown.
type Issued struct {
	Name        string `json:"name"`
	Token       string `json:"token"`
	Fingerprint string `json:"fingerprint"`
}

// Granted is one rule that counts for a user.
type Granted struct {
	Name string `json:"name"`
	Rule
	Role string `json:"role"` // through which the user has it; empty: the user's own
}

// Assigned is one role that a user has.
type Assigned struct {
	Name string `json:"name"`
	Role string `json:"role"`
}

// LastUses is when a user's tokens were last used, as far as servers on this database have told; null: never.
type LastUses struct {
	LastUsedAt         *time.Time `json:"last_used_at"`
	RetiringLastUsedAt *time.Time `json:"retiring_last_used_at"`
}
