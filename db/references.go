package db

import (
	"context"
	"fmt"
	"slices"

	"latchkey/db/internal/sqlite"
	"latchkey/db/model"
	"latchkey/perms"
)

// refuseDangling returns [ErrNoRole] for a role that a user is given and that is neither live nor staged, and
// [ErrRoleInUse] for one that is to be removed while users have it. The save looks again.
func refuseDangling(ctx context.Context, tx querier, drafts []Staged, subject *subject) error {
	switch {
	case subject.Kind == model.KindRole && subject.Next == nil && subject.before != nil:
		return refuseUsed(ctx, tx, drafts, subject.before)
	case subject.Kind == model.KindUser && subject.Next != nil:
		for _, role := range subject.Next.Roles {
			if subject.before != nil && subject.before.HasRole(role) {
				continue
			}
			found, err := findSubject(ctx, tx, drafts, model.KindRole, role)
			if err != nil {
				return err
			}
			if found.Next == nil {
				return fmt.Errorf("%w: %s", model.ErrNoRole, role)
			}
			if subject.Next.RoleIDs == nil {
				subject.Next.RoleIDs = map[string]int64{}
			}
			subject.Next.RoleIDs[role] = found.Next.ID
		}
	}
	return nil
}

func refuseUsed(ctx context.Context, tx querier, drafts []Staged, role *model.Object) error {
	users, err := usersOf(ctx, tx, role.ID)
	if err != nil {
		return err
	}
	for _, draft := range drafts {
		if draft.Kind() != model.KindUser {
			continue
		}
		if draft.Base != nil {
			users = slices.DeleteFunc(users, func(name string) bool { return name == draft.Base.Name })
		}
		if draft.Next != nil && draft.Next.HasRole(role.Name) {
			users = append(users, draft.Next.Name)
		}
	}
	if len(users) > 0 {
		return roleInUse(role.Name, users)
	}
	return nil
}

// throughRoles lists the rules that a user has through roles, staged ones as they are staged.
func throughRoles(ctx context.Context, tx querier, drafts []Staged, user *model.Object) ([]perms.Rule, error) {
	if user == nil {
		return nil, nil
	}
	roles := map[string]*model.Object{}
	for _, name := range user.Roles {
		found, err := findSubject(ctx, tx, drafts, model.KindRole, name)
		if err != nil {
			return nil, err
		}
		roles[name] = found.Next
	}
	return user.Effective(roles)[len(user.Rules):], nil
}

// firstSeen is the revision that added an object; 0 for none, and for one that is only staged.
func firstSeen(ctx context.Context, tx querier, object *model.Object) (revision int64, err error) {
	if object == nil {
		return 0, nil
	}
	row := tx.QueryRowContext(ctx, `SELECT coalesce(min(revision), 0) FROM changes WHERE object_id = ?`, object.ID)
	if err := row.Scan(&revision); err != nil {
		return 0, sqlite.Explain(err)
	}
	return revision, nil
}
