package store

import (
	"context"
	"fmt"

	"latchkey/db/engine"
	"latchkey/db/model"
)

// Number gives a new object a number that no object ever had.
func Number(ctx context.Context, tx engine.Tx, object *model.Object) error {
	if object == nil || object.ID != 0 {
		return nil
	}
	row := tx.Row(ctx, `UPDATE counters SET last = last + 1 WHERE name = 'object' RETURNING last`)
	if err := row.Scan(&object.ID); err != nil {
		return fmt.Errorf("numbering: %w", err)
	}
	return nil
}
