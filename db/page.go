package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"latchkey/db/engine"
	"latchkey/db/internal/sqlite"
	"latchkey/db/model"
	"latchkey/db/store"
)

// Choice says which live objects are meant: those of a kind or, with a role, the users who have it.
type Choice struct {
	Kind model.Kind
	Role string // canonical; empty: whatever roles they have
}

// clause is the choice in SQL, with the one value of its question mark. [ErrNoRole].
func (c Choice) clause(ctx context.Context, tx engine.Tx) (which string, value any, err error) {
	if c.Role == "" {
		return store.OfKind, c.Kind, nil
	}
	role, err := store.Load(ctx, tx, model.KindRole, c.Role)
	if errors.Is(err, model.ErrNoRole) {
		err = fmt.Errorf("%w: %s", model.ErrNoRole, c.Role)
	}
	return store.WithRole, role.ID, err
}

// Chosen reads all live objects of a choice, by name. [ErrNoRole].
func (d *DB) Chosen(ctx context.Context, choice Choice) ([]model.Object, error) {
	var objects []model.Object
	err := d.read(ctx, func(tx engine.Tx) error {
		which, value, err := choice.clause(ctx, tx)
		if err == nil {
			objects, err = store.List(ctx, tx, which, value)
		}
		return err
	})
	return objects, choice.explain("reading", err)
}

// Page reads some live objects of a choice in the order of their names: after the first skip, at most limit. A page beyond
// the end is empty. [ErrNoRole].
func (d *DB) Page(ctx context.Context, choice Choice, skip, limit int64) ([]model.Object, error) {
	var objects []model.Object
	err := d.read(ctx, func(tx engine.Tx) error {
		which, value, err := choice.clause(ctx, tx)
		if err != nil {
			return err
		}
		var ids []int64
		err = store.EachRow(ctx, tx, func(rows *sql.Rows) error {
			var id int64
			err := rows.Scan(&id)
			ids = append(ids, id)
			return sqlite.Explain(err)
		}, `SELECT id FROM objects WHERE `+which+` ORDER BY name LIMIT ? OFFSET ?`, value, limit, skip)
		for _, id := range ids {
			if err != nil {
				return err
			}
			var object model.Object
			object, err = store.ByID(ctx, tx, id)
			objects = append(objects, object)
		}
		return err
	})
	return objects, choice.explain("reading", err)
}

// Count tells how many live objects of a choice there are. [ErrNoRole].
func (d *DB) Count(ctx context.Context, choice Choice) (count int64, err error) {
	err = d.read(ctx, func(tx engine.Tx) error {
		which, value, err := choice.clause(ctx, tx)
		if err == nil {
			query := `SELECT count(*) FROM objects WHERE ` + which //nolint:gosec // which is ours; values are arguments
			row := tx.QueryRowContext(ctx, query, value)
			err = sqlite.Explain(row.Scan(&count))
		}
		return err
	})
	return count, choice.explain("counting", err)
}

// explain says what was being done. Who asks for the users of a role that is not there need not be told.
func (c Choice) explain(doing string, err error) error {
	if err == nil || errors.Is(err, model.ErrNoRole) {
		return err
	}
	return fmt.Errorf("%s the %ss: %w", doing, c.Kind, err)
}

// RoleUsers are the live users who have a role. There may be very many: only the first are named.
type RoleUsers struct {
	Count int64
	First []string // by name, at most 20
}

// RoleUsers counts the live users who have a live role, and names the first of them.
func (d *DB) RoleUsers(ctx context.Context, role model.Object) (users RoleUsers, err error) {
	const named = 20
	err = d.read(ctx, func(tx engine.Tx) error {
		row := tx.QueryRowContext(ctx, `SELECT count(*) FROM assignments WHERE role_id = ?`, role.ID)
		if err := row.Scan(&users.Count); err != nil {
			return sqlite.Explain(err)
		}
		users.First, err = store.Texts(ctx, tx, `SELECT name FROM objects WHERE `+store.WithRole+` ORDER BY name LIMIT ?`, role.ID, named)
		return err
	})
	if err != nil {
		return RoleUsers{}, fmt.Errorf("reading the users of %s: %w", role.Name, err)
	}
	return users, nil
}
