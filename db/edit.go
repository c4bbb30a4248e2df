package db

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"latchkey/db/drafts"
	"latchkey/db/engine"
	"latchkey/db/model"
	"latchkey/db/store"
)

// Edit is one change of one or more objects of a kind by one operator. All the names are changed or none.
type Edit struct {
	Kind   model.Kind
	Draft  drafts.Draft // whose edit it is, and the draft that [DB.Stage] puts it in
	Names  []string     // canonical; a name given twice counts once
	Change model.Change
	// RevokeRules: where resources are removed, the rules for their permissions are revoked with them.
	RevokeRules bool
	Seen        Seen // set: refuse where an object is not as [DB.Preview] saw it
}

// Seen is the state in which [DB.Preview] found the objects of an edit.
type Seen map[string]string

// Stage puts an edit into the operator's draft and says what it changed there. The live state stays as it is.
func (d *DB) Stage(ctx context.Context, edit Edit) ([]model.RecordedChange, error) {
	return d.stageAll(ctx, edit.Draft, func(tx transaction) ([]*subject, error) { return tx.subjectsOf(ctx, edit, false) })
}

// stageAll stores what became of the objects that find returns, in one transaction with finding them.
func (d *DB) stageAll(ctx context.Context, draft drafts.Draft, find func(tx transaction) ([]*subject, error)) ([]model.RecordedChange, error) {
	var changed []model.RecordedChange
	var kept []drafts.Staged
	err := d.writeAs(ctx, draft.Operator, func(tx transaction) error {
		subjects, err := find(tx)
		if err != nil {
			return err
		}
		if err := tx.permitStaging(ctx, draft, subjects); err != nil {
			return err
		}
		if err := errors.Join(refuseStagedCatalogue(ctx, tx, draft, subjects, false), tx.refuseStagedRulesLeft(ctx, draft, subjects, false)); err != nil {
			return err
		}
		for _, subject := range subjects {
			if !subject.touched() {
				continue
			}
			staged, err := tx.stageOne(ctx, draft, subject)
			if err != nil {
				return err
			}
			kept = append(kept, staged)
			changed = append(changed, model.Update{Before: subject.before, After: subject.Next}.Record())
		}
		return tx.room.makeRoomToStage(ctx, tx, touchedChanges(subjects))
	})
	err = d.confirm(ctx, err, func(ctx context.Context, tx engine.Tx) (bool, error) { return drafts.IsStaged(ctx, tx, draft, kept) })
	if err != nil {
		return nil, err
	}
	return changed, nil
}

// stageOne stores the draft of one object and returns it; with neither Base nor Next where nothing is left of it.
func (tx transaction) stageOne(ctx context.Context, draft drafts.Draft, subject *subject) (drafts.Staged, error) {
	staged := subject.staged
	staged.Next = subject.Next
	staged.StagedAt = tx.clock.read()
	if staged.Next == nil && staged.Base == nil { // added and removed within the draft
		return drafts.Staged{}, drafts.Drop(ctx, tx, draft, subject.before.ID)
	}
	if err := errors.Join(refuseGrowth(model.Update{Before: subject.before, After: staged.Next}), model.RefuseText(staged.Next), store.Number(ctx, tx, staged.Next)); err != nil {
		return drafts.Staged{}, err
	}
	return staged, drafts.Keep(ctx, tx, draft, staged)
}

// permitStaging judges what the drafts of the edited objects would come to.
func (tx transaction) permitStaging(ctx context.Context, draft drafts.Draft, subjects []*subject) error {
	changes := touchedChanges(subjects)
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
func touchedChanges(subjects []*subject) []model.Update {
	var changes []model.Update
	for _, subject := range subjects {
		if subject.touched() && (subject.Live != nil || subject.Next != nil) {
			changes = append(changes, model.Update{Before: subject.Live, After: subject.Next})
		}
	}
	return changes
}

// subject is a Subject with what is needed to store the outcome.
type subject struct {
	model.Subject
	before *model.Object // Next as it was found
	staged drafts.Staged // the draft to be stored
}

func (s *subject) differences() []model.Difference {
	return model.Compare(s.before.Record(), s.Next.Record())
}

func (s *subject) touched() bool { return len(s.differences()) > 0 }

// subjectsOf finds the objects of an edit and applies its change to each. A save reads the live ones alone. The error
// tells what stands against each of them, not only against the first.
func (tx transaction) subjectsOf(ctx context.Context, edit Edit, save bool) ([]*subject, error) {
	var pending []drafts.Staged
	if !save {
		var err error
		if pending, err = drafts.Load(ctx, tx, edit.Draft); err != nil {
			return nil, err
		}
	}
	var list []*subject
	var refusals []error
	moved := &model.ConflictError{Hint: "the token just shown never works: run the command again"}
	done := map[string]bool{}
	for _, name := range edit.Names {
		if done[name] {
			continue
		}
		done[name] = true
		found, err := findSubject(ctx, tx, pending, edit.Kind, name)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		if edit.Seen != nil && edit.Seen[name] != found.Version {
			moved.Add(name, "somebody changed it while the token was being shown")
			continue
		}
		list = append(list, found)
		refusals = append(refusals, tx.changeSubject(ctx, edit, pending, found))
	}
	err := errors.Join(moved.OrNil(), errors.Join(refusals...), refuseTaken(ctx, tx, pending, list))
	if err != nil || !edit.RevokeRules {
		return list, err
	}
	return tx.withoutRulesLeft(ctx, edit, pending, list, save)
}

// changeSubject applies the change of an edit to one of its objects.
func (tx transaction) changeSubject(ctx context.Context, edit Edit, pending []drafts.Staged, found *subject) (err error) {
	if found.Now, err = tx.now(ctx); err != nil {
		return err
	}
	if found.Through, err = throughRoles(ctx, tx, pending, found.Next); err != nil {
		return fmt.Errorf("reading the roles of %s: %w", found.Name, err)
	}
	if err := edit.Change(&found.Subject); err != nil {
		return tx.mayBeTold(ctx, edit, found.Name, err)
	}
	return refuseDangling(ctx, tx, pending, found)
}

// findSubject looks in the drafts first, then at the live objects.
func findSubject(ctx context.Context, tx engine.Tx, pending []drafts.Staged, kind model.Kind, name string) (*subject, error) {
	found := &subject{Subject: model.Subject{Kind: kind, Name: name}}
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
		found.Gone = true
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
