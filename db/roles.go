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

// A user's row and records have the names of its roles. So a save that renames a role changes every user who has it, and
// records it. Until then these users keep the live name, in drafts too: whoever renames a role edits the role alone, and users
// who are given or lose the role meanwhile stand in nobody's way.

// renaming is a role that gets another name.
type renaming struct {
	id       int64
	from, to string
}

// renamings lists the roles that updates rename.
func renamings(updates []model.Update) (list []renaming) {
	for _, update := range updates {
		if update.Before != nil && update.After != nil && update.After.Kind == model.KindRole && update.Before.Name != update.After.Name {
			list = append(list, renaming{update.After.ID, update.Before.Name, update.After.Name})
		}
	}
	return list
}

// renamedIn lists the roles that a draft renames.
func renamedIn(pending []drafts.Staged) []renaming {
	var updates []model.Update
	for _, staged := range pending {
		updates = append(updates, model.Update{Before: staged.Base, After: staged.Next})
	}
	return renamings(updates)
}

// withRoleHolders gives roles that changes rename their new names also in users: in those that the changes are of, and, behind
// all others, in those who have the roles live.
func withRoleHolders(ctx context.Context, tx engine.Tx, changes []model.Update) ([]model.Update, error) {
	all, at := slices.Clone(changes), map[int64]int{}
	for i, change := range all {
		at[change.Object().ID] = i
	}
	for _, renamed := range renamings(changes) {
		for i := range all {
			all[i].After = renamed.in(all[i].After)
		}
		users, err := store.List(ctx, tx, store.WithRole, renamed.id)
		if err != nil {
			return nil, fmt.Errorf("reading the users of %s: %w", renamed.from, err)
		}
		for _, user := range users {
			if _, known := at[user.ID]; !known {
				at[user.ID] = len(all)
				all = append(all, model.Update{Before: &user, After: renamed.in(&user)})
			}
		}
	}
	return all, nil
}

// in is an object as it is when the role has its new name.
func (r renaming) in(user *model.Object) *model.Object {
	if user == nil || !user.HasRole(r.from) || (user.RoleIDs[r.from] != 0 && user.RoleIDs[r.from] != r.id) {
		return user
	}
	user = user.Clone()
	user.RenameRole(r.from, r.to)
	return user
}

// withNewRoleNames runs the change of a user with the names that the operator's draft gives roles, as these are what the
// operator knows, and leaves it with the live names of those that it had before.
func withNewRoleNames(pending []drafts.Staged, found *editTarget, change model.Change) error {
	renamed := renamedIn(pending)
	if found.Kind != model.KindUser || found.Next == nil || len(renamed) == 0 {
		return change(&found.Target)
	}
	for _, one := range renamed {
		found.Next = one.in(found.Next)
	}
	err := change(&found.Target)
	for _, one := range renamed {
		if err == nil && found.Next != nil && found.before.HasRole(one.from) && found.Next.HasRole(one.to) {
			found.Next.RenameRole(one.to, one.from)
		}
	}
	return err
}

// refuseHeldNames returns [ErrNameTaken] for a role that is to get the name of one which is renamed, in the edit or in the
// draft: until the save the users of that one are known to have it by this name.
func refuseHeldNames(pending []drafts.Staged, targets []*editTarget) error {
	held := renamedIn(pending)
	for _, target := range targets {
		held = append(held, renamings([]model.Update{{Before: target.Live, After: target.Next}})...)
	}
	var refusals []error
	for _, target := range targets {
		named := target.Kind == model.KindRole && target.Next != nil && (target.before == nil || target.before.Name != target.Next.Name)
		for _, one := range held {
			if named && one.from == target.Next.Name && one.id != target.Next.ID {
				refusals = append(refusals, fmt.Errorf("%w: the role %s is called so until it is saved as %s", ErrNameTaken, one.from, one.to))
			}
		}
	}
	return errors.Join(refusals...)
}

// withoutRole adds to the objects of an edit, which removes roles, those users who have them, without these roles. They are
// judged and recorded as if each had been edited; who they are is for an operator who may view users.
func (tx transaction) withoutRole(ctx context.Context, edit Edit, pending []drafts.Staged, targets []*editTarget) ([]*editTarget, error) {
	if !edit.Unassign {
		return targets, nil
	}
	users := map[string]*editTarget{}
	for _, role := range slices.Clone(targets) {
		if role.Kind != model.KindRole || role.Next != nil || role.before == nil {
			continue
		}
		names, err := usersOf(ctx, tx, pending, role.before)
		if err == nil && len(names) > 0 {
			err = tx.requireViewing(ctx, edit.Draft.Operator, model.KindUser)
		}
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if users[name] == nil {
				if users[name], err = findTarget(ctx, tx, pending, model.KindUser, name); err != nil {
					return nil, fmt.Errorf("reading %s: %w", name, err)
				}
				targets = append(targets, users[name])
			}
			users[name].Next.Unassign(role.before.Name)
			if role.Live != nil {
				users[name].Next.Unassign(role.Live.Name)
			}
		}
	}
	return targets, nil
}

// usersOf names the users who have a role, live or in the draft.
func usersOf(ctx context.Context, tx engine.Tx, pending []drafts.Staged, role *model.Object) ([]string, error) {
	users, err := store.UsersOf(ctx, tx, role.ID)
	for _, draft := range pending {
		if draft.Kind() != model.KindUser {
			continue
		}
		if draft.Base != nil {
			users = slices.DeleteFunc(users, func(name string) bool { return name == draft.Base.Name })
		}
		if draft.Next != nil && hasRole(pending, draft.Next, role) {
			users = append(users, draft.Next.Name)
		}
	}
	return users, err
}

// hasRole tells whether a user in a draft has a role, by the name that it has there or live.
func hasRole(pending []drafts.Staged, user, role *model.Object) bool {
	if user.HasRole(role.Name) {
		return true
	}
	return slices.ContainsFunc(renamedIn(pending), func(one renaming) bool { return one.id == role.ID && user.HasRole(one.from) })
}

// withoutRenamedRoles are the changes of a revision without those that users had by the renaming of their roles: the inverse of
// the renaming changes whoever has the role by then.
func withoutRenamedRoles(changes []model.RecordedChange) []model.RecordedChange {
	rest := slices.Clone(changes)
	for _, role := range changes {
		if role.Kind != model.KindRole || role.Before == nil || role.After == nil || role.Before.Name() == role.After.Name() {
			continue
		}
		from, to := model.RolePrefix+role.Before.Name(), model.RolePrefix+role.After.Name()
		for i, user := range rest {
			if user.Kind != model.KindUser || user.Before == nil || user.After.Value(to) == "" || user.After.Value(from) != "" {
				continue
			}
			rest[i].Before = slices.Clone(user.Before)
			for at, field := range user.Before {
				if field.Key == from {
					rest[i].Before[at].Key = to
				}
			}
		}
	}
	return rest
}
