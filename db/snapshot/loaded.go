package snapshot

import (
	"context"
	"crypto/sha256"
	"strings"

	"latchkey/db/engine"
	"latchkey/db/model"
	"latchkey/db/store"
)

// loaded is an object as its rows have it.
type loaded struct {
	object model.Object // without rules and roles
	digest []byte
	rules  string // each as "effect pattern until", a line each
	roles  string // their numbers, with spaces between
	wrong  bool   // a value is not of its type

	content []byte // what the digest is of; kept for the next object
}

// Which objects are loaded, with # for the column that has their number.
const (
	between      = `# > ?1 AND # <= ?2`
	noUsers      = `# IN (SELECT id FROM objects WHERE kind IN ('role', 'resource', 'setting'))`
	ChangedSince = `# IN (` + ChangedQuery + `)`
	// ALL, as without it both tables are read whole, for the order.
	ChangedQuery = `SELECT object_id FROM changes WHERE revision > ?1 UNION ALL SELECT id FROM objects WHERE revision > ?1`
)

// What is loaded of an object: one row of each query at most. SQLite puts lists into a text faster than they can be
// fetched from it.
var (
	ObjectRows = `SELECT ` + store.Columns + ` FROM objects WHERE # ORDER BY id`
	RuleRows   = `SELECT object_id, group_concat(effect || ' ' || pattern || ' ' || coalesce(until, ''), char(10))
		FROM rules WHERE # GROUP BY object_id ORDER BY object_id`
	RoleRows = `SELECT user_id, group_concat(role_id, ' ') FROM assignments WHERE # GROUP BY user_id ORDER BY user_id`
)

// Chosen is a query of the objects that are loaded, whose number is in a column.
func Chosen(query, which, column string) string {
	return strings.Replace(query, "#", strings.ReplaceAll(which, "#", column), 1)
}

// eachLoaded visits objects by number; what it passes is good until visit returns.
func eachLoaded(ctx context.Context, tx engine.ReadTx, which string, args []int64, visit func(*loaded) error) error {
	rules, err := followText(ctx, tx, Chosen(RuleRows, which, "object_id"), args)
	if err != nil {
		return err
	}
	defer rules.rows.Close() //nolint:errcheck // it was only read
	roles, err := followText(ctx, tx, Chosen(RoleRows, which, "user_id"), args)
	if err != nil {
		return err
	}
	defer roles.rows.Close() //nolint:errcheck // it was only read
	rows, err := tx.Query(ctx, Chosen(ObjectRows, which, "id"), args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // it was only read
	one := new(loaded) // one for all: it is large
	for {
		row, err := rows.Next()
		if err != nil || row == nil {
			return err
		}
		*one = loaded{content: one.content}
		one.digest, one.wrong = store.Decode(row, &one.object)
		if one.rules, err = rules.of(one.object.ID); err != nil {
			return err
		}
		if one.roles, err = roles.of(one.object.ID); err != nil {
			return err
		}
		if err := visit(one); err != nil {
			return err
		}
	}
}

// sound tells whether the object, with its rules and roles by now, is what its save wrote (D11).
func (l *loaded) sound() bool {
	l.content = l.object.AppendContent(l.content[:0])
	sum := sha256.Sum256(l.content)
	return !l.wrong && string(sum[:]) == string(l.digest)
}

// isUser is true of a damaged kind as well: whose row it was is not known, but nobody gets in by it.
func (l *loaded) isUser() bool {
	return l.object.Kind != model.KindRole && l.object.Kind != model.KindResource && l.object.Kind != model.KindSetting
}

// textFollower reads rows of a number and a text in step with others.
type textFollower struct {
	rows  engine.ValueRows
	id    int64
	text  string
	ended bool
}

func followText(ctx context.Context, tx engine.ReadTx, query string, args []int64) (*textFollower, error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	follower := &textFollower{rows: rows}
	return follower, follower.next()
}

func (f *textFollower) next() error {
	row, err := f.rows.Next()
	if err != nil || row == nil {
		f.ended = true
		return err
	}
	read := store.Values{Row: row}
	f.id, f.text = read.Number(0), read.Text(1)
	return nil
}

// of returns the text of a number, "" where it has none. Numbers must be asked for in order.
func (f *textFollower) of(id int64) (string, error) {
	for !f.ended && f.id < id {
		if err := f.next(); err != nil {
			return "", err
		}
	}
	if f.ended || f.id != id {
		return "", nil
	}
	return f.text, nil
}

// eachValue visits the numbers that a query finds.
func eachValue(ctx context.Context, tx engine.ReadTx, query string, arg int64, visit func(int64)) error {
	rows, err := tx.Query(ctx, query, arg)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // it was only read
	for {
		row, err := rows.Next()
		if err != nil || row == nil {
			return err
		}
		read := store.Values{Row: row}
		visit(read.Number(0))
	}
}
