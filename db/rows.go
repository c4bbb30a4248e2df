package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"time"

	"latchkey/db/internal/sqlitefile"
	"latchkey/perms"
	"latchkey/tokens"
)

const userColumns = `id, name, email, note, token, token_issued_at, retiring, retiring_until,
	created_at, changed_at, revision, digest`

// querier is what a transaction and the pool have in common.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// scanUser reads the userColumns of one row, and the row's digest.
func scanUser(scan func(...any) error) (user User, digest []byte, err error) {
	var token, retiring []byte
	var issued, until sql.NullInt64
	var created, changed int64
	err = scan(&user.ID, &user.Name, &user.Email, &user.Note, &token, &issued, &retiring, &until,
		&created, &changed, &user.Revision, &digest)
	if err != nil {
		return User{}, nil, err
	}
	copy(user.Access.Current[:], token)
	copy(user.Access.Retiring[:], retiring)
	user.Access.IssuedAt = fromMillis(issued)
	user.Access.RetiringUntil = fromMillis(until)
	user.CreatedAt = time.UnixMilli(created).UTC()
	user.ChangedAt = time.UnixMilli(changed).UTC()
	return user, digest, nil
}

// loadUser reads the live user of a name. [ErrNoUser] when there is none, [ErrDamaged] when the row is not what its
// save wrote.
func loadUser(ctx context.Context, tx querier, name string) (User, error) {
	row := tx.QueryRowContext(ctx, "SELECT "+userColumns+" FROM users WHERE name = ?", name)
	user, digest, err := scanUser(row.Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return User{}, ErrNoUser
	}
	if err != nil {
		return User{}, sqlitefile.Explain(err)
	}
	if user.Rules, err = loadRules(ctx, tx, user.ID); err != nil {
		return User{}, err
	}
	return user, checkDigest(user, digest)
}

// allUsers reads every user by name and gives each its rules.
func allUsers(ctx context.Context, tx querier, rules map[int64]perms.Rules) ([]User, error) {
	rows, err := tx.QueryContext(ctx, "SELECT "+userColumns+" FROM users ORDER BY name")
	if err != nil {
		return nil, sqlitefile.Explain(err)
	}
	defer rows.Close()
	var users []User
	for rows.Next() {
		user, digest, err := scanUser(rows.Scan)
		if err != nil {
			return nil, sqlitefile.Explain(err)
		}
		user.Rules = rules[user.ID]
		if err := checkDigest(user, digest); err != nil {
			return nil, err
		}
		users = append(users, user)
	}
	return users, sqlitefile.Explain(rows.Err())
}

func checkDigest(user User, digest []byte) error {
	if sum := user.rowDigest(); string(sum[:]) != string(digest) {
		return fmt.Errorf("%w: the row of user %q is not what its save wrote", ErrDamaged, user.Name)
	}
	return nil
}

func loadRules(ctx context.Context, tx querier, id int64) (perms.Rules, error) {
	rules, err := queryRules(ctx, tx, `SELECT user_id, pattern, effect, until FROM rules WHERE user_id = ?
		ORDER BY pattern`, id)
	return rules[id], err
}

// allRules reads the rules of every user.
func allRules(ctx context.Context, tx querier) (map[int64]perms.Rules, error) {
	return queryRules(ctx, tx, `SELECT user_id, pattern, effect, until FROM rules ORDER BY user_id, pattern`)
}

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
		rule, err := makeRule(pattern, effect, until)
		if err != nil {
			return nil, err
		}
		rules[id] = append(rules[id], rule)
	}
	return rules, sqlitefile.Explain(rows.Err())
}

func makeRule(pattern, effect string, until sql.NullInt64) (perms.Rule, error) {
	parsed, err := perms.ParsePattern(pattern)
	if err != nil {
		return perms.Rule{}, fmt.Errorf("%w: reading a rule: %w", ErrDamaged, err)
	}
	return perms.Rule{Effect: perms.Effect(effect), Pattern: parsed, Until: fromMillis(until)}, nil
}

// insertUser writes a user and its rules as the live state.
func insertUser(ctx context.Context, tx querier, user User) error {
	digest := user.rowDigest()
	_, err := tx.ExecContext(ctx, `INSERT INTO users (`+userColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		user.ID, user.Name, user.Email, user.Note,
		blob(user.Access.Current), millis(user.Access.IssuedAt),
		blob(user.Access.Retiring), millis(user.Access.RetiringUntil),
		user.CreatedAt.UnixMilli(), user.ChangedAt.UnixMilli(), user.Revision, digest[:])
	if err != nil {
		return err
	}
	for _, rule := range user.Rules {
		_, err := tx.ExecContext(ctx, `INSERT INTO rules (user_id, pattern, effect, until) VALUES (?, ?, ?, ?)`,
			user.ID, rule.Pattern.String(), string(rule.Effect), millis(rule.Until))
		if err != nil {
			return err
		}
	}
	return nil
}

// rowDigest is the SHA-256 of everything the live row says, rules included (D11).
func (u User) rowDigest() [32]byte {
	sum := sha256.New()
	hashNumber(sum, u.ID)
	hashText(sum, u.Name, u.Email, u.Note)
	hashText(sum, string(u.Access.Current[:]), string(u.Access.Retiring[:]))
	for _, at := range []time.Time{u.Access.IssuedAt, u.Access.RetiringUntil, u.CreatedAt, u.ChangedAt} {
		hashNumber(sum, unixMillis(at))
	}
	hashNumber(sum, u.Revision)
	for _, rule := range u.Rules {
		hashText(sum, rule.Pattern.String(), string(rule.Effect))
		hashNumber(sum, unixMillis(rule.Until))
	}
	return [32]byte(sum.Sum(nil))
}

// hashText adds strings to a hash, each behind its length, so that no two lists of strings hash alike.
func hashText(sum hash.Hash, parts ...string) {
	for _, part := range parts {
		hashNumber(sum, int64(len(part)))
		sum.Write([]byte(part))
	}
}

func hashNumber(sum hash.Hash, value int64) {
	var bytes [8]byte
	binary.BigEndian.PutUint64(bytes[:], uint64(value)) //nolint:gosec // the bits are what counts
	sum.Write(bytes[:])
}

func blob(digest tokens.Digest) any {
	if digest.IsZero() {
		return nil
	}
	return digest[:]
}

// unixMillis is 0 for the zero time.
func unixMillis(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMilli()
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
