package db

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"latchkey/db/drafts"
	"latchkey/db/engine"
	"latchkey/db/history"
	"latchkey/db/model"
	"latchkey/db/store"
	"latchkey/perms/errorkind"
)

// Edit is one change of one or more objects of a kind by one operator. All the names are changed or none.
type Edit struct {
	Kind   model.Kind
	Draft  drafts.Draft // whose edit it is, and the draft that [DB.Stage] puts it in
	Names  []string     // canonical; a name given twice counts once
	Change model.Change
	// RevokeRules: where resources are removed, the rules for their permissions are revoked with them.
	RevokeRules bool
	Unassign    bool // where roles are removed, they are taken from their users with them
	Seen        Seen // set: refuse where an object is not as [View.Preview] saw it
}

// Seen is the state in which [View.Preview] found the objects of an edit.
type Seen map[string]string

// Edited is what an edit has done.
type Edited struct {
	Changes    []model.RecordedChange // in the draft or, with a Revision, to what is live; none: it was so already
	Revision   history.Revision       // zero: nothing was saved
	Warnings   []string               // what the operator should know besides
	Unrestored []Unrestored           // by a rollback
}

// foundTargets are the objects of an edit, as they are to be, and what is not brought back by it.
type foundTargets struct {
	list       []*editTarget
	unrestored []Unrestored
}

// edited is what becomes known of an edit before it is kept.
func (f foundTargets) edited() Edited {
	edited := Edited{Unrestored: f.unrestored}
	for _, target := range f.list {
		for _, warning := range target.Warnings {
			if !slices.Contains(edited.Warnings, warning.Text) {
				edited.Warnings = append(edited.Warnings, warning.Text)
			}
		}
	}
	return edited
}

// Stage puts an edit into the operator's draft. The live state stays as it is.
func (d *DB) Stage(ctx context.Context, edit Edit) (Edited, error) {
	return d.stageAll(ctx, edit.Draft, func(tx transaction) (foundTargets, error) { return tx.targetsOf(ctx, edit, false) })
}

// stageAll stores what became of the objects that find returns, in one transaction with finding them.
func (d *DB) stageAll(ctx context.Context, draft drafts.Draft, find func(tx transaction) (foundTargets, error)) (Edited, error) {
	var edited Edited
	var kept []drafts.Staged
	err := d.writeAs(ctx, draft.Operator, func(tx transaction) error {
		found, err := find(tx)
		if err != nil {
			return err
		}
		edited, kept, err = tx.stageFound(ctx, draft, found)
		return err
	})
	err = d.confirm(ctx, err, func(ctx context.Context, tx engine.Tx) (bool, error) { return drafts.IsStaged(ctx, tx, draft, kept) })
	if err != nil {
		return Edited{}, err
	}
	return edited, nil
}

// stageFound stores what became of objects, and returns what is kept of them.
func (tx transaction) stageFound(ctx context.Context, draft drafts.Draft, found foundTargets) (edited Edited, kept []drafts.Staged, err error) {
	edited, targets := found.edited(), found.list
	if err := tx.permitStaging(ctx, draft, targets); err != nil {
		return edited, nil, err
	}
	if err := errors.Join(refuseStagedCatalogue(ctx, tx, draft, targets, false), tx.refuseStagedRulesLeft(ctx, draft, targets, false)); err != nil {
		return edited, nil, err
	}
	for _, target := range targets {
		if !target.touched() {
			continue
		}
		staged, err := tx.stageOne(ctx, draft, target)
		if err != nil {
			return edited, nil, err
		}
		kept = append(kept, staged)
		change := model.Update{Before: target.before, After: target.Next}.Record()
		change.Embedded = target.Settings.Embedded()
		edited.Changes = append(edited.Changes, change)
	}
	return edited, kept, tx.makeRoom(ctx, touchedChanges(targets), false)
}

// stageOne stores the draft of one object and returns it; with neither Base nor Next where nothing is left of it.
func (tx transaction) stageOne(ctx context.Context, draft drafts.Draft, target *editTarget) (drafts.Staged, error) {
	staged := target.staged
	staged.Next = target.Next
	staged.StagedAt = tx.clock.read()
	staged.SetUnder(target.before, draft.Operator.Presented)
	if staged.Next == nil && staged.Base == nil { // added and removed within the draft
		return drafts.Staged{}, drafts.Drop(ctx, tx, draft, target.before.ID)
	}
	if err := errors.Join(refuseGrowth(model.Update{Before: target.before, After: staged.Next}), model.RefuseText(staged.Next), store.Number(ctx, tx, staged.Next)); err != nil {
		return drafts.Staged{}, err
	}
	return staged, drafts.Keep(ctx, tx, draft, staged)
}

// permitStaging judges what the drafts of the edited objects would come to.
func (tx transaction) permitStaging(ctx context.Context, draft drafts.Draft, targets []*editTarget) error {
	changes := touchedChanges(targets)
	if draft.Operator.As != "" {
		staged, err := drafts.Load(ctx, tx, draft)
		if err != nil {
			return err
		}
		if err := tx.permit(ctx, draft.Operator, changes, staged); err != nil {
			return err
		}
	}
	if len(changes) == 0 {
		return nil
	}
	return drafts.RefuseMany(ctx, tx, draft)
}

// touchedChanges lists what the edited objects would come to, against what they began from.
func touchedChanges(targets []*editTarget) []model.Update {
	var changes []model.Update
	for _, target := range targets {
		if target.touched() && (target.Live != nil || target.Next != nil) {
			changes = append(changes, model.Update{Before: target.Live, After: target.Next})
		}
	}
	return changes
}

// editTarget is a Target with what is needed to store the outcome.
type editTarget struct {
	model.Target
	before *model.Object // Next as it was found
	staged drafts.Staged // the draft to be stored
}

func (s *editTarget) differences() []model.Difference {
	return model.Compare(s.before.Record(), s.Next.Record())
}

func (s *editTarget) touched() bool { return len(s.differences()) > 0 }

// targetsOf finds the objects of an edit and applies its change to each. A save reads the live ones alone. The error
// tells what stands against each of them, not only against the first.
func (tx transaction) targetsOf(ctx context.Context, edit Edit, save bool) (foundTargets, error) {
	var pending []drafts.Staged
	if !save {
		var err error
		if pending, err = drafts.Load(ctx, tx, edit.Draft); err != nil {
			return foundTargets{}, err
		}
	}
	var list []*editTarget
	var refusals []error
	moved := &model.ConflictError{Cause: model.ChangedByToken}
	done := map[string]bool{}
	for _, name := range edit.Names {
		if done[name] {
			continue
		}
		done[name] = true
		found, err := findTarget(ctx, tx, pending, edit.Kind, name)
		if err != nil {
			return foundTargets{}, fmt.Errorf("reading %s: %w", name, err)
		}
		if edit.Seen != nil && edit.Seen[name] != found.Version {
			moved.Add(name, "somebody changed it while the token was being shown")
			continue
		}
		list = append(list, found)
		refusals = append(refusals, tx.changeTarget(ctx, edit, pending, found))
	}
	err := errors.Join(moved.OrNil(), errorkind.Join(refusals...), refuseTaken(ctx, tx, pending, list))
	if err == nil && edit.RevokeRules {
		list, err = tx.withoutRulesLeft(ctx, edit, pending, list, save)
	}
	if err == nil {
		list, err = tx.withoutRole(ctx, edit, pending, list)
	}
	return foundTargets{list: list}, err
}

// changeTarget applies the change of an edit to one of its objects.
func (tx transaction) changeTarget(ctx context.Context, edit Edit, pending []drafts.Staged, found *editTarget) (err error) {
	if found.Now, err = tx.now(ctx); err != nil {
		return err
	}
	if found.Settings, err = settingsAfter(ctx, tx, nil, pending); err != nil {
		return err
	}
	found.Self = found.Live != nil && found.Live.Kind == model.KindUser && found.Live.Name == edit.Draft.Operator.As
	if found.RoleRules, err = roleRules(ctx, tx, pending, found.Next); err != nil {
		return fmt.Errorf("reading the roles of %s: %w", found.Name, err)
	}
	if err := withNewRoleNames(pending, found, edit.Change); err != nil {
		return tx.mayBeTold(ctx, edit, found.Name, err)
	}
	if err := tx.withholdWarnings(ctx, edit, found); err != nil {
		return err
	}
	return tx.refuseDangling(ctx, edit, pending, found)
}

// findTarget looks in the drafts first, then at the live objects.
func findTarget(ctx context.Context, tx engine.Tx, pending []drafts.Staged, kind model.Kind, name string) (*editTarget, error) {
	found := &editTarget{Target: model.Target{Kind: kind, Name: name}}
	for _, staged := range pending {
		if staged.Next != nil && staged.Kind() == kind && staged.Next.Name == name {
			found.Live, found.staged = staged.Base, staged
			found.Next, found.before = staged.Next.Clone(), staged.Next.Clone()
			var err error
			found.Version, err = staged.Version()
			return found, err
		}
	}
	live, err := store.Load(ctx, tx, kind, name)
	if err == nil && slices.ContainsFunc(pending, func(staged drafts.Staged) bool { return staged.ID() == live.ID }) {
		found.RemovedInDraft = true
		return found, nil
	}
	if err == nil {
		found.Live = &live
		found.Next, found.before = live.Clone(), live.Clone()
		found.staged = drafts.Staged{Base: &live, Began: live.Revision, Live: live.Revision}
		found.Version = live.Version()
	}
	return found, ignore(err, kind.Missing())
}
