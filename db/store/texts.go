package store

import (
	"context"

	"latchkey/db/engine"
)

// Texts runs a query of one column of text.
func Texts(ctx context.Context, tx engine.Tx, query string, args ...any) ([]string, error) {
	var list []string
	err := tx.Each(ctx, func(row engine.Row) error {
		var text string
		err := row.Scan(&text)
		list = append(list, text)
		return err
	}, query, args...)
	return list, err
}
