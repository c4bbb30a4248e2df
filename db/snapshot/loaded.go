package snapshot

import (
	"context"
	"crypto/sha256"
	"database/sql/driver"
	"strings"
	"time"

	"latchkey/db/engine"
	"latchkey/db/model"
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

// loadedColumns are the columns of an object, in the order of scan.
const loadedColumns = `id, kind, name, note, email, token, token_issued_at, retiring, retiring_until,
	created_at, changed_at, revision, digest, definition`

// Which objects are loaded, with # for the column that has their number.
const (
	between      = `# > ?1 AND # <= ?2`
	noUsers      = `# IN (SELECT id FROM objects WHERE kind IN ('role', 'resource'))`
	ChangedSince = `# IN (` + ChangedQuery + `)`
	// ALL, as without it both tables are read whole, for the order.
	ChangedQuery = `SELECT object_id FROM changes WHERE revision > ?1 UNION ALL SELECT id FROM objects WHERE revision > ?1`
)

// What is loaded of an object: one row of each query at most. SQLite puts lists into a text faster than they can be
// fetched from it.
var (
	ObjectRows = `SELECT ` + loadedColumns + ` FROM objects WHERE # ORDER BY id`
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
		one.scan(row)
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

// scan reads the loadedColumns.
func (l *loaded) scan(row []driver.Value) {
	read := values{row: row}
	o := &l.object
	o.ID, o.Kind = read.number(0), model.Kind(read.text(1))
	o.Name, o.Note, o.Email = read.text(2), read.text(3), read.text(4)
	copy(o.Access.Current[:], read.bytes(5))
	o.Access.IssuedAt = read.moment(6)
	copy(o.Access.Retiring[:], read.bytes(7))
	o.Access.RetiringUntil = read.moment(8)
	o.CreatedAt, o.ChangedAt = time.UnixMilli(read.number(9)), time.UnixMilli(read.number(10))
	o.Revision = read.number(11)
	l.digest = read.bytes(12)
	if row[13] != nil {
		read.wrong = o.Define(read.text(13)) != nil || read.wrong
	}
	l.wrong = read.wrong
}

// sound tells whether the object, with its rules and roles by now, is what its save wrote (D11).
func (l *loaded) sound() bool {
	l.content = l.object.AppendContent(l.content[:0])
	sum := sha256.Sum256(l.content)
	return !l.wrong && string(sum[:]) == string(l.digest)
}

// isUser is true of a damaged kind as well: whose row it was is not known, but nobody gets in by it.
func (l *loaded) isUser() bool {
	return l.object.Kind != model.KindRole && l.object.Kind != model.KindResource
}

// values are those of a row. A damaged row can have any of any type.
type values struct {
	row   []driver.Value
	wrong bool // one was not of the type that was asked for
}

func valueAs[T any](v *values, at int) (value T) {
	value, ok := v.row[at].(T)
	v.wrong = v.wrong || !ok
	return value
}

func (v *values) number(at int) int64 { return valueAs[int64](v, at) }
func (v *values) text(at int) string  { return valueAs[string](v, at) }

// bytes is nil for NULL.
func (v *values) bytes(at int) []byte {
	if v.row[at] == nil {
		return nil
	}
	return valueAs[[]byte](v, at)
}

// moment is the zero time for NULL.
func (v *values) moment(at int) time.Time {
	if v.row[at] == nil {
		return time.Time{}
	}
	return time.UnixMilli(v.number(at))
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
	read := values{row: row}
	f.id, f.text = read.number(0), read.text(1)
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
		read := values{row: row}
		visit(read.number(0))
	}
}
