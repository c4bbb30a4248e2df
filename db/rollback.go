package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"latchkey/db/drafts"
	"latchkey/db/engine"
	"latchkey/db/history"
	"latchkey/db/model"
	"latchkey/db/store"
	"latchkey/perms"
	"latchkey/perms/errorkind"
	"latchkey/perms/verifiedtime"
)

// ErrIrreversible: nothing of a revision can be brought back.
var ErrIrreversible = errorkind.State.New("cannot be rolled back")

// Unrestored is a field that a rollback does not bring back.
type Unrestored struct {
	Kind  model.Kind
	Name  string // of the object, as the rollback leaves it
	Field string
	Was   string // its value before the revision
	Why   Why
}

// Why is the reason for which a field is not brought back.
type Why int

// The reasons: a token is never revived, so API access stays off, or stays on by the present token; and a rule that has
// ended since would do nothing. Nothing but resuming lets a suspended token be accepted.
const (
	AccessStaysOff Why = iota
	TokenStays
	RuleEnded
	StaysSuspended
)

// Label names the object in messages.
func (u Unrestored) Label() string { return model.Label(u.Kind, u.Name) }

// StageRollback puts the inverse of a revision into the operator's draft: every field that the revision changed goes back
// to what it was before, what it added is removed, what it removed is added anew. It says what changed in the draft, and
// what is not brought back.
//
// Errors: [model.ErrNoRevision]; [ErrIrreversible] for a revision that changed no field; a [model.ConflictError] where a field is no longer what the revision made it, or a name was
// taken since; [model.ErrRoleInUse] where a role that the revision added has users now. Then nothing is staged.
func (d *DB) StageRollback(ctx context.Context, draft drafts.Draft, number int64) (Edited, error) {
	return d.stageAll(ctx, draft, func(tx transaction) (foundTargets, error) {
		pending, err := drafts.Load(ctx, tx, draft)
		if err != nil {
			return foundTargets{}, err
		}
		return tx.invert(ctx, draft.Operator, number, pending)
	})
}

// SaveRollback saves the inverse of a revision of the live objects in one go. What the operator has staged is treated as
// by [DB.SaveEdit]. Errors as of [DB.StageRollback] and SaveEdit.
func (d *DB) SaveRollback(ctx context.Context, draft drafts.Draft, number int64, message string) (Edited, error) {
	return d.saveAll(ctx, draft, message, func(tx transaction) (foundTargets, error) { return tx.invert(ctx, draft.Operator, number, nil) })
}

// undoing is the inverse of one revision on its way into a draft or, without drafts, into the live state.
type undoing struct {
	revision   int64
	pending    []drafts.Staged
	now        verifiedtime.Time
	targets    []*editTarget // what changes
	unrestored []Unrestored
	conflict   model.ConflictError
}

// invert finds out what undoes a revision.
func (tx transaction) invert(ctx context.Context, operator model.Operator, number int64, pending []drafts.Staged) (foundTargets, error) {
	revision, err := history.Read(ctx, tx, number)
	if err != nil {
		return foundTargets{}, err
	}
	if !slices.ContainsFunc(revision.Changes, func(change model.RecordedChange) bool { return len(change.Differences()) > 0 }) {
		return foundTargets{}, fmt.Errorf("revision %d %w: it changed no field of a user, role or resource", number, ErrIrreversible)
	}
	now, err := tx.now(ctx)
	if err != nil {
		return foundTargets{}, err
	}
	undone := &undoing{revision: number, pending: pending, now: now, conflict: model.ConflictError{Undone: "nothing was rolled back", Cause: model.ChangedLater}}
	for _, change := range withoutRenamedRoles(revision.Changes) {
		target, err := undone.find(ctx, tx, change)
		if err != nil {
			return foundTargets{}, err
		}
		if err := undone.undo(ctx, tx, target, change); err != nil {
			return foundTargets{}, err
		}
		if target.touched() {
			undone.targets = append(undone.targets, target)
		}
	}
	return foundTargets{undone.targets, undone.unrestored}, errors.Join(undone.refuseReferences(ctx, tx, operator), undone.conflict.OrNil())
}

// find reads what has become of a changed object: as the draft has it, else as it is live. What the revision removed is
// looked for nowhere, as its number is never used again.
func (i *undoing) find(ctx context.Context, tx engine.Tx, change model.RecordedChange) (*editTarget, error) {
	found := &editTarget{Target: model.Target{Kind: change.Kind, Name: change.Name()}}
	if change.After == nil {
		return found, nil
	}
	if draft := i.draftOf(change.ObjectID); draft != nil {
		found.Name, found.Live, found.staged = draft.Name(), draft.Base, *draft
		found.Next, found.before = draft.Next.Clone(), draft.Next.Clone()
		return found, nil
	}
	live, err := store.ByID(ctx, tx, change.ObjectID)
	if errors.Is(err, sql.ErrNoRows) {
		return found, nil
	}
	found.Name, found.Live = live.Name, &live
	found.Next, found.before = live.Clone(), live.Clone()
	found.staged = drafts.Staged{Base: &live, Began: live.Revision, Live: live.Revision}
	return found, err
}

// draftOf is the operator's draft of an object, nil where there is none.
func (i *undoing) draftOf(id int64) *drafts.Staged {
	for at := range i.pending {
		if i.pending[at].ID() == id {
			return &i.pending[at]
		}
	}
	return nil
}

// undo takes one change of the revision back from what has become of its object.
func (i *undoing) undo(ctx context.Context, tx engine.Tx, target *editTarget, done model.RecordedChange) error {
	switch {
	case done.After == nil:
		target.Next = &model.Object{Kind: done.Kind, Name: done.Before.Name()}
		return i.restore(target, model.Compare(nil, done.Before))
	case target.staged.Stale():
		i.conflict.Add(model.Label(target.Kind, target.Name), "your draft of it is older than the live state: rebase or discard it first")
		return nil
	case target.Next == nil && done.Before == nil:
		return nil // it was added, and is gone already
	case target.Next == nil:
		return i.refuseMoved(ctx, tx, target, done.ObjectID, []string{""})
	}
	back, moved := history.Inverse(target.before.Record(), done)
	if len(moved) > 0 {
		return i.refuseMoved(ctx, tx, target, done.ObjectID, moved)
	}
	if done.Before == nil {
		target.Next = nil
		return nil
	}
	return i.restore(target, back)
}

// restore sets fields to their After, and notes those that do not come back.
func (i *undoing) restore(target *editTarget, fields []model.Difference) error {
	var left []Unrestored
	for _, field := range fields {
		err := target.Next.SetField(field.Field, field.After)
		note := Unrestored{Kind: target.Kind, Field: field.Field, Was: field.After}
		switch {
		case errors.Is(err, model.ErrRevival) && field.Field == model.FieldSuspended:
			note.Why = StaysSuspended
		case errors.Is(err, model.ErrRevival) && target.Next.Access.Enabled():
			note.Why = TokenStays
		case errors.Is(err, model.ErrRevival):
			note.Why = AccessStaysOff
		case err != nil:
			return fmt.Errorf("%s: %w", model.Label(target.Kind, target.Name), err)
		case dropEnded(target.Next, field.Field, i.now):
			note.Why = RuleEnded
		default:
			continue
		}
		left = append(left, note)
	}
	for _, note := range left {
		note.Name = target.Next.Name
		i.unrestored = append(i.unrestored, note)
	}
	return nil
}

// dropEnded takes the rule of a field away if it is in force no more, and tells whether it did.
func dropEnded(o *model.Object, field string, now verifiedtime.Time) bool {
	text, isRule := strings.CutPrefix(field, model.RulePrefix)
	pattern, err := perms.ParsePattern(text)
	rule, found := o.Rules.Get(pattern)
	if !isRule || err != nil || !found || rule.InForce(now) {
		return false
	}
	o.Rules = o.Rules.Without(pattern)
	return true
}
