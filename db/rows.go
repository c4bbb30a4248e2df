package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"latchkey/db/internal/sqlitefile"
	"latchkey/perms"
	"latchkey/tokens"
)

const objectColumns = `id, kind, name, note, email, token, token_issued_at, retiring, retiring_until,
	created_at, changed_at, revision, digest`

// What is read of one object.
const (
	objectQuery      = `SELECT ` + objectColumns + ` FROM objects WHERE kind = ? AND name = ?`
	objectRulesQuery = `SELECT object_id, pattern, effect, until FROM rules WHERE object_id = ? ORDER BY pattern`
	objectRolesQuery = `SELECT assignments.user_id, objects.name FROM assignments
		JOIN objects ON objects.id = assignments.role_id WHERE assignments.user_id = ? ORDER BY objects.name`
)

// querier is what a transaction and the pool have in common.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// scanObject reads the objectColumns of one row, and the row's digest.
func scanObject(scan func(...any) error) (object Object, digest []byte, err error) {
	var token, retiring []byte
	var issued, until sql.NullInt64
	var created, changed int64
	err = scan(&object.ID, &object.Kind, &object.Name, &object.Note, &object.Email, &token, &issued, &retiring, &until,
		&created, &changed, &object.Revision, &digest)
	if err != nil {
		return Object{}, nil, err
	}
	copy(object.Access.Current[:], token)
	copy(object.Access.Retiring[:], retiring)
	object.Access.IssuedAt = fromMillis(issued)
	object.Access.RetiringUntil = fromMillis(until)
	object.CreatedAt = time.UnixMilli(created).UTC()
	object.ChangedAt = time.UnixMilli(changed).UTC()
	return object, digest, nil
}

// load reads the live object of a name. [ErrNoUser] or [ErrNoRole] when there is none, [ErrDamaged] when the row is
// not what its save wrote.
func load(ctx context.Context, tx querier, kind Kind, name string) (Object, error) {
	row := tx.QueryRowContext(ctx, objectQuery, kind, name)
	object, err := loadRow(ctx, tx, row)
	if errors.Is(err, sql.ErrNoRows) {
		return Object{}, kind.missing()
	}
	return object, err
}

// loadByID reads the live object of a number; sql.ErrNoRows when there is none.
func loadByID(ctx context.Context, tx querier, id int64) (Object, error) {
	return loadRow(ctx, tx, tx.QueryRowContext(ctx, "SELECT "+objectColumns+" FROM objects WHERE id = ?", id))
}

// loadRow completes an object by its rules and roles, and checks it.
func loadRow(ctx context.Context, tx querier, row *sql.Row) (Object, error) {
	object, digest, err := scanObject(row.Scan)
	if err != nil {
		return Object{}, sqlitefile.Explain(err)
	}
	if object.Rules, err = loadRules(ctx, tx, object.ID); err != nil {
		return Object{}, err
	}
	if object.Roles, err = loadRoles(ctx, tx, object.ID); err != nil {
		return Object{}, err
	}
	return object, checkDigest(object, digest)
}

// loadAll reads every object of a kind by name.
func loadAll(ctx context.Context, tx querier, kind Kind) ([]Object, error) {
	return loadWhere(ctx, tx, "kind = ?", kind)
}

// loadUsersOf reads every user who has a role, by name.
func loadUsersOf(ctx context.Context, tx querier, role int64) ([]Object, error) {
	return loadWhere(ctx, tx, "id IN (SELECT user_id FROM assignments WHERE role_id = ?)", role)
}

// loadWhere reads the objects that a condition holds for, by name, in three queries however many they are.
func loadWhere(ctx context.Context, tx querier, condition string, value any) ([]Object, error) {
	chosen := "(SELECT id FROM objects WHERE " + condition + ")"
	rules, err := queryRules(ctx, tx, `SELECT object_id, pattern, effect, until FROM rules
		WHERE object_id IN `+chosen+` ORDER BY object_id, pattern`, value)
	if err != nil {
		return nil, err
	}
	roles, err := queryRoles(ctx, tx, `SELECT assignments.user_id, objects.name FROM assignments
		JOIN objects ON objects.id = assignments.role_id
		WHERE assignments.user_id IN `+chosen+` ORDER BY assignments.user_id, objects.name`, value)
	if err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(ctx, "SELECT "+objectColumns+" FROM objects WHERE "+condition+" ORDER BY name", value)
	if err != nil {
		return nil, sqlitefile.Explain(err)
	}
	defer rows.Close()
	var objects []Object
	for rows.Next() {
		object, digest, err := scanObject(rows.Scan)
		if err != nil {
			return nil, sqlitefile.Explain(err)
		}
		object.Rules, object.Roles = rules[object.ID], roles[object.ID]
		if err := checkDigest(object, digest); err != nil {
			return nil, err
		}
		objects = append(objects, object)
	}
	return objects, sqlitefile.Explain(rows.Err())
}

func loadRules(ctx context.Context, tx querier, id int64) (perms.Rules, error) {
	rules, err := queryRules(ctx, tx, objectRulesQuery, id)
	return rules[id], err
}

func loadRoles(ctx context.Context, tx querier, id int64) ([]string, error) {
	roles, err := queryRoles(ctx, tx, objectRolesQuery, id)
	return roles[id], err
}

// queryRules reads rules by the number of their object.
func queryRules(ctx context.Context, tx querier, query string, args ...any) (map[int64]perms.Rules, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, sqlitefile.Explain(err)
	}
	defer rows.Close()
	rules := map[int64]perms.Rules{}
	for rows.Next() {
		var id int64
		var pattern, effect string
		var until sql.NullInt64
		if err := rows.Scan(&id, &pattern, &effect, &until); err != nil {
			return nil, sqlitefile.Explain(err)
		}
		parsed, err := perms.ParsePattern(pattern)
		if err != nil {
			return nil, fmt.Errorf("%w: reading a rule: %w", ErrDamaged, err)
		}
		rules[id] = append(rules[id], perms.Rule{Effect: perms.Effect(effect), Pattern: parsed, Until: fromMillis(until)})
	}
	return rules, sqlitefile.Explain(rows.Err())
}

// queryRoles reads the names of roles by the number of the user who has them.
func queryRoles(ctx context.Context, tx querier, query string, args ...any) (map[int64][]string, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, sqlitefile.Explain(err)
	}
	defer rows.Close()
	roles := map[int64][]string{}
	for rows.Next() {
		var id int64
		var role string
		if err := rows.Scan(&id, &role); err != nil {
			return nil, sqlitefile.Explain(err)
		}
		roles[id] = append(roles[id], role)
	}
	return roles, sqlitefile.Explain(rows.Err())
}

// insertObject writes an object and its rules as the live state; its roles follow by [insertRoles].
func insertObject(ctx context.Context, tx querier, object Object) error {
	digest := object.rowDigest()
	_, err := tx.ExecContext(ctx, `INSERT INTO objects (`+objectColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		object.ID, object.Kind, object.Name, object.Note, object.Email,
		blob(object.Access.Current), millis(object.Access.IssuedAt),
		blob(object.Access.Retiring), millis(object.Access.RetiringUntil),
		object.CreatedAt.UnixMilli(), object.ChangedAt.UnixMilli(), object.Revision, digest[:])
	if err != nil {
		return err
	}
	for _, rule := range object.Rules {
		_, err := tx.ExecContext(ctx, `INSERT INTO rules (object_id, pattern, effect, until) VALUES (?, ?, ?, ?)`,
			object.ID, rule.Pattern.String(), string(rule.Effect), millis(rule.Until))
		if err != nil {
			return err
		}
	}
	return nil
}

// insertRoles writes which roles a user has, once all objects of a save are in the table. a ConflictError names the
// first role that is not there.
func insertRoles(ctx context.Context, tx querier, user Object) error {
	for _, role := range user.Roles {
		// A role that was removed and added anew under the name is not the one that was meant.
		result, err := tx.ExecContext(ctx, `INSERT INTO assignments (user_id, role_id)
			SELECT ?1, id FROM objects WHERE kind = 'role' AND name = ?2 AND (?3 = 0 OR id = ?3)`,
			user.ID, role, user.roleIDs[role])
		if err != nil {
			return sqlitefile.Explain(err)
		}
		if found, err := result.RowsAffected(); err != nil || found == 0 {
			gone := &ConflictError{Hint: "take the role out of the draft, or discard it"}
			gone.add(user.Name, "the role "+role+" that was meant is not there any more")
			return errors.Join(err, gone)
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

func fromMillis(value sql.NullInt64) time.Time {
	if !value.Valid {
		return time.Time{}
	}
	return time.UnixMilli(value.Int64).UTC()
}
