package backup

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/engine"
	"latchkey/db/model"
	"latchkey/db/store"
)

// Damages lists what cannot have been written by a save or an edit (D11): live objects that do not agree with the digest
// that their save stored with them, drafts that cannot be read, numbers that could be given twice. Each is an
// [model.ErrDamaged]. Whoever is damaged is authenticated by nobody; all others are served.
func Damages(ctx context.Context, database *db.DB) (damages []error, err error) {
	err = database.Inspect(ctx, func(tx engine.Tx) error {
		for _, look := range []func(ctx context.Context, tx engine.Tx) ([]error, error){damagedObjects, damagedDrafts, damagedCounters} {
			found, err := look(ctx, tx)
			if err != nil {
				return err
			}
			damages = append(damages, found...)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking for damages: %w", err)
	}
	return damages, nil
}

func damagedObjects(ctx context.Context, tx engine.Tx) (damages []error, err error) {
	err = eachDamaged(ctx, tx, func(_ int64, damage error) { damages = append(damages, damage) })
	return damages, err
}

// eachDamaged visits the live objects that are not what their save wrote.
func eachDamaged(ctx context.Context, tx engine.Tx, visit func(id int64, damage error)) error {
	return tx.Each(ctx, func(row engine.Row) error {
		var id int64
		var kind, name string
		if err := row.Scan(&id, &kind, &name); err != nil {
			return err
		}
		_, err := store.ByID(ctx, tx, id)
		if errors.Is(err, model.ErrDamaged) {
			visit(id, fmt.Errorf("%s %q: %w", kind, name, err))
			return nil
		}
		return err
	}, `SELECT id, kind, name FROM objects ORDER BY id`)
}

// DraftError says whose draft cannot be read. It matches [model.ErrDamaged].
type DraftError struct{ Operator string }

func (e *DraftError) Error() string {
	return fmt.Sprintf("%v: a draft of %s cannot be read", model.ErrDamaged, e.Operator)
}

// Unwrap makes it an [model.ErrDamaged].
func (e *DraftError) Unwrap() error { return model.ErrDamaged }

func damagedDrafts(ctx context.Context, tx engine.Tx) (damages []error, err error) {
	err = tx.Each(ctx, func(row engine.Row) error {
		var operator, draft string
		var id int64
		var base, next, tokens sql.NullString
		if err := row.Scan(&operator, &draft, &id, &base, &next, &tokens); err != nil {
			return err
		}
		_, baseErr := model.DecodeObject(base, id)
		_, nextErr := model.DecodeObject(next, id)
		_, tokensErr := drafts.DecodeTokens(tokens)
		if errors.Join(baseErr, nextErr, tokensErr) == nil {
			return nil
		}
		damages = append(damages, &DraftError{operator})
		return nil
	}, `SELECT operator, name, object_id, base, next, tokens FROM drafts ORDER BY operator, name, object_id`)
	return damages, err
}

// damagedCounters: a number that an object has, had or will have is not to be given again.
func damagedCounters(ctx context.Context, tx engine.Tx) (damages []error, err error) {
	var last, used sql.NullInt64
	row := tx.Row(ctx, `SELECT (SELECT last FROM counters WHERE name = 'object'), max(
		(SELECT coalesce(max(id), 0) FROM objects),
		(SELECT coalesce(max(object_id), 0) FROM changes),
		(SELECT coalesce(max(object_id), 0) FROM drafts))`)
	if err := row.Scan(&last, &used); err != nil {
		return nil, err
	}
	if !last.Valid || last.Int64 < used.Int64 {
		damages = append(damages, fmt.Errorf("%w: the next object would get a number that one had already", model.ErrDamaged))
	}
	return damages, nil
}
