package db

import (
	"context"
	"database/sql"
	"fmt"

	"latchkey/db/internal/sqlitefile"
)

// Page reads some live objects of a kind in the order of their names: after the first skip, at most limit. A page beyond
// the end is empty.
func (d *DB) Page(ctx context.Context, kind Kind, skip, limit int64) ([]Object, error) {
	var objects []Object
	err := d.read(ctx, func(tx *sql.Tx) error {
		var ids []int64
		err := eachRow(ctx, tx, func(rows *sql.Rows) error {
			var id int64
			err := rows.Scan(&id)
			ids = append(ids, id)
			return sqlitefile.Explain(err)
		}, `SELECT id FROM objects WHERE kind = ? ORDER BY name LIMIT ? OFFSET ?`, kind, limit, skip)
		for _, id := range ids {
			if err != nil {
				return err
			}
			var object Object
			object, err = loadByID(ctx, tx, id)
			objects = append(objects, object)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the %ss: %w", kind, err)
	}
	return objects, nil
}

// Count tells how many live objects of a kind there are.
func (d *DB) Count(ctx context.Context, kind Kind) (count int64, err error) {
	row := d.pool.QueryRowContext(ctx, `SELECT count(*) FROM objects WHERE kind = ?`, kind)
	if err := row.Scan(&count); err != nil {
		return 0, fmt.Errorf("counting the %ss: %w", kind, sqlitefile.Explain(err))
	}
	return count, nil
}

// UsersOf names the live users who have a live role, sorted.
func (d *DB) UsersOf(ctx context.Context, role Object) (users []string, err error) {
	err = d.read(ctx, func(tx *sql.Tx) error {
		users, err = usersOf(ctx, tx, role.ID)
		return err
	})
	return users, err
}
