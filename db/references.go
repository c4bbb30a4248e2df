package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"latchkey/db/drafts"
	"latchkey/db/engine"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/perms/errorkind"
)

// ErrNameTaken: a rename leads to a name that another object has, live or in the operator's draft.
var ErrNameTaken = errorkind.State.New("the name is taken")

// refuseDangling returns [model.ErrNoRole] for a role that a user is given and that is neither live nor staged, and
// [model.ErrRoleInUse] for one that is to be removed while users have it. The save looks again.
func (tx transaction) refuseDangling(ctx context.Context, edit Edit, pending []drafts.Staged, target *editTarget) error {
	switch {
	case edit.Unassign:
		return nil
	case target.Kind == model.KindRole && target.Next == nil && target.before != nil:
		return tx.refuseUsed(ctx, edit.Draft.Operator, pending, target.before)
	case target.Kind == model.KindUser && target.Next != nil:
		for _, role := range target.Next.Roles {
			if target.before != nil && target.before.HasRole(role) {
				continue
			}
			found, err := findTarget(ctx, tx, pending, model.KindRole, role)
			if err != nil {
				return err
			}
			if found.Next == nil { // whoever may not make the edit is not told
				err := tx.permit(ctx, edit.Draft.Operator, touchedChanges([]*editTarget{target}), pending)
				return cmp.Or(err, fmt.Errorf("%w: %s", model.ErrNoRole, role))
			}
			if target.Next.RoleIDs == nil {
				target.Next.RoleIDs = map[string]int64{}
			}
			target.Next.RoleIDs[role] = found.Next.ID
		}
	}
	return nil
}

// refuseUsed returns [model.ErrRoleInUse] where users have a role, live or in the draft, and says who to an operator who may
// view them.
func (tx transaction) refuseUsed(ctx context.Context, operator model.Operator, pending []drafts.Staged, role *model.Object) error {
	users, err := usersOf(ctx, tx, pending, role)
	if err != nil || len(users) == 0 {
		return err
	}
	visible, err := tx.visible(ctx, operator)
	if err != nil {
		return err
	}
	return roleInUse(role.Name, users, visible[model.KindUser])
}

// roleRules lists the rules that a user has through roles, staged ones as they are staged.
func roleRules(ctx context.Context, tx engine.Tx, pending []drafts.Staged, user *model.Object) ([]perms.Rule, error) {
	if user == nil {
		return nil, nil
	}
	roles := map[string]*model.Object{}
	for _, name := range user.Roles {
		found, err := findTarget(ctx, tx, pending, model.KindRole, name)
		if err != nil {
			return nil, err
		}
		roles[name] = found.Next
	}
	for _, renamed := range renamedIn(pending) {
		if user.HasRole(renamed.from) && roles[renamed.from] == nil {
			found, err := findTarget(ctx, tx, pending, model.KindRole, renamed.to)
			if err != nil {
				return nil, err
			}
			roles[renamed.from] = found.Next
		}
	}
	return user.Effective(roles)[len(user.Rules):], nil
}

// objectsAfter is how the objects of a kind would stand, by name, with the staged ones and, over them, the changed ones. A role
// that is renamed is found by its old name too.
func objectsAfter(kind model.Kind, live map[string]*model.Object, changes []model.Update, staged []drafts.Staged) map[string]*model.Object {
	next := maps.Clone(live)
	all := make([]model.Update, 0, len(staged)+len(changes))
	for _, draft := range staged {
		all = append(all, model.Update{Before: draft.Base, After: draft.Next})
	}
	all = append(all, changes...)
	for _, change := range all {
		if change.Object().Kind != kind {
			continue
		}
		if change.Before != nil {
			delete(next, change.Before.Name)
		}
		if change.After != nil {
			next[change.After.Name] = change.After
		}
	}
	for _, renamed := range renamings(all) { // users have a role by its live name until the save
		if kind == model.KindRole && next[renamed.from] == nil {
			next[renamed.from] = next[renamed.to]
		}
	}
	return next
}

// refuseTaken returns [ErrNameTaken] where an edit renames an object to a name that another one has after it. A name
// that the edit or the draft has taken away from its object is free, so that names can be swapped. The save looks again.
func refuseTaken(ctx context.Context, tx engine.Tx, pending []drafts.Staged, targets []*editTarget) error {
	refusals := []error{refuseHeldNames(pending, targets)}
	for _, renamed := range targets {
		if renamed.before == nil || renamed.Next == nil || renamed.Next.Name == renamed.before.Name {
			continue
		}
		taken, err := isTaken(ctx, tx, pending, targets, renamed)
		if err != nil {
			return fmt.Errorf("reading %s: %w", renamed.Next.Name, err)
		}
		if taken {
			refusals = append(refusals, fmt.Errorf("%w: there is a %s %s already", ErrNameTaken, renamed.Kind, renamed.Next.Name))
		}
	}
	return errors.Join(refusals...)
}

func isTaken(ctx context.Context, tx engine.Tx, pending []drafts.Staged, targets []*editTarget, renamed *editTarget) (bool, error) {
	holder, err := findTarget(ctx, tx, pending, renamed.Kind, renamed.Next.Name)
	if err != nil {
		return false, err
	}
	taken := holder.Next != nil
	for _, other := range targets {
		if taken && other.before != nil && other.before.ID == holder.Next.ID {
			taken = false // what becomes of it decides, below
		}
	}
	for _, other := range targets {
		if other != renamed && other.Next != nil && other.Next.Name == renamed.Next.Name {
			taken = true
		}
	}
	return taken, nil
}

// withholdWarnings drops the warnings that tell how an object stands, where the operator may not be told it.
func (tx transaction) withholdWarnings(ctx context.Context, edit Edit, found *editTarget) error {
	telling := func(warning model.Warning) bool { return warning.TellsState }
	if !slices.ContainsFunc(found.Warnings, telling) {
		return nil
	}
	err := tx.mayBeTold(ctx, edit, found.Name, nil)
	if _, refused := errors.AsType[*perms.RefusedError](err); !refused {
		return err
	}
	found.Warnings = slices.DeleteFunc(found.Warnings, telling)
	return nil
}

// refuseRulesForNothing returns [model.ErrRuleForNothing] where changes that are live have added a rule that allows exactly a
// permission that nothing needs: it was staged while something did, or a rollback brings it back.
func (tx transaction) refuseRulesForNothing(ctx context.Context, operator model.Operator, changes []model.Update) error {
	var catalogue *perms.Catalogue
	for _, change := range changes {
		for pattern := range addedRules(change) {
			permission, exact := pattern.Exact()
			if !exact {
				continue
			}
			if catalogue == nil {
				var err error
				if catalogue, err = liveCatalogue(ctx, tx); err != nil {
					return err
				}
			}
			if !catalogue.Known(permission) {
				return tx.ruleForNothing(ctx, operator, permission, change.After)
			}
		}
	}
	return nil
}

// ruleForNothing is [model.ErrRuleForNothing], and says which permission and whose to an operator who may view it.
func (tx transaction) ruleForNothing(ctx context.Context, operator model.Operator, permission perms.Permission, holder *model.Object) error {
	visible, err := tx.visible(ctx, operator)
	if err != nil {
		return err
	}
	if !visible[holder.Kind] {
		return model.ErrRuleForNothing
	}
	return fmt.Errorf("%w: %s: of %s", model.ErrRuleForNothing, permission, model.Label(holder.Kind, holder.Name))
}

// addedRules are the patterns for which an object has a rule that allows and had none.
func addedRules(change model.Update) iter.Seq[perms.Pattern] {
	return func(yield func(perms.Pattern) bool) {
		if change.After == nil {
			return
		}
		for _, rule := range change.After.Rules {
			if rule.Effect != perms.Allow {
				continue
			}
			if change.Before != nil {
				if was, found := change.Before.Rules.Get(rule.Pattern); found && was.Effect == perms.Allow {
					continue
				}
			}
			if !yield(rule.Pattern) {
				return
			}
		}
	}
}
