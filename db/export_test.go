package db

import (
	"context"
	"errors"

	"latchkey/db/engine"
	"latchkey/db/model"
	"latchkey/db/snapshot"
	"latchkey/db/store"
	"latchkey/tokens"
)

// WithMarks lets every mark of a watched database be taken by a test. taken takes a real one.
func (d *DB) WithMarks(take func(taken func())) {
	real := d.snapshot.Mark
	d.snapshot.Mark = func() (mark engine.Mark, err error) {
		take(func() { mark, err = real() })
		return mark, err
	}
}

// Renewals counts the rounds in which a watched database was read.
func (d *DB) Renewals() int64 { return d.snapshot.Rounds.Load() }

// FromTables is what [DB.Authenticate] is to tell, read from the tables: nothing is kept.
func (d *DB) FromTables(ctx context.Context, name string, presented tokens.Digest) (identity snapshot.Identity, err error) {
	err = d.within(ctx, func(tx transaction) error {
		user, err := store.Load(ctx, tx, model.KindUser, name)
		if errors.Is(err, model.ErrNoUser) {
			return model.ErrUnauthenticated
		}
		now, nowErr := tx.now(ctx)
		limits, limitsErr := tx.limits(ctx)
		if err := errors.Join(err, nowErr, limitsErr); err != nil {
			return err
		}
		if !user.Access.Accepts(presented, now, limits) {
			return model.ErrUnauthenticated
		}
		rules, err := store.EffectiveRules(ctx, tx, &user)
		if err != nil {
			return err
		}
		catalogue, err := liveCatalogue(ctx, tx)
		identity = snapshot.Identity{UserID: user.ID, Name: user.Name, Retiring: !user.Access.Current.Equal(presented), Now: now,
			Catalogue: catalogue, Granted: &snapshot.Grants{Own: rules}}
		return err
	})
	return identity, err
}

// Identify is [DB.Authenticate] of a watched database, and what it is to tell of another.
func (d *DB) Identify(ctx context.Context, name string, presented tokens.Digest) (snapshot.Identity, error) {
	if d.snapshot == nil {
		return d.FromTables(ctx, name, presented)
	}
	return d.Authenticate(ctx, name, presented)
}
