package store

import (
	"context"
	"database/sql"
	"errors"

	"latchkey/db/engine"
	"latchkey/db/model"
)

// Find reads the live object of a number, nil where there is none. A wrong digest tells of the row; here the log is
// asked.
func Find(ctx context.Context, tx engine.Tx, id int64) (*model.Object, error) {
	object, err := ByID(ctx, tx, id)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil //nolint:nilnil // no object is an answer
	case errors.Is(err, model.ErrDamaged) && object.ID == id:
		return &object, nil
	}
	return &object, err
}
