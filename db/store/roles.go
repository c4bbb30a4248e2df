package store

import (
	"context"
	"database/sql"
	"fmt"

	"latchkey/db/engine"
	"latchkey/db/model"
	"latchkey/perms"
)

// UsersOf names the live users who have a role.
func UsersOf(ctx context.Context, tx engine.Tx, role int64) ([]string, error) {
	return Texts(ctx, tx, `SELECT objects.name FROM assignments
		JOIN objects ON objects.id = assignments.user_id WHERE assignments.role_id = ? ORDER BY objects.name`, role)
}

// EachRuleOn visits the live rules whose pattern names a resource, of users and roles.
func EachRuleOn(ctx context.Context, tx engine.Tx, resource string, visit func(id int64, kind model.Kind, name string, rule perms.Rule)) error {
	scan := func(row engine.Row) error {
		var id int64
		var kind model.Kind
		var name, pattern string
		var rule perms.Rule
		var until sql.NullInt64
		if err := row.Scan(&id, &kind, &name, &pattern, &rule.Effect, &until); err != nil {
			return err
		}
		parsed, err := perms.ParsePattern(pattern)
		if err != nil {
			return fmt.Errorf("%w: reading a rule: %w", model.ErrDamaged, err)
		}
		rule.Pattern, rule.Until = parsed, FromMillis(until)
		visit(id, kind, name, rule)
		return nil
	}
	// All patterns that begin with the name and ":", which ";" follows in the order of bytes.
	return tx.Each(ctx, scan, `SELECT objects.id, objects.kind, objects.name, rules.pattern, rules.effect, rules.until FROM rules
		JOIN objects ON objects.id = rules.object_id WHERE rules.pattern > ? AND rules.pattern < ? ORDER BY objects.id, rules.pattern`, resource+":", resource+";")
}

// Roles reads all live roles, by name.
func Roles(ctx context.Context, tx engine.Tx) (map[string]*model.Object, error) {
	list, err := List(ctx, tx, OfKind, model.KindRole)
	roles := map[string]*model.Object{}
	for i := range list {
		roles[list[i].Name] = &list[i]
	}
	return roles, err
}

// EffectiveRules reads the roles of a user who was read, and returns all rules that count for it.
func EffectiveRules(ctx context.Context, tx engine.Tx, user *model.Object) ([]perms.Rule, error) {
	roles := map[string]*model.Object{}
	for _, name := range user.Roles {
		role, err := Load(ctx, tx, model.KindRole, name)
		if err != nil {
			return nil, err
		}
		roles[name] = &role
	}
	return user.Effective(roles), nil
}
