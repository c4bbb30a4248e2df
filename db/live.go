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

// Choice says which live objects are meant: those of a kind, or some of them.
type Choice struct {
	Kind model.Kind
	// Of users: who has a role by its canonical name, who has API access or has none, and whose name is like a pattern of
	// [username.Pattern]. What is not set leaves nobody out.
	Role    string
	Access  *bool
	Pattern string

	Order Order
}

// Order is in which order a [DB.Page] has objects; equal ones are in the order of their names, and so are all by the zero
// value.
type Order struct {
	By         OrderBy
	Descending bool
}

// OrderBy is by what objects are in order.
type OrderBy int

// By what objects can be in order. Users without a token come last by when it was issued.
const (
	ByName OrderBy = iota
	ByCreated
	ByChanged
	ByIssued
)

var orderColumns = map[OrderBy]string{ByName: "name", ByCreated: "created_at", ByChanged: "changed_at", ByIssued: "token_issued_at"}

func (o Order) clause() string {
	clause := " ORDER BY " + orderColumns[o.By]
	if o.Descending {
		clause += " DESC"
	}
	return clause + " NULLS LAST, name"
}

// clause is the choice in SQL, with the values of its question marks. [model.ErrNoRole].
func (c Choice) clause(ctx context.Context, tx engine.Tx) (which string, values []any, err error) {
	which, values = store.OfKind, []any{c.Kind}
	if c.Role != "" {
		role, err := store.Load(ctx, tx, model.KindRole, c.Role)
		if errors.Is(err, model.ErrNoRole) {
			err = fmt.Errorf("%w: %s", model.ErrNoRole, c.Role)
		}
		if err != nil {
			return "", nil, err
		}
		which, values = store.WithRole, []any{role.ID}
	}
	if c.Access != nil {
		which += " AND (token IS NOT NULL) = ?"
		values = append(values, *c.Access)
	}
	if c.Pattern != "" {
		which += ` AND name LIKE ? ESCAPE '\'`
		values = append(values, asLike.Replace(c.Pattern))
	}
	return which, values, nil
}

// asLike writes a pattern of names as SQL has it.
var asLike = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`, "*", "%", "?", "_")

// Page reads some live objects of a choice in its order: after the first skip, at most limit; no limit where it is negative. A
// page beyond the end is empty. [model.ErrNoRole].
func (v View) Page(ctx context.Context, choice Choice, skip, limit int64) ([]model.Object, error) {
	var objects []model.Object
	err := v.read(ctx, func(tx engine.Tx) error {
		which, values, err := choice.clause(ctx, tx)
		if err != nil {
			return err
		}
		var ids []int64
		err = tx.Each(ctx, func(row engine.Row) error {
			var id int64
			err := row.Scan(&id)
			ids = append(ids, id)
			return err
		}, `SELECT id FROM objects WHERE `+which+choice.Order.clause()+` LIMIT ? OFFSET ?`, append(values, limit, skip)...)
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
		which, values, err := choice.clause(ctx, tx)
		if err == nil {
			query := `SELECT count(*) FROM objects WHERE ` + which
			row := tx.Row(ctx, query, values...)
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
