package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"latchkey/cmd/panel"
	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms"
)

// Draft shows a draft and the newest revision.
func (p stage) Draft(ctx context.Context, name string) (panel.Draft, error) {
	var shape panel.Draft
	err := p.Database.Read(ctx, func(state db.View) error {
		staged, err := p.stagedIn(ctx, state, name)
		if err != nil {
			return err
		}
		newest, err := state.History().Head(ctx)
		if err != nil {
			return err
		}
		others, err := state.OtherDrafts(ctx, p.draft(name))
		if err != nil {
			return err
		}
		now, err := state.Now(ctx)
		shape = draftShape(p.draft(name), staged, newest, ClockBehindOf(now, p.Clock()))
		shape.OtherDrafts = otherDrafts(others, staged)
		return err
	})
	return shape, err
}

// Diff compares a draft with the live state.
func (p stage) Diff(ctx context.Context, draft string, labels []string) ([]panel.StagedChange, error) {
	return p.staged(draft, labels, func(labels []string) ([]drafts.Staged, error) {
		return p.Database.StagedOf(ctx, p.draft(draft), labels)
	})
}

// Save makes a draft live.
func (p stage) Save(ctx context.Context, labels []string, options panel.SaveOptions) (panel.Edited, error) {
	if err := errors.Join(checkDraft(options.Draft), edits.CheckText("message", options.Message)); err != nil {
		return panel.Edited{}, err
	}
	labels, err := canonicalLabels(labels)
	if err != nil {
		return panel.Edited{}, err
	}
	database := p.Database.Confirmed(options.Confirm)
	if options.DryRun {
		database = database.Trial()
	}
	save := database.Save
	if options.Confirmed && len(labels) == 0 {
		save = database.SaveConfirmed
	}
	revision, err := save(ctx, p.draft(options.Draft), labels, options.Message)
	switch {
	case err != nil:
		return panel.Edited{}, err
	case options.DryRun:
		return EditedByTrial(revision), nil
	}
	return EditedBySave(revision), nil
}

// Discard forgets what is staged.
func (p stage) Discard(ctx context.Context, draft string, labels []string) ([]panel.StagedChange, error) {
	return p.staged(draft, labels, func(labels []string) ([]drafts.Staged, error) {
		return p.Database.Discard(ctx, p.draft(draft), labels)
	})
}

// Rebase begins a draft anew from the live state.
func (p stage) Rebase(ctx context.Context, draft string, labels []string) ([]panel.StagedChange, error) {
	return p.staged(draft, labels, func(labels []string) ([]drafts.Staged, error) {
		return p.Database.Rebase(ctx, p.draft(draft), labels)
	})
}

// OpenDrafts lists the drafts of all operators.
func (p stage) OpenDrafts(ctx context.Context) ([]panel.OpenDraft, error) {
	if err := p.mayView(ctx, viewUsers); err != nil {
		return nil, err
	}
	open, err := p.Database.Drafts(ctx)
	shapes := make([]panel.OpenDraft, 0, len(open))
	for _, draft := range open {
		shapes = append(shapes, openDraft(draft))
	}
	return shapes, err
}

func openDraft(draft drafts.OpenDraft) panel.OpenDraft {
	shape := panel.OpenDraft{Operator: draft.Draft.Operator.Name, Draft: draft.Draft.Name, Staged: []panel.Staged{}}
	for _, staged := range draft.Staged {
		one := stagedOf(staged)
		shape.Staged = append(shape.Staged, one)
		shape.Conflict = shape.Conflict || one.Conflict
		if one.StagedAt.After(shape.StagedAt) {
			shape.StagedAt = one.StagedAt
		}
	}
	return shape
}

// DiffOf shows another operator's draft.
func (p stage) DiffOf(ctx context.Context, operator, draft string, labels []string) ([]panel.StagedChange, error) {
	if err := p.Database.RequireEverything(ctx, p.Operator); err != nil {
		return nil, err
	}
	return p.staged(draft, labels, func(labels []string) ([]drafts.Staged, error) {
		return p.Database.StagedOf(ctx, draftOf(operator, draft), labels)
	})
}

// DiscardOf forgets what was seen of another operator's draft.
func (p stage) DiscardOf(ctx context.Context, operator, draft string, seen []panel.StagedChange) error {
	if err := p.Database.RequireEverything(ctx, p.Operator); err != nil {
		return err
	}
	other := draftOf(operator, draft)
	all, err := p.Database.Staged(ctx, other)
	if err != nil {
		return err
	}
	chosen, conflict := sameAsSeen(all, seen)
	if err := conflict.OrNil(); err != nil {
		return err
	}
	return p.Database.DiscardOf(ctx, p.Operator, other, chosen)
}

// sameAsSeen picks what was seen out of all that is staged; a conflict names what is no longer as it was.
func sameAsSeen(all []drafts.Staged, seen []panel.StagedChange) ([]drafts.Staged, *model.ConflictError) {
	byLabel := map[string]drafts.Staged{}
	for _, staged := range all {
		byLabel[staged.Label()] = staged
	}
	conflict := &model.ConflictError{Undone: "nothing was discarded", Cause: model.ChangedMeanwhile}
	var chosen []drafts.Staged
	for _, one := range seen {
		staged, found := byLabel[one.Object]
		if version, err := staged.Version(); !found || err != nil || version != one.Version {
			conflict.Add(one.Object, "it is no longer as you saw it")
			continue
		}
		chosen = append(chosen, staged)
	}
	return chosen, conflict
}

func draftOf(operator, name string) drafts.Draft {
	return drafts.Draft{Operator: model.Operator{Name: operator}, Name: name}
}

// staged shows what some work on a draft returns, also beside an error.
func (p stage) staged(draft string, labels []string, work func(labels []string) ([]drafts.Staged, error)) ([]panel.StagedChange, error) {
	labels, err := canonicalLabels(labels)
	if err = errors.Join(checkDraft(draft), err); err != nil {
		return nil, err
	}
	list, err := work(labels)
	shapes := make([]panel.StagedChange, 0, len(list))
	for _, staged := range list {
		shape, shapeErr := stagedChange(staged)
		if shapeErr != nil {
			return nil, shapeErr
		}
		shapes = append(shapes, shape)
	}
	return shapes, err
}

func stagedChange(staged drafts.Staged) (panel.StagedChange, error) {
	version, err := staged.Version()
	shape := panel.StagedChange{Staged: stagedOf(staged), Changes: changedOf([]model.RecordedChange{staged.Change()}),
		Differences: differencesOf(staged), Resource: nextResource(staged), Began: staged.Began, Version: version}
	if staged.Next != nil {
		shape.Grace, shape.Expires = staged.Next.Access.Grace, expiresOf(staged)
	}
	if conflict, found := staged.Conflict(); found {
		shape.ConflictReason = conflict.String()
	}
	return shape, err
}

// nextResource is what a draft makes of a resource; nil where none is served then, and for other objects.
func nextResource(staged drafts.Staged) *panel.Resource {
	if staged.Kind() != model.KindResource || staged.Next != nil && staged.Next.Hidden {
		return nil
	}
	embedded := cmp.Or(staged.Embedded, perms.Store())
	served, isServed := embedded.Resource(staged.Name())
	if staged.Next != nil {
		served, isServed = staged.Next.Served(), true
	}
	if !isServed {
		return nil
	}
	return new(resourceOf(served, staged.Next, embedded))
}

func canonicalLabels(labels []string) ([]string, error) {
	canonical := make([]string, 0, len(labels))
	for _, label := range labels {
		one, err := model.CanonicalLabel(label)
		if err != nil {
			return nil, err
		}
		canonical = append(canonical, one)
	}
	return canonical, nil
}

// stagedOnly says of an object that is not live that the operator has staged one.
func stagedOnly(err error, kind model.Kind, name string, staged []drafts.Staged) error {
	for _, draft := range staged {
		if draft.Next != nil && draft.Kind() == kind && draft.Next.Name == name && errors.Is(err, kind.Missing()) {
			return fmt.Errorf("%w: it is staged, not saved yet", err)
		}
	}
	return err
}
