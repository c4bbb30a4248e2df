package wire

import (
	"time"

	"latchkey/db"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/tokens"
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
	Fingerprint string    `json:"fingerprint"`
	IssuedAt    time.Time `json:"issued_at"`
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

// UserOf shows a user.
func UserOf(user model.Object, uses Uses) User {
	access := AccessOf(user, uses)
	return User{
		Name: user.Name, Email: user.Email, Note: user.Note, APIAccess: access.APIAccess, Token: access.Token,
		Retiring: access.Retiring, Roles: orEmpty(user.Roles), Rules: RulesOf(user.Rules),
		CreatedAt: OrNoTime(user.CreatedAt), ChangedAt: OrNoTime(user.ChangedAt), Revision: user.Revision, LastUses: access.LastUses,
	}
}

// RoleOf shows a role and who has it.
func RoleOf(role model.Object, users db.RoleUsers) Role {
	return Role{Name: role.Name, Note: role.Note, Rules: RulesOf(role.Rules), UserCount: users.Count, Users: orEmpty(users.First),
		CreatedAt: OrNoTime(role.CreatedAt), ChangedAt: OrNoTime(role.ChangedAt), Revision: role.Revision}
}

// AccessOf shows a user's API access.
func AccessOf(user model.Object, uses Uses) Access {
	shape := Access{Name: user.Name, APIAccess: user.Access.Enabled(), LastUses: uses.Of(user)}
	if shape.APIAccess {
		shape.Token = &Token{user.Access.Current.Fingerprint(), user.Access.IssuedAt}
	}
	if !user.Access.Retiring.IsZero() {
		shape.Retiring = &Retiring{user.Access.Retiring.Fingerprint(), user.Access.RetiringUntil}
	}
	return shape
}

// RulesOf shows rules.
func RulesOf(rules perms.Rules) []Rule {
	shapes := make([]Rule, 0, len(rules))
	for _, rule := range rules {
		shapes = append(shapes, RuleOf(rule))
	}
	return shapes
}

// RuleOf shows a rule.
func RuleOf(rule perms.Rule) Rule {
	return Rule{Effect: rule.Effect, Permission: rule.Pattern.String(), Until: OrNoTime(rule.Until)}
}

// IssuedOf shows a token, the one time that it is shown.
func IssuedOf(user string, token tokens.Token) Issued {
	return Issued{Name: user, Token: token.Reveal(), Fingerprint: token.Digest().Fingerprint()}
}

// GrantedOf shows a rule that counts for a user.
func GrantedOf(user string, rule perms.Rule) Granted {
	return Granted{user, RuleOf(rule), rule.Role}
}

// OrNoTime is null for the zero time.
func OrNoTime(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

// orEmpty makes a list that JSON shows as [] and not as null.
func orEmpty(names []string) []string {
	if names == nil {
		return []string{}
	}
	return names
}

// orNull is null for what is not set.
func orNull(value string) *string {
	if value == "" {
		return nil
	}
	return &value
}
