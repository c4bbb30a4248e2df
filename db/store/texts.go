package store

import (
	"context"

	"latchkey/db/engine"
	"latchkey/db/internal/sqlite"
)

// Texts runs a query of one column of text.
func Texts(ctx context.Context, tx engine.Tx, query string, args ...any) ([]string, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, sqlite.Explain(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, sqlite.Explain(err)
		}
		list = append(list, text)
	}
	return list, sqlite.Explain(rows.Err())
}
