package db

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"latchkey/db/drafts"
	"latchkey/db/history"
	"latchkey/db/model"
	"latchkey/db/store"
)

// Rebase lets stale drafts of the labelled objects (all, when no label is given) go on from the live state, and returns
// those that do. A draft that touches a field which has moved since stays as it is; the [model.ConflictError] names the
// fields, and the others are rebased all the same. So it is with an object that the operator may not view.
func (d *DB) Rebase(ctx context.Context, draft drafts.Draft, labels []string) ([]drafts.Staged, error) {
	var rebased []drafts.Staged
	conflict := &model.ConflictError{Undone: "not rebased", Cause: model.DraftCannotMove}
	err := d.writeAs(ctx, draft.Operator, func(tx transaction) error {
		all, err := drafts.Load(ctx, tx, draft)
		if err != nil {
			return err
		}
		chosen, err := drafts.Choose(all, labels)
		if err != nil {
			return err
		}
		visible, err := tx.visible(ctx, draft.Operator)
		if err != nil {
			return err
		}
		for _, staged := range chosen {
			if !staged.Stale() {
				continue
			}
			if !visible[staged.Kind()] { // it would take over a new name, and tell which fields have moved
				conflict.Add(staged.Label(), movedOn(staged.Kind()))
				continue
			}
			moved, against, err := tx.rebaseOne(ctx, draft, staged)
			if err != nil {
				return fmt.Errorf("rebasing %s: %w", staged.Label(), err)
			}
			if len(against) > 0 {
				conflict.Conflicts = append(conflict.Conflicts, model.Conflict{Name: staged.Label(), Fields: against})
				continue
			}
			rebased = append(rebased, moved)
		}
		return tx.makeRoom(ctx, stagedChanges(rebased), false)
	})
	if err != nil {
		return nil, err
	}
	return rebased, conflict.OrNil()
}

// rebaseOne stores a draft as it would be had it begun from the live object, or says which moved fields forbid it.
func (tx transaction) rebaseOne(ctx context.Context, draft drafts.Draft, staged drafts.Staged) (drafts.Staged, []model.FieldMove, error) {
	against, err := history.Moves(ctx, tx, staged.ID(), staged.Began)
	if err != nil {
		return drafts.Staged{}, nil, err
	}
	if staged.Live == 0 || staged.Next == nil { // removed meanwhile, or to be removed: every field is touched
		return drafts.Staged{}, against, nil
	}
	live, err := store.ByID(ctx, tx, staged.ID())
	if err != nil {
		return drafts.Staged{}, nil, err
	}
	mine, present := staged.Differences(), live.Record()
	var lookErr error
	against = slices.DeleteFunc(against, func(move model.FieldMove) bool {
		renamed, err := history.RoleRenamed(ctx, tx, move.Field, move.Revision)
		lookErr = errors.Join(lookErr, err)
		return !slices.ContainsFunc(mine, func(own model.Difference) bool {
			return own.Field == move.Field && (renamed || own.After != present.Value(own.Field)) // who wanted the same is content
		})
	})
	if len(against) > 0 || lookErr != nil {
		return drafts.Staged{}, against, lookErr
	}
	moved := drafts.Staged{Base: &live, Next: staged.Onto(&live), Began: live.Revision, Live: live.Revision, StagedAt: tx.clock.read(), Under: staged.Under}
	return moved, nil, drafts.Keep(ctx, tx, draft, moved)
}
