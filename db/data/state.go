package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"latchkey/db/internal/sqlite"
)

// State says how far a document or a collection has come.
type State struct {
	Version   int64     // grows with every change, and is never had twice in one file; 0: never changed
	ChangedAt time.Time // in whole seconds, never going back; zero: never changed
}

// Precondition judges the state that a change would begin from, of the document that it is for or else of the
// collection. It is called within the transaction of the change, so that nothing comes between; its error is that of the
// change, which then does nothing.
type Precondition func(State) error

// judge is for preconditions that may be nil.
func (p Precondition) judge(state State) error {
	if p == nil {
		return nil
	}
	return p(state)
}

// State tells how far a collection has come, deletions counted. Collections under different parents count as one: the
// state may change though this collection did not, but never the other way round. It costs the same for any size.
// [ErrNoParent].
func (d *Data) State(ctx context.Context, collection Collection) (State, error) {
	tx, err := d.read()
	if err != nil {
		return State{}, err
	}
	if err = checkParent(ctx, tx, collection); err == nil {
		var state State
		if state, err = stateOf(ctx, tx, collection); err == nil {
			return state, nil
		}
	}
	return State{}, fmt.Errorf("reading the state of %s: %w", collection.Resource, err)
}

func stateOf(ctx context.Context, tx querier, collection Collection) (State, error) {
	var state State
	var changed int64
	row := tx.QueryRowContext(ctx, `SELECT version, changed_at FROM collections WHERE resource = ?`, collection.Resource)
	err := row.Scan(&state.Version, &changed)
	if errors.Is(err, sql.ErrNoRows) {
		return State{}, nil
	}
	state.ChangedAt = time.UnixMilli(changed).UTC()
	return state, sqlite.Explain(err)
}

// advance begins the next state of a resource and gives out the numbers of so many new documents, of which it returns
// the last. Time does not go back with the clock: clients that ask what was changed since would miss it.
func (d *Data) advance(ctx context.Context, tx querier, resource string, documents int64) (id int64, state State, err error) {
	row := tx.QueryRowContext(ctx, `INSERT INTO collections (resource, last_id, version, changed_at) VALUES (?, ?, 1, ?)
		ON CONFLICT (resource) DO UPDATE SET last_id = last_id + excluded.last_id, version = version + 1,
			changed_at = max(changed_at, excluded.changed_at)
		RETURNING last_id, version, changed_at`, resource, documents, d.now().UnixMilli())
	var changed int64
	err = row.Scan(&id, &state.Version, &changed)
	state.ChangedAt = time.UnixMilli(changed).UTC()
	return id, state, sqlite.Explain(err)
}
