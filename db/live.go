package db

import (
	"database/sql"
	"slices"
	"strings"

	"context"
	"errors"
	"fmt"

	"latchkey/db/engine"
	"latchkey/db/model"
	"latchkey/db/store"
	"latchkey/tokens"
)

// Choice says which live objects are meant: those of a kind or, with a role, the users who have it.
type Choice struct {
	Kind model.Kind
	Role string // canonical; empty: whatever roles they have
}

// clause is the choice in SQL, with the one value of its question mark. [model.ErrNoRole].
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

// Chosen reads all live objects of a choice, by name. [model.ErrNoRole].
func (v View) Chosen(ctx context.Context, choice Choice) ([]model.Object, error) {
	var objects []model.Object
	err := v.read(ctx, func(tx engine.Tx) error {
		which, value, err := choice.clause(ctx, tx)
		if err == nil {
			objects, err = store.List(ctx, tx, which, value)
		}
		return err
	})
	return objects, choice.explain("reading", err)
}

// Page reads some live objects of a choice in the order of their names: after the first skip, at most limit. A page beyond
// the end is empty. [model.ErrNoRole].
func (v View) Page(ctx context.Context, choice Choice, skip, limit int64) ([]model.Object, error) {
	var objects []model.Object
	err := v.read(ctx, func(tx engine.Tx) error {
		which, value, err := choice.clause(ctx, tx)
		if err != nil {
			return err
		}
		var ids []int64
		err = tx.Each(ctx, func(row engine.Row) error {
			var id int64
			err := row.Scan(&id)
			ids = append(ids, id)
			return err
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

// Count tells how many live objects of a choice there are. [model.ErrNoRole].
func (v View) Count(ctx context.Context, choice Choice) (count int64, err error) {
	err = v.read(ctx, func(tx engine.Tx) error {
		which, value, err := choice.clause(ctx, tx)
		if err == nil {
			query := `SELECT count(*) FROM objects WHERE ` + which
			row := tx.Row(ctx, query, value)
			err = row.Scan(&count)
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
func (v View) RoleUsers(ctx context.Context, role model.Object) (users RoleUsers, err error) {
	const named = 20
	err = v.read(ctx, func(tx engine.Tx) error {
		row := tx.Row(ctx, `SELECT count(*) FROM assignments WHERE role_id = ?`, role.ID)
		if err := row.Scan(&users.Count); err != nil {
			return err
		}
		users.First, err = store.Texts(ctx, tx, `SELECT name FROM objects WHERE `+store.WithRole+` ORDER BY name LIMIT ?`, role.ID, named)
		return err
	})
	if err != nil {
		return RoleUsers{}, fmt.Errorf("reading the users of %s: %w", role.Name, err)
	}
	return users, nil
}

// Owner is a live user with what decides which tokens are the user's. The row's digest has not been checked.
type Owner struct {
	UserID int64
	Name   string
	Access tokens.Access
}

// Owners finds the live users with an access that is wanted, by name. There is no index of tokens, since a request
// looks for a username: every user with API access is looked at, in one pass over their rows.
func (v View) Owners(ctx context.Context, wanted func(access tokens.Access) bool) ([]Owner, error) {
	var owners []Owner
	var token, retiring sql.RawBytes
	err := v.read(ctx, func(tx engine.Tx) error {
		return tx.Each(ctx, func(row engine.Row) error {
			var owner Owner
			var issued, until sql.NullInt64
			if err := row.Scan(&owner.UserID, &owner.Name, &token, &issued, &retiring, &until); err != nil {
				return err
			}
			copy(owner.Access.Current[:], token)
			copy(owner.Access.Retiring[:], retiring)
			owner.Access.IssuedAt, owner.Access.RetiringUntil = store.FromMillis(issued), store.FromMillis(until)
			if wanted(owner.Access) {
				owners = append(owners, owner)
			}
			return nil
		}, `SELECT id, name, token, token_issued_at, retiring, retiring_until
			FROM objects WHERE token IS NOT NULL`) // only a user has one; in the order of the table, which is the fastest
	})
	if err != nil {
		return nil, fmt.Errorf("looking for owners: %w", err)
	}
	slices.SortFunc(owners, func(a, b Owner) int { return strings.Compare(a.Name, b.Name) })
	return owners, nil
}
