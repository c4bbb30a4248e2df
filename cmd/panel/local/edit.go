package local

import (
	"context"
	"errors"
	"slices"

	"latchkey/cmd/panel"
	"latchkey/db"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms/errorkind"
)

// ErrSeveralKinds: one edit is of users, or of roles, or of resources, or of settings.
var ErrSeveralKinds = errorkind.Invalid.New("one edit is of users, or of roles, or of resources, or of settings")

// Edit stages or saves operations.
func (p editor) Edit(ctx context.Context, operations []panel.Operation, options panel.EditOptions) (panel.Edited, error) {
	var edited panel.Edited
	prepared, err := p.prepare(ctx, operations, options)
	if err != nil {
		return edited, err
	}
	if edited, err = p.commit(ctx, prepared.edit, options); err != nil {
		return panel.Edited{}, p.suggestFor(ctx, err, prepared.edit, operations)
	}
	if len(edited.Changes) > 0 {
		edited.Warnings = append(edited.Warnings, p.admitted(ctx, prepared, options)...)
	}
	return edited, nil
}

// admitted names who may use resources that were just added.
func (p editor) admitted(ctx context.Context, prepared *preparedEdit, options panel.EditOptions) (warnings []string) {
	state := db.StagedBy(prepared.edit.Draft)
	if options.Save {
		state = db.State{}
	}
	for _, resource := range prepared.added {
		admitted, err := p.Database.Admitted(ctx, p.Operator, state, resource, mostAdmitted)
		if text := admittedInWords(resource, admitted, err); text != "" {
			warnings = append(warnings, text)
		}
	}
	return warnings
}

// commit stages or saves an edit of package db.
func (p editor) commit(ctx context.Context, edit db.Edit, options panel.EditOptions) (panel.Edited, error) {
	stage := p.Database.Stage
	if options.Save {
		stage = func(ctx context.Context, edit db.Edit) (db.Edited, error) {
			return p.Database.Confirmed(options.Confirm).SaveEdit(ctx, edit, options.Message)
		}
	}
	edited, err := stage(ctx, edit)
	return editedOf(edited), err
}

// Preview says what an edit would do.
func (p editor) Preview(ctx context.Context, operations []panel.Operation, options panel.EditOptions) (panel.Preview, error) {
	prepared, err := p.prepare(ctx, operations, options)
	if err != nil {
		return panel.Preview{}, err
	}
	preview, err := p.Database.Preview(ctx, prepared.edit, options.Save)
	err = p.suggestFor(ctx, err, prepared.edit, operations)
	return panel.Preview{Seen: panel.Seen(preview.Seen), Changed: preview.Changed}, err
}

// preparedEdit is an edit of package db, and the resources that it adds.
type preparedEdit struct {
	edit  db.Edit
	added []string
}

// prepare makes an edit of operations. What is wrong with them whatever the state is found here.
func (p editor) prepare(ctx context.Context, operations []panel.Operation, options panel.EditOptions) (*preparedEdit, error) {
	if err := checkOptions(options); err != nil {
		return nil, err
	}
	prepared := &preparedEdit{}
	all := &steps{panel: p, ensure: options.Ensure}
	var err error
	if all.known, err = p.readKnown(ctx, operations, options.Draft); err != nil {
		return nil, err
	}
	prepared.edit = db.Edit{Draft: p.draft(options.Draft), Seen: db.Seen(options.Seen)}
	changes := map[string][]model.Change{}
	var wrong []error
	for _, operation := range operations {
		step, stepErr := all.step(operation)
		if stepErr != nil {
			wrong = append(wrong, stepErr)
			continue
		}
		if prepared.edit.Kind != "" && prepared.edit.Kind != step.kind {
			return nil, ErrSeveralKinds
		}
		prepared.take(step)
		if changes[step.name] == nil {
			prepared.edit.Names = append(prepared.edit.Names, step.name)
		}
		changes[step.name] = append(changes[step.name], onlyIf(options, unlessSo(step, options.Ensure)))
	}
	prepared.edit.Change = func(target *model.Target) error {
		for _, change := range changes[target.Name] {
			if err := change(target); err != nil {
				return err
			}
		}
		return nil
	}
	return prepared, errorkind.Join(wrong...)
}

// take notes what a step asks for besides its change.
func (e *preparedEdit) take(step step) {
	e.edit.Kind = step.kind
	e.edit.RevokeRules = e.edit.RevokeRules || step.revokeRules
	e.edit.Unassign = e.edit.Unassign || step.unassign
	if step.isAdded {
		e.added = append(e.added, step.name)
	}
}

func checkOptions(options panel.EditOptions) error {
	return errors.Join(checkDraft(options.Draft), edits.CheckText("message", options.Message))
}

// unlessSo makes a change that, with ensure, leaves an object as it is where it is as the operation wants it already.
func unlessSo(step step, ensure bool) model.Change {
	if !ensure {
		return step.change
	}
	return func(target *model.Target) error {
		found, warned := target.Next.Clone(), len(target.Warnings)
		err := step.change(target)
		for _, so := range step.so {
			if errors.Is(err, so) {
				target.Next, target.Warnings = found, target.Warnings[:warned] // whatever the refused change has done to it
				return nil
			}
		}
		return err
	}
}

// onlyIf makes a change that refuses an object of another version than the options ask for. It is asked in the transaction
// of the edit: nothing can come in between.
func onlyIf(options panel.EditOptions, change model.Change) model.Change {
	if len(options.IfMatch)+len(options.IfNoneMatch) == 0 {
		return change
	}
	return func(target *model.Target) error {
		version := versionOf(target)
		isOne := func(versions []string) bool {
			return slices.Contains(versions, version) || slices.Contains(versions, "*")
		}
		if version != "" && (len(options.IfMatch) > 0 && !isOne(options.IfMatch) || isOne(options.IfNoneMatch)) {
			return &panel.VersionError{Version: version}
		}
		return change(target)
	}
}
