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

// refuseMoved notes which fields stand against the rollback, and who moved them; "" is the whole object.
func (i *undoing) refuseMoved(ctx context.Context, tx engine.Tx, target *editTarget, id int64, fields []string) error {
	since, err := history.Moves(ctx, tx, id, i.revision)
	if err != nil {
		return err
	}
	conflict := model.Conflict{Name: model.Label(target.Kind, target.Name)}
	own := i.stagedFields(id)
	for _, field := range fields {
		at := slices.IndexFunc(since, func(move model.FieldMove) bool { return move.Field == field })
		switch {
		case slices.Contains(own, field) && field == "":
			i.conflict.Add(conflict.Name, "you have staged its removal")
		case slices.Contains(own, field):
			i.conflict.Add(conflict.Name, "you have staged "+field)
		case at >= 0:
			conflict.Fields = append(conflict.Fields, since[at])
		default:
			i.conflict.Add(conflict.Name, fmt.Sprintf("%s is not what revision %d made it", field, i.revision))
		}
	}
	if len(conflict.Fields) > 0 {
		i.conflict.Conflicts = append(i.conflict.Conflicts, conflict)
	}
	return nil
}

// stagedFields names the fields that the operator's draft of an object changes; "" is its removal.
func (i *undoing) stagedFields(id int64) []string {
	draft := i.draftOf(id)
	if draft == nil {
		return nil
	}
	if draft.Next == nil {
		return []string{""}
	}
	var fields []string
	for _, difference := range draft.Differences() {
		fields = append(fields, difference.Field)
	}
	return fields
}

// refuseReferences notes names that are taken and roles that are there no more, and returns [model.ErrRoleInUse] for a role
// that would leave users without it.
func (i *undoing) refuseReferences(ctx context.Context, tx transaction, operator model.Operator) error {
	var refusals []error
	next := i.overlay()
	for _, target := range i.targets {
		switch {
		case target.Next == nil && target.Kind == model.KindRole:
			refusals = append(refusals, tx.refuseUsed(ctx, operator, next, target.before))
		case target.Next != nil:
			refusals = append(refusals, i.refuseName(ctx, tx, target, next), i.refuseRoles(ctx, tx, target, next))
		}
	}
	return errors.Join(refusals...)
}

// overlay is the draft as the rollback would leave it.
func (i *undoing) overlay() []drafts.Staged {
	var next []drafts.Staged
	for _, target := range i.targets {
		next = append(next, drafts.Staged{Base: target.Live, Next: target.Next})
	}
	for _, draft := range i.pending {
		changed := func(target *editTarget) bool { return target.before != nil && target.before.ID == draft.ID() }
		if !slices.ContainsFunc(i.targets, changed) {
			next = append(next, draft)
		}
	}
	return next
}

// refuseName notes who has the name that an object would get.
func (i *undoing) refuseName(ctx context.Context, tx engine.Tx, target *editTarget, next []drafts.Staged) error {
	if target.before != nil && target.before.Name == target.Next.Name {
		return nil
	}
	label := model.Label(target.Kind, target.Next.Name)
	for _, other := range next {
		if other.Next == nil || other.Next == target.Next || other.Label() != label {
			continue
		}
		if i.draftOf(other.ID()) == nil {
			return i.refuseTaken(ctx, tx, target)
		}
		i.conflict.Add(label, fmt.Sprintf("you have staged a %s of this name", target.Kind))
		return nil
	}
	holder, err := store.Load(ctx, tx, target.Kind, target.Next.Name)
	leaves := func(other drafts.Staged) bool { return other.Base != nil && other.Base.ID == holder.ID }
	if err != nil || slices.ContainsFunc(next, leaves) {
		return ignore(err, target.Kind.Missing())
	}
	return i.refuseTaken(ctx, tx, target)
}

func (i *undoing) refuseTaken(ctx context.Context, tx engine.Tx, target *editTarget) error {
	reason, err := history.NameTaken(ctx, tx, target.Next)
	i.conflict.Add(model.Label(target.Kind, target.Next.Name), reason)
	return err
}

// refuseRoles notes roles that a user would get back and that are there no more.
func (i *undoing) refuseRoles(ctx context.Context, tx engine.Tx, target *editTarget, next []drafts.Staged) error {
	var missing []string
	for _, role := range target.Next.Roles {
		if target.before != nil && target.before.HasRole(role) {
			continue
		}
		found, err := findTarget(ctx, tx, next, model.KindRole, role)
		if err != nil {
			return err
		}
		is, err := i.isSameRole(ctx, tx, role, found.Next)
		if err != nil {
			return err
		}
		if !is {
			missing = append(missing, model.Label(model.KindRole, role))
			continue
		}
		if target.Next.RoleIDs == nil {
			target.Next.RoleIDs = map[string]int64{}
		}
		target.Next.RoleIDs[role] = found.Next.ID
	}
	if len(missing) > 0 {
		i.conflict.Add(model.Label(target.Kind, target.Name), strings.Join(missing, ", ")+" was removed or renamed since")
	}
	return nil
}

// isSameRole tells whether the role of a name is the one that had it before the revision, or that the rollback brings back: names
// can be taken away and given anew.
func (i *undoing) isSameRole(ctx context.Context, tx engine.Tx, name string, role *model.Object) (bool, error) {
	if role == nil {
		return false, nil
	}
	first, err := history.FirstSeen(ctx, tx, role)
	if err != nil || first == 0 {
		return err == nil, err
	}
	before, err := history.CalledBefore(ctx, tx, model.KindRole, name, i.revision)
	return before == role.ID, err
}

// mayUndo returns a refusal unless the operator may, by the live state, make the inverse of changes.
func mayUndo(ctx context.Context, tx transaction, operator model.Operator, changes []model.Update) error {
	inverse := make([]model.Update, 0, len(changes))
	for _, change := range changes {
		inverse = append(inverse, model.Update{Before: change.After, After: change.Before})
	}
	return tx.permit(ctx, operator, inverse, nil)
}
