package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"latchkey/db/internal/sqlitefile"
)

// apply makes the changes live as the next revision. The names are compared only after all of them are gone from
// the table, so that a save can swap two names.
func (d *DB) apply(ctx context.Context, tx querier, operator Operator, message string, changes []change) (Revision, error) {
	last, err := readHead(ctx, tx)
	if err != nil {
		return Revision{}, err
	}
	revision := Revision{Number: last.Number + 1, SavedAt: d.clock().UTC(), Operator: operator, Message: message}
	for i := range changes {
		settleUser(&changes[i], revision)
		revision.Changes = append(revision.Changes, changes[i].record())
	}
	if revision.Head, err = revision.seal(last.Head); err != nil {
		return Revision{}, err
	}
	if err := revision.insert(ctx, tx); err != nil {
		return Revision{}, fmt.Errorf("writing the record: %w", err)
	}
	return revision, writeLive(ctx, tx, changes)
}

// settleUser turns a staged state into the live one.
func settleUser(change *change, revision Revision) {
	if change.after == nil {
		return
	}
	after := change.after.clone()
	after.Access = after.Access.Settle(revision.SavedAt)
	after.ChangedAt, after.Revision = revision.SavedAt, revision.Number
	if change.before == nil {
		after.CreatedAt = revision.SavedAt
	}
	change.after = &after
}

func writeLive(ctx context.Context, tx querier, changes []change) error {
	for _, change := range changes {
		if change.before == nil {
			continue
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM users WHERE id = ?`, change.before.ID); err != nil {
			return sqlitefile.Explain(err)
		}
	}
	conflict := &ConflictError{Hint: "rename one of them, or discard the draft"}
	for _, change := range changes {
		if change.after == nil {
			continue
		}
		err := insertUser(ctx, tx, *change.after)
		if sqlitefile.IsUnique(err) {
			reason, lookErr := nameTaken(ctx, tx, change.after.Name)
			if lookErr != nil {
				return lookErr
			}
			conflict.add(change.after.Name, reason)
			continue
		}
		if err != nil {
			return fmt.Errorf("writing %s: %w", change.after.Name, sqlitefile.Explain(err))
		}
	}
	return conflict.orNil()
}

// nameTaken says who took a name.
func nameTaken(ctx context.Context, tx querier, name string) (string, error) {
	var revision int64
	var operator string
	row := tx.QueryRowContext(ctx, `SELECT revisions.number, revisions.operator
		FROM users JOIN revisions ON revisions.number = users.revision WHERE users.name = ?`, name)
	if err := row.Scan(&revision, &operator); err != nil {
		return "", errors.Join(sqlitefile.Explain(err), ErrDamaged)
	}
	return fmt.Sprintf("the name was taken by %s in revision %d", operator, revision), nil
}

// seed writes the first users of a new database.
func (d *DB) seed(ctx context.Context, operator Operator, users []User) error {
	return d.transact(ctx, func(tx *sql.Tx) error {
		changes := make([]change, 0, len(users))
		for i := range users {
			user := users[i].clone()
			if err := number(ctx, tx, &user); err != nil {
				return err
			}
			changes = append(changes, change{after: &user})
		}
		_, err := d.apply(ctx, tx, operator, "first users", changes)
		return err
	})
}
