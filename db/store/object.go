package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"latchkey/db/engine"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/tokens"
)

// What is read of one object.
const (
	objectQuery      = `SELECT ` + Columns + ` FROM objects WHERE kind = ? AND name = ?`
	objectRulesQuery = `SELECT object_id, pattern, effect, until FROM rules WHERE object_id = ? ORDER BY pattern`
	objectRolesQuery = `SELECT assignments.user_id, objects.name FROM assignments
		JOIN objects ON objects.id = assignments.role_id WHERE assignments.user_id = ? ORDER BY objects.name`
)

// Load reads the live object of a name. The error of its kind, such as [model.ErrNoUser], when there is none; [model.ErrDamaged]
// when the row is not what its save wrote.
func Load(ctx context.Context, tx engine.Tx, kind model.Kind, name string) (model.Object, error) {
	row := tx.Row(ctx, objectQuery, kind, name)
	object, err := loadRow(ctx, tx, row)
	if errors.Is(err, sql.ErrNoRows) {
		return model.Object{}, kind.Missing()
	}
	return object, err
}

// ByID reads the live object of a number; sql.ErrNoRows when there is none.
func ByID(ctx context.Context, tx engine.Tx, id int64) (model.Object, error) {
	return loadRow(ctx, tx, tx.Row(ctx, "SELECT "+Columns+" FROM objects WHERE id = ?", id))
}

// loadRow completes an object by its rules and roles, and checks it.
func loadRow(ctx context.Context, tx engine.Tx, row engine.Row) (model.Object, error) {
	object, digest, err := scanObject(row)
	if err != nil {
		return model.Object{}, err
	}
	if object.Rules, err = loadRules(ctx, tx, object.ID); err != nil {
		return model.Object{}, err
	}
	if object.Roles, err = loadRoles(ctx, tx, object.ID); err != nil {
		return model.Object{}, err
	}
	return object, model.CheckDigest(object, digest)
}

func loadRules(ctx context.Context, tx engine.Tx, id int64) (perms.Rules, error) {
	var rules perms.Rules
	err := tx.Each(ctx, func(row engine.Row) error {
		_, rule, err := scanRule(row)
		rules = append(rules, rule)
		return err
	}, objectRulesQuery, id)
	return rules, err
}

func loadRoles(ctx context.Context, tx engine.Tx, id int64) ([]string, error) {
	var roles []string
	err := tx.Each(ctx, func(row engine.Row) error {
		_, role, err := scanRoleName(row)
		roles = append(roles, role)
		return err
	}, objectRolesQuery, id)
	return roles, err
}

// Insert writes an object and its rules as the live state; its roles follow by [InsertRoles]. Where another object has the
// name, it is taken and nothing is written.
func Insert(ctx context.Context, tx engine.Tx, object model.Object) (taken bool, err error) {
	digest := object.RowDigest()
	written, err := tx.Exec(ctx, `INSERT INTO objects (`+Columns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (kind, name) DO NOTHING`,
		object.ID, object.Kind, object.Name, object.Note, object.Email,
		blob(object.Access.Current), millis(object.Access.IssuedAt),
		blob(object.Access.Retiring), millis(object.Access.RetiringUntil),
		object.CreatedAt.UnixMilli(), object.ChangedAt.UnixMilli(), object.Revision, digest[:], object.Definition(),
		millis(object.Access.ExpiresAt), object.Access.Length.Milliseconds(), object.Access.ByDefault, object.Access.Suspended,
		millis(object.Access.RetiringIssuedAt))
	if err != nil || written == 0 {
		return err == nil, err
	}
	for _, rule := range object.Rules {
		_, err := tx.Exec(ctx, `INSERT INTO rules (object_id, pattern, effect, until) VALUES (?, ?, ?, ?)`,
			object.ID, rule.Pattern.String(), string(rule.Effect), millis(rule.Until))
		if err != nil {
			return false, err
		}
	}
	return false, nil
}

// InsertRoles writes which roles a user has, once all objects of a save are in the table. A ConflictError names the
// first role that is not there.
func InsertRoles(ctx context.Context, tx engine.Tx, user model.Object) error {
	for _, role := range user.Roles {
		// A role that was removed and added anew under the name is not the one that was meant.
		found, err := tx.Exec(ctx, `INSERT INTO assignments (user_id, role_id)
			SELECT ?1, id FROM objects WHERE kind = 'role' AND name = ?2 AND (?3 = 0 OR id = ?3)`,
			user.ID, role, user.RoleIDs[role])
		if err != nil {
			return err
		}
		if found == 0 {
			gone := &model.ConflictError{Cause: model.RoleRemoved}
			gone.Add(user.Name, "the role "+role+" that was meant is not there any more")
			return gone
		}
	}
	return nil
}

func blob(digest tokens.Digest) any {
	if digest.IsZero() {
		return nil
	}
	return digest[:]
}

// millis is NULL for the zero time.
func millis(at time.Time) any {
	if at.IsZero() {
		return nil
	}
	return at.UnixMilli()
}

// FromMillis is the zero time for NULL.
func FromMillis(value sql.NullInt64) time.Time {
	if !value.Valid {
		return time.Time{}
	}
	return time.UnixMilli(value.Int64).UTC()
}
