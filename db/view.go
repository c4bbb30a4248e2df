package db

import (
	"context"
	"errors"
	"fmt"

	"latchkey/db/engine"
	"latchkey/db/history"
	"latchkey/db/model"
	"latchkey/db/store"
	"latchkey/perms"
	"latchkey/perms/verifiedtime"
)

// View reads the database. What one call tells is of one state; what several calls tell is of one state too where the View
// is from [DB.Read].
type View struct {
	read  func(ctx context.Context, work func(tx engine.Tx) error) error
	clock clock
}

// Read runs work on one state of the database: for all that is shown together. Do not use the DB within.
func (d *DB) Read(ctx context.Context, work func(view View) error) error {
	return d.stored.Read(ctx, func(tx engine.Tx) error {
		same := func(_ context.Context, work func(tx engine.Tx) error) error { return work(tx) }
		return work(View{same, d.clock})
	})
}

func (v View) within(ctx context.Context, work func(tx transaction) error) error {
	return v.read(ctx, func(tx engine.Tx) error { return work(transaction{Tx: tx, clock: v.clock}) })
}

// Inspect runs work on one state of the database. It is for the packages below this one, which know the tables.
func (v View) Inspect(ctx context.Context, work func(tx engine.Tx) error) error {
	return v.read(ctx, work)
}

// History reads the record of every save.
func (v View) History() history.Reader { return history.NewReader(v.read) }

// Names looks up names for a shell that completes what somebody types.
func (v View) Names() Names { return Names{v.read} }

// Now is the time as far as it is proved: what ends with time is decided by it.
func (v View) Now(ctx context.Context) (now verifiedtime.Time, err error) {
	err = v.read(ctx, func(tx engine.Tx) error {
		now, err = v.clock.now(ctx, tx)
		return err
	})
	return now, err
}

// Object reads the live object of a canonical name. [model.ErrNoUser] or [model.ErrNoRole] when there is none.
func (v View) Object(ctx context.Context, kind model.Kind, name string) (model.Object, error) {
	var object model.Object
	err := v.read(ctx, func(tx engine.Tx) (err error) {
		object, err = store.Load(ctx, tx, kind, name)
		return err
	})
	switch {
	case errors.Is(err, kind.Missing()):
		return model.Object{}, fmt.Errorf("%w: %s", kind.Missing(), name)
	case err != nil:
		return model.Object{}, fmt.Errorf("reading %s: %w", name, err)
	}
	return object, nil
}

// User reads a live user by name.
func (v View) User(ctx context.Context, name string) (model.Object, error) {
	return v.Object(ctx, model.KindUser, name)
}

// Objects reads all live objects of a kind, by name.
func (v View) Objects(ctx context.Context, kind model.Kind) ([]model.Object, error) {
	var objects []model.Object
	err := v.read(ctx, func(tx engine.Tx) (err error) {
		objects, err = store.List(ctx, tx, store.OfKind, kind)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the %ss: %w", kind, err)
	}
	return objects, nil
}

// Users reads all live users, by name.
func (v View) Users(ctx context.Context) ([]model.Object, error) {
	return v.Objects(ctx, model.KindUser)
}

// Rules lists all rules that count for a user who was read: its own and those of its roles.
func (v View) Rules(ctx context.Context, user *model.Object) ([]perms.Rule, error) {
	var rules []perms.Rule
	err := v.read(ctx, func(tx engine.Tx) error {
		roles, err := store.Roles(ctx, tx)
		rules = user.Effective(roles)
		return err
	})
	return rules, err
}
