package data

import (
	"context"
	"fmt"

	"latchkey/db/internal/sqlite"
)

// CountBy tells how many documents of a collection the conditions leave, and how many of these have each whole number in a
// field. Others do not count to any number. Every document is looked at. [ErrNoParent], [ErrSlow], *[ConditionError].
func (d *Data) CountBy(ctx context.Context, collection Collection, where []Condition, field string) (all int64, by map[int64]int64, err error) {
	tx, err := d.read()
	if err != nil {
		return 0, nil, err
	}
	path, err := memberPath(field)
	if err != nil {
		return 0, nil, err
	}
	query := Query{Where: where, Sort: []Order{{Field: field}}}
	which := clause{text: `SELECT CASE json_type(body, ?) WHEN 'integer' THEN CAST(json_extract(body, ?) AS INTEGER) END AS value, count(*)
		FROM documents WHERE `, args: []any{path, path}}
	in := collection.where()
	which.add(in.text, in.args...)
	if err := query.where(&which, documentFields{collection.ParentField}); err != nil {
		return 0, nil, err
	}
	which.add(` GROUP BY value`)
	err = d.limited(ctx, query, func(ctx context.Context) error {
		if all, by, err = countBy(ctx, tx, which); err == nil && all == 0 {
			err = checkParent(ctx, tx, collection)
		}
		return err
	})
	if err != nil {
		return 0, nil, fmt.Errorf("counting %s by %s: %w", collection.Resource, field, err)
	}
	return all, by, nil
}

func countBy(ctx context.Context, tx querier, which clause) (all int64, by map[int64]int64, err error) {
	rows, err := tx.QueryContext(ctx, which.text, which.args...)
	if err != nil {
		return 0, nil, sqlite.Explain(err)
	}
	defer rows.Close()
	by = map[int64]int64{}
	for rows.Next() {
		var value *int64
		var count int64
		if err := rows.Scan(&value, &count); err != nil {
			return 0, nil, sqlite.Explain(err)
		}
		if all += count; value != nil {
			by[*value] += count
		}
	}
	return all, by, sqlite.Explain(rows.Err())
}
