package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"latchkey/db/drafts"
	"latchkey/db/engine"
	"latchkey/db/history"
	"latchkey/db/model"
	"latchkey/db/store"
	"latchkey/perms"
)

// apply makes the changes live as the next revision. The names are compared only after all of them are gone from
// the table, so that a save can swap two names.
func (tx transaction) apply(ctx context.Context, operator model.Operator, message string, changes []model.Update) (history.Revision, error) {
	if err := tx.permit(ctx, operator, changes, nil); err != nil {
		return history.Revision{}, err
	}
	return tx.applyPermitted(ctx, operator, message, changes)
}

// applyPermitted is apply for changes of which it was judged that the operator may make them.
func (tx transaction) applyPermitted(ctx context.Context, operator model.Operator, message string, changes []model.Update) (history.Revision, error) {
	at, err := tx.savedAt(ctx, changes)
	if err != nil {
		return history.Revision{}, err
	}
	visible, err := tx.visible(ctx, operator)
	if err == nil {
		err = tx.makeRoom(ctx, changes, true)
	}
	if err != nil {
		return history.Revision{}, err
	}
	return tx.appendRevision(ctx, history.Revision{SavedAt: at, Operator: operator, Message: message}, changes, visible)
}

// appendRevision writes a revision behind the last one, and what it changes.
func (tx transaction) appendRevision(ctx context.Context, revision history.Revision, changes []model.Update, visible map[model.Kind]bool) (history.Revision, error) {
	last, err := history.Newest(ctx, tx)
	if err != nil {
		return history.Revision{}, err
	}
	revision.Number = last.Number + 1
	embedded, err := embeddedCatalogue(ctx, tx)
	if err != nil {
		return history.Revision{}, err
	}
	for i := range changes {
		changes[i].KeepEnded(revision.SavedAt)
		makeLive(&changes[i], revision)
		change := changes[i].Record()
		change.Embedded = embedded
		revision.Changes = append(revision.Changes, change)
	}
	if revision, err = history.Append(ctx, tx, last.Head, revision); err != nil {
		return history.Revision{}, fmt.Errorf("writing the record: %w", err)
	}
	if err := writeLive(ctx, tx, changes, visible); err != nil {
		return history.Revision{}, err
	}
	return revision, refuseLiveCatalogue(ctx, tx, changes)
}

// applyEdits is apply for what operators edit; what a backup has may be more than that. Whether there is too much is told
// only to who may make the changes. All that has changed is returned beside the revision, which is without the users of renamed
// roles: there may be very many, and the operator need not be one who may view them.
func (tx transaction) applyEdits(ctx context.Context, operator model.Operator, message string, changes []model.Update) (revision history.Revision, all []model.Update, err error) {
	gone, err := lostBy(ctx, tx, changes)
	if err == nil {
		err = tx.permit(ctx, operator, changes, nil)
	}
	var before lockout
	if err == nil {
		before, err = lockoutBy(ctx, tx, operator, changes)
	}
	if err == nil {
		all, err = withRoleHolders(ctx, tx, changes)
	}
	if err == nil {
		revision, err = tx.applyPermitted(ctx, operator, message, all)
	}
	if err != nil {
		return history.Revision{}, nil, err
	}
	set, err := store.Settings(ctx, tx)
	for _, change := range all {
		err = errors.Join(err, refuseGrowth(change), set.CheckGrace(change.Grace()), change.RefuseEnded())
	}
	revision.Changes = slices.DeleteFunc(revision.Changes, func(done model.RecordedChange) bool {
		return !slices.ContainsFunc(changes, func(change model.Update) bool { return change.Object().ID == done.ObjectID })
	})
	err = errors.Join(err, tx.refuseRulesLeft(ctx, operator, gone, nil), tx.refuseRulesForNothing(ctx, operator, all))
	if err == nil {
		err = before.refuse(ctx, tx)
	}
	if err == nil {
		err = tx.refuseEndings(ctx, operator, all)
	}
	return revision, all, err
}

// makeLive turns a staged state into the live one.
func makeLive(change *model.Update, revision history.Revision) {
	if change.After == nil {
		return
	}
	after := change.After.Clone()
	after.Access = after.Access.Settle(revision.SavedAt)
	after.ChangedAt, after.Revision = revision.SavedAt, revision.Number
	if change.Before == nil {
		after.CreatedAt = revision.SavedAt
	}
	change.After = after
}

func writeLive(ctx context.Context, tx engine.Tx, changes []model.Update, visible map[model.Kind]bool) error {
	for _, change := range changes {
		if change.Before == nil {
			continue
		}
		if _, err := tx.Exec(ctx, `DELETE FROM objects WHERE id = ?`, change.Before.ID); err != nil {
			return err
		}
	}
	if err := insertObjects(ctx, tx, changes, visible); err != nil {
		return err
	}
	for _, change := range changes {
		if change.After == nil {
			continue
		}
		if err := store.InsertRoles(ctx, tx, *change.After); err != nil {
			return err
		}
	}
	if err := errors.Join(refuseUsedRoles(ctx, tx, changes, visible[model.KindUser]), refuseTakenTokens(ctx, tx, changes)); err != nil {
		return err
	}
	for _, change := range changes {
		if err := drafts.ForgetTokens(ctx, tx, change); err != nil {
			return err
		}
	}
	return drafts.Move(ctx, tx, changes)
}

func insertObjects(ctx context.Context, tx engine.Tx, changes []model.Update, visible map[model.Kind]bool) error {
	conflict := &model.ConflictError{Cause: model.NameTaken}
	for _, change := range changes {
		if change.After == nil {
			continue
		}
		taken, err := store.Insert(ctx, tx, *change.After)
		if err != nil {
			return fmt.Errorf("writing %s: %w", change.After.Name, err)
		}
		if !taken {
			continue
		}
		reason := movedOn(change.After.Kind)
		if visible[change.After.Kind] {
			if reason, err = history.NameTaken(ctx, tx, change.After); err != nil {
				return err
			}
		}
		conflict.Add(model.Label(change.After.Kind, change.After.Name), reason)
	}
	return conflict.OrNil()
}

// refuseUsedRoles returns [model.ErrRoleInUse] when a removed role is still assigned, and says to whom where users are
// visible.
func refuseUsedRoles(ctx context.Context, tx engine.Tx, changes []model.Update, visible bool) error {
	for _, change := range changes {
		if change.After != nil || change.Before.Kind != model.KindRole {
			continue
		}
		users, err := store.UsersOf(ctx, tx, change.Before.ID)
		if err != nil {
			return err
		}
		if len(users) > 0 {
			return roleInUse(change.Before.Name, users, visible)
		}
	}
	return nil
}

// refuseTakenTokens returns [model.ErrTokenTaken] for a new token that another user has.
func refuseTakenTokens(ctx context.Context, tx engine.Tx, changes []model.Update) error {
	for _, change := range changes {
		if change.After == nil || change.Before != nil && change.After.Access.Current.Equal(change.Before.Access.Current) {
			continue
		}
		taken, err := store.TokenTaken(ctx, tx, *change.After)
		if err != nil {
			return err
		}
		if taken {
			return fmt.Errorf("%s: %w", model.Label(change.After.Kind, change.After.Name), model.ErrTokenTaken)
		}
	}
	return nil
}

// roleInUse is the error of a role that has users: it says who where they are visible, else how many.
func roleInUse(role string, users []string, visible bool) error {
	if !visible {
		return fmt.Errorf("%w: %s: number of users who have it: %d", model.ErrRoleInUse, role, len(users))
	}
	return fmt.Errorf("%w: %s: %s", model.ErrRoleInUse, role, model.SomeOf(users))
}

// numbered are objects as the updates that add them.
func numbered(ctx context.Context, tx engine.Tx, objects []model.Object) ([]model.Update, error) {
	updates := make([]model.Update, 0, len(objects))
	for i := range objects {
		object := objects[i].Clone()
		if err := store.Number(ctx, tx, object); err != nil {
			return nil, err
		}
		updates = append(updates, model.Update{After: object})
	}
	return updates, nil
}

// refuseGrowth returns perms.ErrTooMany for a change that gives an object too many rules or roles.
func refuseGrowth(c model.Update) error {
	if c.After == nil {
		return nil
	}
	before := cmp.Or(c.Before, &model.Object{})
	err := errors.Join(perms.CheckRules(len(before.Rules), len(c.After.Rules)), perms.CheckRoles(len(before.Roles), len(c.After.Roles)))
	if err != nil {
		return fmt.Errorf("%s: %w", model.Label(c.After.Kind, c.After.Name), err)
	}
	return nil
}
