package store

import (
	"database/sql/driver"
	"fmt"
	"time"

	"latchkey/db/engine"
	"latchkey/db/model"
)

// Columns are those of a row of objects, in the order of [Decode].
const Columns = `id, kind, name, note, email, token, token_issued_at, retiring, retiring_until,
	created_at, changed_at, revision, digest, definition, expires_at, lifetime, ends_by_default, suspended, retiring_issued_at`

const columnCount = 19

// Decode reads the [Columns] of a row into an object, which has no rules and roles then, and returns the digest that its save
// stored. It is wrong where a value is not of its type: a damaged row can have any of any type.
func Decode(row []driver.Value, object *model.Object) (digest []byte, wrong bool) {
	read := Values{Row: row}
	object.ID, object.Kind = read.Number(0), model.Kind(read.Text(1))
	object.Name, object.Note, object.Email = read.Text(2), read.Text(3), read.Text(4)
	copy(object.Access.Current[:], read.Bytes(5))
	object.Access.IssuedAt = read.Moment(6)
	copy(object.Access.Retiring[:], read.Bytes(7))
	object.Access.RetiringUntil = read.Moment(8)
	object.CreatedAt, object.ChangedAt = read.Moment(9), read.Moment(10)
	object.Revision = read.Number(11)
	digest = read.Bytes(12)
	object.Access.ExpiresAt = read.Moment(14)
	object.Access.Length = time.Duration(read.Number(15)) * time.Millisecond
	object.Access.ByDefault, object.Access.Suspended = read.Flag(16), read.Flag(17)
	object.Access.RetiringIssuedAt = read.Moment(18)
	if row[13] != nil {
		read.Wrong = object.Define(read.Text(13)) != nil || read.Wrong
	}
	return digest, read.Wrong
}

// scanObject reads the [Columns] of one row, and the row's digest.
func scanObject(row engine.Row) (object model.Object, digest []byte, err error) {
	var scanned [columnCount]any
	var into [columnCount]any
	for i := range scanned {
		into[i] = &scanned[i]
	}
	if err := row.Scan(into[:]...); err != nil {
		return model.Object{}, nil, err
	}
	values := make([]driver.Value, columnCount)
	for i, value := range scanned {
		values[i] = value
	}
	digest, wrong := Decode(values, &object)
	if wrong {
		return model.Object{}, nil, fmt.Errorf("%w: the row of object %d cannot be read", model.ErrDamaged, object.ID)
	}
	return object, digest, nil
}

// Values are those of a row, each of whatever type is stored.
type Values struct {
	Row   []driver.Value
	Wrong bool // one was not of the type that was asked for
}

func valueAs[T any](v *Values, at int) (value T) {
	value, ok := v.Row[at].(T)
	v.Wrong = v.Wrong || !ok
	return value
}

// Number is a number of the row.
func (v *Values) Number(at int) int64 { return valueAs[int64](v, at) }

// Flag is a truth of the row: 0 or 1.
func (v *Values) Flag(at int) bool {
	number := v.Number(at)
	v.Wrong = v.Wrong || number != 0 && number != 1
	return number == 1
}

// Text is a text of the row.
func (v *Values) Text(at int) string { return valueAs[string](v, at) }

// Bytes is nil for NULL.
func (v *Values) Bytes(at int) []byte {
	if v.Row[at] == nil {
		return nil
	}
	return valueAs[[]byte](v, at)
}

// Moment is the zero time for NULL.
func (v *Values) Moment(at int) time.Time {
	if v.Row[at] == nil {
		return time.Time{}
	}
	return time.UnixMilli(v.Number(at)).UTC()
}
