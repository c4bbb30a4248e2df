package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Examine has SQLite look through the whole file: its structure, its indexes, what its tables promise of each row
// (integrity_check), and its references (foreign_key_check). What is wrong is [ErrDamaged]; at most a hundred problems
// are named.
func (f *File) Examine(ctx context.Context) error {
	structure, err := f.problems(ctx, `PRAGMA integrity_check`, func(rows *sql.Rows) (text string, err error) {
		err = rows.Scan(&text)
		return text, err
	})
	if err != nil {
		return err
	}
	references, err := f.problems(ctx, `PRAGMA foreign_key_check`, func(rows *sql.Rows) (string, error) {
		var table, parent string
		var row, key sql.NullInt64
		err := rows.Scan(&table, &row, &parent, &key)
		return fmt.Sprintf("row %d of %s refers to none of %s", row.Int64, table, parent), err
	})
	if err != nil {
		return err
	}
	var problems []error
	for _, problem := range append(structure, references...) {
		problems = append(problems, fmt.Errorf("%w: %s", ErrDamaged, problem))
	}
	return errors.Join(problems...)
}

const mostProblems = 100

// problems collects what a check of SQLite's says, but for its "ok".
func (f *File) problems(ctx context.Context, query string, scan func(rows *sql.Rows) (string, error)) ([]string, error) {
	rows, err := f.Pool.QueryContext(ctx, query)
	if err != nil {
		return nil, Explain(err)
	}
	defer rows.Close()
	var problems []string
	for rows.Next() && len(problems) < mostProblems {
		problem, err := scan(rows)
		if err != nil {
			return nil, Explain(err)
		}
		if problem != "ok" {
			problems = append(problems, problem)
		}
	}
	return problems, Explain(rows.Err())
}
