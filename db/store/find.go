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

// TokenTaken tells whether the current token of a user is one of another's, live or retiring.
func TokenTaken(ctx context.Context, tx engine.Tx, user model.Object) (bool, error) {
	if user.Access.Current.IsZero() {
		return false, nil
	}
	others, err := Texts(ctx, tx, `SELECT name FROM objects WHERE (token = ?1 OR retiring = ?1) AND id <> ?2 LIMIT 1`, user.Access.Current[:], user.ID)
	return len(others) > 0, err
}
