package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"latchkey/db/internal/sqlitefile"
)

// User reads the live user of a canonical name. [ErrNoUser] when there is none.
func (d *DB) User(ctx context.Context, name string) (User, error) {
	var user User
	err := d.read(ctx, func(tx *sql.Tx) (err error) {
		user, err = loadUser(ctx, tx, name)
		return err
	})
	if err != nil {
		return User{}, fmt.Errorf("reading %s: %w", name, err)
	}
	return user, nil
}

// Users reads all live users, by name.
func (d *DB) Users(ctx context.Context) ([]User, error) {
	var users []User
	err := d.read(ctx, func(tx *sql.Tx) error {
		rules, err := allRules(ctx, tx)
		if err != nil {
			return err
		}
		users, err = allUsers(ctx, tx, rules)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the users: %w", err)
	}
	return users, nil
}

// read runs work on one state of the database.
func (d *DB) read(ctx context.Context, work func(tx *sql.Tx) error) error {
	tx, err := d.pool.BeginTx(ctx, nil)
	if err != nil {
		return sqlitefile.Explain(err)
	}
	err = work(tx)
	return errors.Join(err, sqlitefile.Explain(tx.Rollback()))
}
