package db

import (
	"context"
	"errors"
	"fmt"

	"latchkey/db/engine"
	"latchkey/db/internal/sqlite"
	"latchkey/db/model"
	"latchkey/db/store"
	"latchkey/perms"
)

// Object reads the live object of a canonical name. [ErrNoUser] or [ErrNoRole] when there is none.
func (d *DB) Object(ctx context.Context, kind model.Kind, name string) (model.Object, error) {
	var object model.Object
	err := d.read(ctx, func(tx engine.Tx) (err error) {
		object, err = store.Load(ctx, tx, kind, name)
		return err
	})
	if err != nil {
		return model.Object{}, fmt.Errorf("reading %s: %w", name, err)
	}
	return object, nil
}

// User reads a live user by name.
func (d *DB) User(ctx context.Context, name string) (model.Object, error) {
	return d.Object(ctx, model.KindUser, name)
}

// Objects reads all live objects of a kind, by name.
func (d *DB) Objects(ctx context.Context, kind model.Kind) ([]model.Object, error) {
	var objects []model.Object
	err := d.read(ctx, func(tx engine.Tx) (err error) {
		objects, err = store.List(ctx, tx, store.OfKind, kind)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the %ss: %w", kind, err)
	}
	return objects, nil
}

// Users reads all live users, by name.
func (d *DB) Users(ctx context.Context) ([]model.Object, error) {
	return d.Objects(ctx, model.KindUser)
}

// Rules lists all rules that count for a user who was read: its own and those of its roles.
func (d *DB) Rules(ctx context.Context, user *model.Object) ([]perms.Rule, error) {
	var rules []perms.Rule
	err := d.read(ctx, func(tx engine.Tx) error {
		roles, err := store.Roles(ctx, tx)
		rules = user.Effective(roles)
		return err
	})
	return rules, err
}

// read runs work on one state of the database.
func (d *DB) read(ctx context.Context, work func(tx engine.Tx) error) error {
	tx, err := d.file.Begin(ctx)
	if err != nil {
		return err
	}
	err = work(tx)
	return errors.Join(err, sqlite.Explain(tx.Rollback()))
}
