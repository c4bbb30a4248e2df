package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"latchkey/db/model"
	"latchkey/perms"
)

// change is one object on its way from live to the next live state. Either may be nil.
type change struct {
	before, after *model.Object
}

// object is the next state, or the live one where the change removes it.
func (c change) object() *model.Object {
	if c.after != nil {
		return c.after
	}
	return c.before
}

// record is the change as the log keeps it.
func (c change) record() model.RecordedChange {
	return model.RecordedChange{ObjectID: c.object().ID, Kind: c.object().Kind, Before: c.before.Record(), After: c.after.Record()}
}

// Save makes the drafts of the labelled objects live, or the whole draft when no label is given, in one transaction
// with the record of it. The zero Revision means that nothing was staged.
//
// Errors: a [ConflictError] when a live object is not the one its draft began from; [ErrNotStaged] for a label that has
// no draft; [ErrNeedsDraft] when a draft that was not named is needed; [ErrRoleInUse]; perms.ErrTooMany where an object would get
// too many rules or roles; [ErrUnknownOutcome] when the commit failed and nothing could be read back. After any other error
// nothing was saved.
func (d *DB) Save(ctx context.Context, draft Draft, labels []string, message string) (Revision, error) {
	var revision Revision
	err := d.transact(ctx, func(tx *sql.Tx) error {
		all, err := loadStaged(ctx, tx, draft)
		if err != nil {
			return err
		}
		chosen, err := choose(all, labels)
		if err != nil || len(chosen) == 0 {
			return err
		}
		visible, err := d.visible(ctx, tx, draft.Operator)
		if err != nil {
			return err
		}
		if err := errors.Join(refuseStale(ctx, tx, chosen, visible), needed(all, chosen)); err != nil {
			return err
		}
		changes := make([]change, 0, len(chosen))
		for _, staged := range chosen {
			changes = append(changes, change{staged.Base, staged.Next})
			if err := dropStaged(ctx, tx, draft, staged.ID()); err != nil {
				return err
			}
		}
		revision, err = d.applyEdits(ctx, tx, draft.Operator, message, changes)
		return err
	})
	return d.finish(ctx, revision, err)
}

// SaveEdit stages and saves exactly one edit of the live objects in one go. What else the operator has staged stays
// staged: a draft of the same object goes on from the new state when it touches other fields, and is a [ConflictError]
// when it touches the same ones.
func (d *DB) SaveEdit(ctx context.Context, edit Edit, message string) (Revision, error) {
	return d.saveAll(ctx, edit.Draft, message, func(tx querier) ([]*subject, error) { return d.subjectsOf(ctx, tx, edit, true) })
}

// saveAll makes live what became of the objects that find returns, in one transaction with finding them.
func (d *DB) saveAll(ctx context.Context, draft Draft, message string, find func(tx querier) ([]*subject, error)) (Revision, error) {
	var revision Revision
	err := d.transact(ctx, func(tx *sql.Tx) error {
		subjects, err := find(tx)
		if err != nil {
			return err
		}
		drafts, err := ownDrafts(ctx, tx, draft, subjects)
		if err != nil {
			return err
		}
		changes, err := liveChanges(ctx, tx, subjects)
		if err != nil || len(changes) == 0 {
			return err
		}
		if revision, err = d.applyEdits(ctx, tx, draft.Operator, message, changes); err != nil {
			return err
		}
		return carryOver(ctx, tx, draft, drafts, changes)
	})
	return d.finish(ctx, revision, err)
}

// finish settles a save whose commit failed: it happened if its head is in the log.
func (d *DB) finish(ctx context.Context, revision Revision, err error) (Revision, error) {
	err = d.settle(ctx, err, func(ctx context.Context) (bool, error) {
		var found int
		row := d.pool.QueryRowContext(ctx, `SELECT count(*) FROM revisions WHERE number = ? AND head = ?`,
			revision.Number, revision.Head[:])
		err := row.Scan(&found)
		return found == 1, err
	})
	if err != nil {
		return Revision{}, err
	}
	return revision, nil
}

// liveChanges lists what an edit changes, and numbers new objects.
func liveChanges(ctx context.Context, tx querier, subjects []*subject) ([]change, error) {
	var changes []change
	for _, subject := range subjects {
		if !subject.touched() {
			continue
		}
		if err := errors.Join(model.RefuseText(subject.Next), number(ctx, tx, subject.Next)); err != nil {
			return nil, err
		}
		changes = append(changes, change{subject.before, subject.Next})
	}
	return changes, nil
}

// ownDrafts reads the operator's drafts beside which an edit is saved, and refuses fields that are staged already.
func ownDrafts(ctx context.Context, tx querier, draft Draft, subjects []*subject) ([]Staged, error) {
	staged, err := loadStaged(ctx, tx, draft)
	if err != nil {
		return nil, err
	}
	conflict := &model.ConflictError{Hint: "save or discard the draft first, or run the command without --save"}
	for _, subject := range subjects {
		if subject.touched() {
			conflict.Add(model.Label(subject.Kind, subject.Name), stagedAlready(subject, staged))
		}
	}
	return staged, conflict.OrNil()
}

// stagedAlready says in what way an edit meets the operator's own draft of the same object; "" where it does not.
func stagedAlready(subject *subject, staged []Staged) string {
	for _, draft := range staged {
		if subject.before == nil && draft.matches(subject.Kind, subject.Name) {
			return fmt.Sprintf("you have staged a %s of this name", subject.Kind)
		}
		if subject.before == nil || draft.ID() != subject.before.ID {
			continue
		}
		if draft.Next == nil {
			return "you have staged its removal"
		}
		if subject.Next == nil {
			return "you have staged changes of it"
		}
		if both := model.Overlap(draft.Differences(), subject.differences()); len(both) > 0 {
			return fmt.Sprintf("you have staged %s", strings.Join(both, " and "))
		}
	}
	return ""
}

// carryOver lets the operator's drafts of just saved objects go on from the new state. A draft that was stale before
// stays so.
func carryOver(ctx context.Context, tx querier, draft Draft, staged []Staged, changes []change) error {
	for _, change := range changes {
		for _, old := range staged {
			if change.before == nil || old.ID() != change.before.ID || old.Began != change.before.Revision {
				continue
			}
			moved := Staged{Base: change.after, Next: old.onto(change.after), Began: change.after.Revision, StagedAt: old.StagedAt}
			if err := keepStaged(ctx, tx, draft, moved); err != nil {
				return err
			}
		}
	}
	return nil
}

// refuseStale returns a ConflictError unless every live object is the one its draft began from.
func refuseStale(ctx context.Context, tx querier, chosen []Staged, visible map[model.Kind]bool) error {
	conflict := &model.ConflictError{Hint: "'latchkey rebase' goes on from the live state where other fields moved; 'latchkey discard' forgets the draft"}
	for _, staged := range chosen {
		if !staged.Stale() {
			continue
		}
		if !visible[staged.Kind()] {
			conflict.Add(staged.Label(), movedOn(staged.Kind()))
			continue
		}
		fields, err := moves(ctx, tx, staged.ID(), staged.Began)
		if err != nil {
			return err
		}
		conflict.Conflicts = append(conflict.Conflicts, model.Conflict{Name: staged.Label(), Fields: fields})
	}
	return conflict.OrNil()
}

// needed refuses to save users without the roles that they are given in the same draft.
func needed(all, chosen []Staged) error {
	var missing []string
	for _, role := range all {
		added := role.Kind() == model.KindRole && role.Base == nil
		if !added || slices.ContainsFunc(chosen, func(staged Staged) bool { return staged.ID() == role.ID() }) {
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

// refuseGrowth returns perms.ErrTooMany for a change that gives an object too many rules or roles.
func (c change) refuseGrowth() error {
	if c.after == nil {
		return nil
	}
	before := cmp.Or(c.before, &model.Object{})
	err := errors.Join(perms.CheckRules(len(before.Rules), len(c.after.Rules)), perms.CheckRoles(len(before.Roles), len(c.after.Roles)))
	if err != nil {
		return fmt.Errorf("%s: %w", model.Label(c.after.Kind, c.after.Name), err)
	}
	return nil
}
