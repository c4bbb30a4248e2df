package store

import (
	"context"
	"database/sql"
	"fmt"

	"latchkey/db/engine"
	"latchkey/db/model"
	"latchkey/perms"
)

// Which live objects are meant, with one value to fill in.
const (
	OfKind   = `objects.kind = ?`
	WithRole = `objects.id IN (SELECT user_id FROM assignments WHERE role_id = ?)`
)

// The chosen live objects, by name, and beside them their rules and roles in the same order: three queries that are read
// in step hold one object at a time.
func liveQuery(which string) string {
	return `SELECT ` + Columns + ` FROM objects WHERE ` + which + ` ORDER BY name`
}

func liveRulesQuery(which string) string {
	return `SELECT rules.object_id, rules.pattern, rules.effect, rules.until
		FROM objects JOIN rules ON rules.object_id = objects.id
		WHERE ` + which + ` ORDER BY objects.name, rules.pattern`
}

func liveRolesQuery(which string) string {
	return `SELECT assignments.user_id, roles.name
		FROM objects JOIN assignments ON assignments.user_id = objects.id JOIN objects AS roles ON roles.id = assignments.role_id
		WHERE ` + which + ` ORDER BY objects.name, roles.name`
}

// Each visits the chosen live objects by name, one at a time, until visit returns an error. [model.ErrDamaged] for one
// that is not what its save wrote.
func Each(ctx context.Context, tx engine.Tx, which string, value any, visit func(object model.Object) error) error {
	rules, err := follow(ctx, tx, scanRule, liveRulesQuery(which), value)
	if err != nil {
		return err
	}
	defer rules.rows.Close()
	roles, err := follow(ctx, tx, scanRoleName, liveRolesQuery(which), value)
	if err != nil {
		return err
	}
	defer roles.rows.Close()
	return tx.Each(ctx, func(row engine.Row) error {
		object, digest, err := scanObject(row)
		if err != nil {
			return err
		}
		if object.Rules, err = rules.of(object.ID); err != nil {
			return err
		}
		if object.Roles, err = roles.of(object.ID); err != nil {
			return err
		}
		if err := model.CheckDigest(object, digest); err != nil {
			return err
		}
		return visit(object)
	}, liveQuery(which), value)
}

// List reads the chosen live objects by name.
func List(ctx context.Context, tx engine.Tx, which string, value any) ([]model.Object, error) {
	var objects []model.Object
	err := Each(ctx, tx, which, value, func(object model.Object) error {
		objects = append(objects, object)
		return nil
	})
	return objects, err
}

// follower reads a query of what objects have, one object at a time. It is one row ahead.
type follower[T any] struct {
	rows    *engine.Rows
	scan    func(row engine.Row) (id int64, value T, err error)
	started bool
	id      int64 // of the object that has the value; 0 at the end
	value   T
}

func follow[T any](ctx context.Context, tx engine.Tx, scan func(row engine.Row) (int64, T, error), query string, args ...any) (*follower[T], error) {
	rows, err := tx.Rows(ctx, query, args...)
	return &follower[T]{rows: rows, scan: scan}, err
}

func (f *follower[T]) next() (err error) {
	if !f.rows.Next() {
		f.id = 0
		return f.rows.Err()
	}
	f.id, f.value, err = f.scan(f.rows.Row)
	return err
}

// of lists what an object has. Objects must be asked for in the order of the query.
func (f *follower[T]) of(id int64) (list []T, err error) {
	if !f.started {
		f.started = true
		err = f.next()
	}
	for f.id == id && err == nil {
		list = append(list, f.value)
		err = f.next()
	}
	return list, err
}

func scanRule(row engine.Row) (id int64, rule perms.Rule, err error) {
	var pattern string
	var until sql.NullInt64
	if err := row.Scan(&id, &pattern, &rule.Effect, &until); err != nil {
		return 0, rule, err
	}
	rule.Until = FromMillis(until)
	if rule.Pattern, err = perms.ParsePattern(pattern); err != nil {
		return 0, rule, fmt.Errorf("%w: reading a rule: %w", model.ErrDamaged, err)
	}
	return id, rule, nil
}

func scanRoleName(row engine.Row) (id int64, name string, err error) {
	err = row.Scan(&id, &name)
	return id, name, err
}
