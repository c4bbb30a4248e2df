package store

import (
	"context"

	"latchkey/db/engine"
	"latchkey/db/internal/sqlite"
	"latchkey/db/model"
	"latchkey/perms"
)

// UsersOf names the live users who have a role.
func UsersOf(ctx context.Context, tx engine.Tx, role int64) ([]string, error) {
	rows, err := tx.QueryContext(ctx, `SELECT objects.name FROM assignments
		JOIN objects ON objects.id = assignments.user_id WHERE assignments.role_id = ? ORDER BY objects.name`, role)
	if err != nil {
		return nil, sqlite.Explain(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, sqlite.Explain(err)
		}
		names = append(names, name)
	}
	return names, sqlite.Explain(rows.Err())
}

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
