package db

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"latchkey/db/model"
)

// Rebase lets stale drafts of the labelled objects (all, when no label is given) go on from the live state, and returns
// those that do. A draft that touches a field which has moved since stays as it is; the [ConflictError] names the
// fields, and the others are rebased all the same. So it is with an object that the operator may not view.
func (d *DB) Rebase(ctx context.Context, draft Draft, labels []string) ([]Staged, error) {
	var rebased []Staged
	conflict := &model.ConflictError{Undone: "not rebased",
		Hint: "'latchkey diff' shows both values: 'latchkey discard NAME' forgets your draft of it, then edit again"}
	err := d.transact(ctx, func(tx *sql.Tx) error {
		all, err := loadStaged(ctx, tx, draft)
		if err != nil {
			return err
		}
		chosen, err := choose(all, labels)
		if err != nil {
			return err
		}
		visible, err := d.visible(ctx, tx, draft.Operator)
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
			moved, against, err := d.rebaseOne(ctx, tx, draft, staged)
			if err != nil {
				return fmt.Errorf("rebasing %s: %w", staged.Label(), err)
			}
			if len(against) > 0 {
				conflict.Conflicts = append(conflict.Conflicts, model.Conflict{Name: staged.Label(), Fields: against})
				continue
			}
			rebased = append(rebased, moved)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return rebased, conflict.OrNil()
}

// rebaseOne stores a draft as it would be had it begun from the live object, or says which moved fields forbid it.
func (d *DB) rebaseOne(ctx context.Context, tx querier, draft Draft, staged Staged) (Staged, []model.FieldMove, error) {
	against, err := moves(ctx, tx, staged.ID(), staged.Began)
	if err != nil {
		return Staged{}, nil, err
	}
	if staged.Live == 0 || staged.Next == nil { // removed meanwhile, or to be removed: every field is touched
		return Staged{}, against, nil
	}
	live, err := loadByID(ctx, tx, staged.ID())
	if err != nil {
		return Staged{}, nil, err
	}
	mine, present := staged.Differences(), live.Record()
	against = slices.DeleteFunc(against, func(move model.FieldMove) bool {
		return !slices.ContainsFunc(mine, func(own model.Difference) bool {
			return own.Field == move.Field && own.After != present.Value(own.Field) // who wanted the same is content
		})
	})
	if len(against) > 0 {
		return Staged{}, against, nil
	}
	moved := Staged{Base: &live, Next: staged.onto(&live), Began: live.Revision, Live: live.Revision, StagedAt: d.clock()}
	return moved, nil, keepStaged(ctx, tx, draft, moved)
}
