package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"latchkey/db/internal/sqlite"
	"latchkey/db/model"
)

// apply makes the changes live as the next revision. The names are compared only after all of them are gone from
// the table, so that a save can swap two names.
func (d *DB) apply(ctx context.Context, tx querier, operator model.Operator, message string, changes []change) (Revision, error) {
	if err := d.permit(ctx, tx, operator, changes, nil); err != nil {
		return Revision{}, err
	}
	visible, err := d.visible(ctx, tx, operator)
	if err != nil {
		return Revision{}, err
	}
	last, err := readHead(ctx, tx)
	if err != nil {
		return Revision{}, err
	}
	revision := Revision{Number: last.Number + 1, SavedAt: d.clock().UTC().Truncate(time.Millisecond), Operator: operator, Message: message}
	for i := range changes {
		settleObject(&changes[i], revision)
		revision.Changes = append(revision.Changes, changes[i].record())
	}
	// The order in which the table keeps them: a head must be computable from what is stored.
	slices.SortFunc(revision.Changes, func(a, b model.RecordedChange) int { return cmp.Compare(a.ObjectID, b.ObjectID) })
	stored, err := revision.logged()
	if err != nil {
		return Revision{}, err
	}
	stored.Head = stored.seal(last.Head)
	if err := stored.insert(ctx, tx); err != nil {
		return Revision{}, fmt.Errorf("writing the record: %w", err)
	}
	if err := writeLive(ctx, tx, changes, visible); err != nil {
		return Revision{}, err
	}
	return stored.Revision, refuseLiveCatalogue(ctx, tx, changes)
}

// applyEdits is apply for what operators edit; what a backup has may be more than that. Whether there is too much is told
// only to who may make the changes.
func (d *DB) applyEdits(ctx context.Context, tx querier, operator model.Operator, message string, changes []change) (Revision, error) {
	revision, err := d.apply(ctx, tx, operator, message, changes)
	if err != nil {
		return Revision{}, err
	}
	for _, change := range changes {
		err = errors.Join(err, change.refuseGrowth())
	}
	return revision, err
}

// settleObject turns a staged state into the live one.
func settleObject(change *change, revision Revision) {
	if change.after == nil {
		return
	}
	after := change.after.Clone()
	after.Access = after.Access.Settle(revision.SavedAt)
	after.ChangedAt, after.Revision = revision.SavedAt, revision.Number
	if change.before == nil {
		after.CreatedAt = revision.SavedAt
	}
	change.after = after
}

func writeLive(ctx context.Context, tx querier, changes []change, visible map[model.Kind]bool) error {
	for _, change := range changes {
		if change.before == nil {
			continue
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM objects WHERE id = ?`, change.before.ID); err != nil {
			return sqlite.Explain(err)
		}
	}
	if err := insertObjects(ctx, tx, changes, visible); err != nil {
		return err
	}
	for _, change := range changes {
		if change.after == nil {
			continue
		}
		if err := insertRoles(ctx, tx, *change.after); err != nil {
			return err
		}
	}
	if err := refuseUsedRoles(ctx, tx, changes); err != nil {
		return err
	}
	for _, change := range changes {
		if err := forgetStagedTokens(ctx, tx, change); err != nil {
			return err
		}
	}
	return moveDrafts(ctx, tx, changes)
}

// moveDrafts lets the drafts of a user who was renamed go with them, and forgets those of one who was removed: a later
// user of the name is another one. A name in between makes swaps safe.
func moveDrafts(ctx context.Context, tx querier, changes []change) error {
	for _, change := range changes {
		if change.before == nil || change.before.Kind != model.KindUser {
			continue
		}
		operator := model.OperatorOf(change.before.Name)
		var err error
		switch {
		case change.after == nil:
			_, err = tx.ExecContext(ctx, `DELETE FROM drafts WHERE operator = ?`, operator)
		case change.after.Name != change.before.Name:
			_, err = tx.ExecContext(ctx, `UPDATE drafts SET operator = ? WHERE operator = ?`, fmt.Sprint("user #", change.after.ID), operator)
		}
		if err != nil {
			return sqlite.Explain(err)
		}
	}
	for _, change := range changes {
		if change.before == nil || change.after == nil || change.after.Name == change.before.Name {
			continue
		}
		_, err := tx.ExecContext(ctx, `UPDATE drafts SET operator = ? WHERE operator = ?`,
			model.OperatorOf(change.after.Name), fmt.Sprint("user #", change.after.ID))
		if err != nil {
			return sqlite.Explain(err)
		}
	}
	return nil
}

func insertObjects(ctx context.Context, tx querier, changes []change, visible map[model.Kind]bool) error {
	conflict := &model.ConflictError{Hint: "rename one of them, or discard the draft"}
	for _, change := range changes {
		if change.after == nil {
			continue
		}
		err := insertObject(ctx, tx, *change.after)
		if sqlite.IsUnique(err) {
			reason, lookErr := nameTaken(ctx, tx, change.after)
			if lookErr != nil {
				return lookErr
			}
			if !visible[change.after.Kind] {
				reason = movedOn(change.after.Kind)
			}
			conflict.Add(model.Label(change.after.Kind, change.after.Name), reason)
			continue
		}
		if err != nil {
			return fmt.Errorf("writing %s: %w", change.after.Name, sqlite.Explain(err))
		}
	}
	return conflict.OrNil()
}

// refuseUsedRoles returns [ErrRoleInUse] when a removed role is still assigned, and says to whom.
func refuseUsedRoles(ctx context.Context, tx querier, changes []change) error {
	for _, change := range changes {
		if change.after != nil || change.before.Kind != model.KindRole {
			continue
		}
		users, err := usersOf(ctx, tx, change.before.ID)
		if err != nil {
			return err
		}
		if len(users) > 0 {
			return roleInUse(change.before.Name, users)
		}
	}
	return nil
}

// roleInUse is the error of a role that has users.
func roleInUse(role string, users []string) error {
	return fmt.Errorf("%w: %s: %s", model.ErrRoleInUse, role, model.SomeOf(users))
}

// usersOf names the live users who have a role.
func usersOf(ctx context.Context, tx querier, role int64) ([]string, error) {
	rows, err := tx.QueryContext(ctx, `SELECT objects.name FROM assignments
		JOIN objects ON objects.id = assignments.user_id WHERE assignments.role_id = ? ORDER BY objects.name`, role)
	if err != nil {
		return nil, sqlite.Explain(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, sqlite.Explain(err)
		}
		names = append(names, name)
	}
	return names, sqlite.Explain(rows.Err())
}

// nameTaken says who took a name.
func nameTaken(ctx context.Context, tx querier, object *model.Object) (string, error) {
	var revision int64
	var operator string
	row := tx.QueryRowContext(ctx, `SELECT revisions.number, revisions.operator
		FROM objects JOIN revisions ON revisions.number = objects.revision
		WHERE objects.kind = ? AND objects.name = ?`, object.Kind, object.Name)
	if err := row.Scan(&revision, &operator); err != nil {
		return "", errors.Join(sqlite.Explain(err), model.ErrDamaged)
	}
	return fmt.Sprintf("the name was taken by %s in revision %d", operator, revision), nil
}

// seed writes the first objects of a new database.
func (d *DB) seed(ctx context.Context, operator model.Operator, objects []model.Object) error {
	return d.transact(ctx, func(tx *sql.Tx) error {
		changes := make([]change, 0, len(objects))
		for i := range objects {
			object := objects[i].Clone()
			if err := number(ctx, tx, object); err != nil {
				return err
			}
			changes = append(changes, change{after: object})
		}
		_, err := d.apply(ctx, tx, operator, "first users", changes)
		return err
	})
}
