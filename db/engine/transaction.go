package engine

import (
	"context"
	"database/sql"
)

// NewTx makes a [Tx] of one of database/sql. explain adds the errors of this package to those of the driver; no one else
// does.
func NewTx(tx *sql.Tx, explain func(error) error) Tx { return explained{tx, explain} }

type explained struct {
	tx      *sql.Tx
	explain func(error) error
}

func (t explained) Each(ctx context.Context, visit func(row Row) error, query string, args ...any) error {
	rows, err := t.Rows(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := visit(rows.Row); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (t explained) Row(ctx context.Context, query string, args ...any) Row {
	return Row{one: t.tx.QueryRowContext(ctx, query, args...), explain: t.explain}
}

func (t explained) Rows(ctx context.Context, query string, args ...any) (*Rows, error) {
	rows, err := t.tx.QueryContext(ctx, query, args...) //nolint:rowserrcheck // Err is for whoever reads them
	if err != nil {
		return nil, t.explain(err)
	}
	return &Rows{Row{rows: rows, explain: t.explain}}, nil
}

func (t explained) Exec(ctx context.Context, statement string, args ...any) (int64, error) {
	result, err := t.tx.ExecContext(ctx, statement, args...)
	if err != nil {
		return 0, t.explain(err)
	}
	changed, err := result.RowsAffected()
	return changed, t.explain(err)
}

// Row is one row of a query. It is no interface, as calls through one would cost an allocation a row.
type Row struct {
	one     *sql.Row // nil: it is one of several
	rows    *sql.Rows
	explain func(error) error
}

// Scan copies the columns to where dest points, as [sql.Rows.Scan] does.
func (r Row) Scan(dest ...any) error {
	if r.one != nil {
		return r.explain(r.one.Scan(dest...))
	}
	return r.explain(r.rows.Scan(dest...))
}

// Rows are the rows of a query, one after the other. Close them.
type Rows struct{ Row }

// Next goes to the next row, and tells whether there is one.
func (r *Rows) Next() bool { return r.rows.Next() }

// Err is what ended the rows; nil where it was the last of them.
func (r *Rows) Err() error { return r.explain(r.rows.Err()) }

// Close ends the query.
func (r *Rows) Close() error { return r.explain(r.rows.Close()) }
