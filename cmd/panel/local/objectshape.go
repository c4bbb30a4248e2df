package local

import (
	"time"

	"latchkey/cmd/panel"
	"latchkey/db"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/tokens"
)

// userOf shows a user.
func userOf(user model.Object, uses lastUses, limits tokens.Limits) panel.User {
	access := accessOf(user, uses, limits)
	return panel.User{
		Name: user.Name, Email: user.Email, Note: user.Note, APIAccess: access.APIAccess, Token: access.Token,
		Retiring: access.Retiring, Roles: orEmpty(user.Roles), Rules: rulesOf(user.Rules),
		CreatedAt: orNoTime(user.CreatedAt), ChangedAt: orNoTime(user.ChangedAt), Revision: user.Revision, LastUses: access.LastUses,
	}
}

// roleOf shows a role and who has it.
func roleOf(role model.Object, users db.RoleUsers) panel.Role {
	return panel.Role{Name: role.Name, Note: role.Note, Rules: rulesOf(role.Rules), UserCount: users.Count, Users: orEmpty(users.First),
		CreatedAt: orNoTime(role.CreatedAt), ChangedAt: orNoTime(role.ChangedAt), Revision: role.Revision}
}

// accessOf shows a user's API access, with the ends that the limits leave.
func accessOf(user model.Object, uses lastUses, limits tokens.Limits) panel.Access {
	shape := panel.Access{Name: user.Name, APIAccess: user.Access.Enabled(), LastUses: uses.ofUser(user)}
	if shape.APIAccess {
		shape.Token = &panel.Token{Fingerprint: user.Access.Current.Fingerprint(), IssuedAt: user.Access.IssuedAt,
			ExpiresAt: orNoTime(limits.End(user.Access.ExpiresAt, user.Access.IssuedAt)), Suspended: user.Access.Suspended}
	}
	if !user.Access.Retiring.IsZero() {
		shape.Retiring = &panel.Retiring{Fingerprint: user.Access.Retiring.Fingerprint(), Until: limits.End(user.Access.RetiringUntil, user.Access.RetiringIssuedAt)}
	}
	return shape
}

// rulesOf shows rules.
func rulesOf(rules perms.Rules) []panel.Rule {
	shapes := make([]panel.Rule, 0, len(rules))
	for _, rule := range rules {
		shapes = append(shapes, ruleOf(rule))
	}
	return shapes
}

// ruleOf shows a rule.
func ruleOf(rule perms.Rule) panel.Rule {
	return panel.Rule{Effect: rule.Effect, Permission: rule.Pattern.String(), Until: orNoTime(rule.Until)}
}

// grantedOf shows a rule that counts for a user.
func grantedOf(user string, rule perms.Rule) panel.Granted {
	return panel.Granted{Name: user, Rule: ruleOf(rule), Role: rule.Role}
}

// orNoTime is null for the zero time.
func orNoTime(at time.Time) *time.Time {
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
