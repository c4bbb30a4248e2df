package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"latchkey/db/drafts"
	"latchkey/db/engine"
	"latchkey/db/history"
	"latchkey/db/model"
	"latchkey/db/store"
)

// Save makes the drafts of the labelled objects live, or the whole draft when no label is given, in one transaction
// with the record of it. The zero Revision means that nothing was staged.
//
// Errors: a [model.ConflictError] when a live object is not the one its draft began from; [model.ErrNotStaged] for a label
// that has no draft; [model.ErrNeedsDraft] when a draft that was not named is needed; [model.ErrRoleInUse]; perms.ErrTooMany
// where an object would get too many rules or roles; [model.EndedTokensError] for a whole draft of which some was staged
// under a token that has ended; [LockoutError]; [model.ErrUnknownOutcome] when the commit failed and nothing could be read back. After any
// other error nothing was saved.
func (d *DB) Save(ctx context.Context, draft drafts.Draft, labels []string, message string) (history.Revision, error) {
	return d.saveDraft(ctx, draft, labels, message, len(labels) > 0)
}

// SaveConfirmed is [DB.Save], also of a whole draft of which some was staged under a token that has ended.
func (d *DB) SaveConfirmed(ctx context.Context, draft drafts.Draft, labels []string, message string) (history.Revision, error) {
	return d.saveDraft(ctx, draft, labels, message, true)
}

func (d *DB) saveDraft(ctx context.Context, draft drafts.Draft, labels []string, message string, confirmed bool) (history.Revision, error) {
	var revision history.Revision
	err := d.writeAs(ctx, draft.Operator, func(tx transaction) error {
		all, err := drafts.Load(ctx, tx, draft)
		if err != nil {
			return err
		}
		chosen, err := drafts.Choose(all, labels)
		if err != nil || len(chosen) == 0 {
			return err
		}
		visible, err := tx.visible(ctx, draft.Operator)
		if err != nil {
			return err
		}
		if err := errors.Join(refuseStale(ctx, tx, chosen, visible), needed(all, chosen)); err != nil {
			return err
		}
		if !confirmed {
			if err := tx.refuseEnded(ctx, draft.Operator.Name, chosen); err != nil {
				return err
			}
		}
		for _, staged := range chosen {
			if err := drafts.Drop(ctx, tx, draft, staged.ID()); err != nil {
				return err
			}
		}
		revision, _, err = tx.applyEdits(ctx, draft.Operator, message, stagedChanges(chosen))
		return err
	})
	return d.finish(ctx, revision, err)
}

// SaveEdit stages and saves exactly one edit of the live objects in one go. What else the operator has staged stays
// staged: a draft of the same object goes on from the new state when it touches other fields, and is a [model.ConflictError]
// when it touches the same ones.
func (d *DB) SaveEdit(ctx context.Context, edit Edit, message string) (Edited, error) {
	return d.saveAll(ctx, edit.Draft, message, func(tx transaction) (foundTargets, error) { return tx.targetsOf(ctx, edit, true) })
}

// saveAll makes live what became of the objects that find returns, in one transaction with finding them.
func (d *DB) saveAll(ctx context.Context, draft drafts.Draft, message string, find func(tx transaction) (foundTargets, error)) (Edited, error) {
	var edited Edited
	err := d.writeAs(ctx, draft.Operator, func(tx transaction) error {
		found, err := find(tx)
		if err != nil {
			return err
		}
		edited = found.edited()
		pending, err := ownDrafts(ctx, tx, draft, found.list)
		if err != nil {
			return err
		}
		changes, err := liveChanges(ctx, tx, found.list)
		if err != nil || len(changes) == 0 {
			return err
		}
		revision, all, err := tx.applyEdits(ctx, draft.Operator, message, changes)
		if err != nil {
			return err
		}
		edited.Revision, edited.Changes = revision, revision.Changes
		return carryOver(ctx, tx, draft, pending, all)
	})
	if _, err = d.finish(ctx, edited.Revision, err); err != nil {
		return Edited{}, err
	}
	return edited, nil
}

// finish confirms a save whose commit failed: it happened if its head is in the log.
func (d *DB) finish(ctx context.Context, revision history.Revision, err error) (history.Revision, error) {
	err = d.confirm(ctx, err, func(ctx context.Context, tx engine.Tx) (bool, error) {
		return history.Holds(ctx, tx, revision.Number, revision.Head)
	})
	if err == nil && revision.Number > 0 && !d.trial {
		err = d.stored.Saved(ctx, revision.Number)
	}
	if err != nil {
		return history.Revision{}, err
	}
	return revision, nil
}

// SaveUpdates saves the updates that find makes, in one transaction with finding them and with the record of it. The zero
// Revision means that there was none. Errors as of [DB.Save].
func (d *DB) SaveUpdates(ctx context.Context, operator model.Operator, message string, find func(tx engine.Tx) ([]model.Update, error)) (history.Revision, error) {
	var revision history.Revision
	err := d.writeAs(ctx, operator, func(tx transaction) error {
		updates, err := find(tx)
		if err != nil || len(updates) == 0 {
			return err
		}
		revision, err = tx.apply(ctx, operator, message, updates)
		return err
	})
	return d.finish(ctx, revision, err)
}

// liveChanges lists what an edit changes, and numbers new objects.
func liveChanges(ctx context.Context, tx engine.Tx, targets []*editTarget) ([]model.Update, error) {
	var changes []model.Update
	for _, target := range targets {
		if !target.touched() {
			continue
		}
		if err := errors.Join(model.RefuseText(target.Next), store.Number(ctx, tx, target.Next)); err != nil {
			return nil, err
		}
		changes = append(changes, model.Update{Before: target.before, After: target.Next})
	}
	return changes, nil
}

// ownDrafts reads the operator's drafts beside which an edit is saved, and refuses fields that are staged already.
func ownDrafts(ctx context.Context, tx engine.Tx, draft drafts.Draft, targets []*editTarget) ([]drafts.Staged, error) {
	staged, err := drafts.Load(ctx, tx, draft)
	if err != nil {
		return nil, err
	}
	conflict := &model.ConflictError{Cause: model.StagedByOneself}
	for _, target := range targets {
		if target.touched() {
			conflict.Add(model.Label(target.Kind, target.Name), stagedAlready(target, staged))
		}
	}
	return staged, conflict.OrNil()
}

// stagedAlready says in what way an edit meets the operator's own draft of the same object; "" where it does not.
func stagedAlready(target *editTarget, staged []drafts.Staged) string {
	for _, draft := range staged {
		if target.before == nil && draft.Matches(target.Kind, target.Name) {
			return fmt.Sprintf("you have staged a %s of this name", target.Kind)
		}
		if target.before == nil || draft.ID() != target.before.ID {
			continue
		}
		if draft.Next == nil {
			return "you have staged its removal"
		}
		if target.Next == nil {
			return "you have staged changes of it"
		}
		if both := model.Overlap(draft.Differences(), target.differences()); len(both) > 0 {
			return fmt.Sprintf("you have staged %s", strings.Join(both, " and "))
		}
	}
	return ""
}

// carryOver lets the operator's drafts of just saved objects go on from the new state. A draft that was stale before
// stays so.
func carryOver(ctx context.Context, tx engine.Tx, draft drafts.Draft, staged []drafts.Staged, changes []model.Update) error {
	for _, change := range changes {
		for _, old := range staged {
			if change.Before == nil || old.ID() != change.Before.ID || old.Began != change.Before.Revision {
				continue
			}
			if len(model.Overlap(old.Differences(), change.Record().Differences())) > 0 {
				continue // a user of a renamed role, which the draft takes away: the save of the draft is a conflict
			}
			moved := drafts.Staged{Base: change.After, Next: old.Onto(change.After), Began: change.After.Revision, StagedAt: old.StagedAt, Under: old.Under}
			if err := drafts.Keep(ctx, tx, draft, moved); err != nil {
				return err
			}
		}
	}
	return nil
}

// refuseStale returns a ConflictError unless every live object is the one its draft began from.
func refuseStale(ctx context.Context, tx engine.Tx, chosen []drafts.Staged, visible map[model.Kind]bool) error {
	conflict := &model.ConflictError{Cause: model.DraftIsStale}
	for _, staged := range chosen {
		if !staged.Stale() {
			continue
		}
		if !visible[staged.Kind()] {
			conflict.Add(staged.Label(), movedOn(staged.Kind()))
			continue
		}
		fields, err := history.Moves(ctx, tx, staged.ID(), staged.Began)
		if err != nil {
			return err
		}
		conflict.Conflicts = append(conflict.Conflicts, model.Conflict{Name: staged.Label(), Fields: fields})
	}
	return conflict.OrNil()
}

// needed refuses to save users without the roles that they are given by the names that these have in the same draft.
func needed(all, chosen []drafts.Staged) error {
	var missing []string
	for _, role := range all {
		isNew := role.Kind() == model.KindRole && (role.Base == nil || role.Base.Name != role.Name())
		if !isNew || slices.ContainsFunc(chosen, func(staged drafts.Staged) bool { return staged.ID() == role.ID() }) {
			continue
		}
		for _, user := range chosen {
			if user.Next != nil && user.Next.HasRole(role.Name()) {
				missing = append(missing, fmt.Sprintf("%s for %s", role.Label(), user.Label()))
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", model.ErrNeedsDraft, strings.Join(missing, ", "))
}
