package wire

import (
	"time"

	"latchkey/db"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/tokens"
)

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
		shape.Token = &Token{Fingerprint: user.Access.Current.Fingerprint(), IssuedAt: user.Access.IssuedAt}
	}
	if !user.Access.Retiring.IsZero() {
		shape.Retiring = &Retiring{Fingerprint: user.Access.Retiring.Fingerprint(), Until: user.Access.RetiringUntil}
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
	return Granted{Name: user, Rule: RuleOf(rule), Role: rule.Role}
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
