package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/perms/errorkind"
)

// ErrActor: the user whom an operator acts as is not there or has no API access.
var ErrActor = errorkind.Unauthenticated.New("nobody to act as")

// Require returns a perms.RefusedError unless the user whom the operator acts as has a permission. An operator who acts
// as nobody may do everything.
func (d *DB) Require(ctx context.Context, operator model.Operator, permission perms.Permission) error {
	if operator.As == "" {
		return nil
	}
	return d.read(ctx, func(tx *sql.Tx) error {
		rules, err := actorRules(ctx, tx, operator)
		if err != nil || perms.Decide(rules, permission, d.clock()).Allowed {
			return err
		}
		return &perms.RefusedError{Name: operator.As, Missing: permission, Reason: fmt.Sprintf("%s lacks %s", operator.As, permission)}
	})
}

// CheckActor returns [ErrActor] unless the user whom the operator acts as, if any, is there and has API access.
func (d *DB) CheckActor(ctx context.Context, operator model.Operator) error {
	if operator.As == "" {
		return nil
	}
	return d.read(ctx, func(tx *sql.Tx) error {
		_, err := actorRules(ctx, tx, operator)
		return err
	})
}

// permit returns a perms.RefusedError unless the operator may make all the changes, judged by the live state of actor
// and objects. In a draft, staged roles count as they are staged.
func (d *DB) permit(ctx context.Context, tx querier, operator model.Operator, changes []change, staged []Staged) error {
	if operator.As == "" || len(changes) == 0 {
		return nil
	}
	self, err := loadActor(ctx, tx, operator)
	if err != nil {
		return err
	}
	actor, err := effectiveRules(ctx, tx, &self)
	if err != nil {
		return err
	}
	live, err := liveRoles(ctx, tx)
	if err != nil {
		return err
	}
	next := objectsAfter(model.KindRole, live, changes, staged)
	catalogue, err := liveCatalogue(ctx, tx)
	if err != nil {
		return err
	}
	known, now := catalogue.Permissions(), d.clock()
	var judged []perms.Change
	if !perms.Everything(actor, now) { // who may do everything may edit all whom a role reaches
		if judged, err = usersReached(ctx, tx, changes, live, next); err != nil {
			return err
		}
	}
	for _, change := range changes {
		one := change.forPermission(live, next, catalogue)
		one.Self = change.before != nil && change.before.ID == self.ID
		one.Retiring = operator.Retiring
		judged = append(judged, one)
	}
	var refusals []error
	for _, change := range judged {
		refusals = append(refusals, perms.Permit(actor, change, known, now))
	}
	return errors.Join(refusals...)
}

// usersReached are the live users whom the change of a role reaches, each as it changes: nobody may be cut short, by a rule
// put into one of their roles, by somebody who could not edit them.
func usersReached(ctx context.Context, tx querier, changes []change, live, next map[string]*model.Object) ([]perms.Change, error) {
	var judged []perms.Change
	seen := map[string]bool{} // many users have the same rules: one of them is judged for all
	for _, change := range changes {
		if change.before == nil || change.before.Kind != model.KindRole || change.keepsRules() {
			continue
		}
		users, err := loadLive(ctx, tx, withRole, change.before.ID)
		if err != nil {
			return nil, err
		}
		for _, user := range users {
			reached := perms.Change{Kind: string(model.KindUser), Name: user.Name, Before: user.Effective(live), After: user.Effective(next)}
			if key := fmt.Sprint(reached.Before, reached.After); !seen[key] {
				seen[key] = true
				judged = append(judged, reached)
			}
		}
	}
	return judged, nil
}

// keepsRules tells whether a change leaves the rules of an object as they are.
func (c change) keepsRules() bool {
	return c.after != nil && slices.Equal(c.before.Rules, c.after.Rules)
}

// actorRules reads all rules that count for the user whom the operator acts as.
func actorRules(ctx context.Context, tx querier, operator model.Operator) ([]perms.Rule, error) {
	actor, err := loadActor(ctx, tx, operator)
	if err != nil {
		return nil, err
	}
	return effectiveRules(ctx, tx, &actor)
}

// loadActor reads the user whom the operator acts as.
func loadActor(ctx context.Context, tx querier, operator model.Operator) (model.Object, error) {
	actor, err := load(ctx, tx, model.KindUser, operator.As)
	if errors.Is(err, model.ErrNoUser) {
		return model.Object{}, fmt.Errorf("%w: there is no user %s", ErrActor, operator.As)
	}
	if err == nil && operator.UserID != 0 && operator.UserID != actor.ID {
		err = fmt.Errorf("%w: %s is another user by now", ErrActor, operator.As)
	}
	if err == nil && !actor.Access.Enabled() {
		err = fmt.Errorf("%w: %s has no API access", ErrActor, operator.As)
	}
	return actor, err
}

func liveRoles(ctx context.Context, tx querier) (map[string]*model.Object, error) {
	list, err := loadLive(ctx, tx, ofKind, model.KindRole)
	roles := map[string]*model.Object{}
	for i := range list {
		roles[list[i].Name] = &list[i]
	}
	return roles, err
}

// objectsAfter is how the objects of a kind would stand, by name, with the staged ones and, over them, the changed ones.
func objectsAfter(kind model.Kind, live map[string]*model.Object, changes []change, staged []Staged) map[string]*model.Object {
	next := maps.Clone(live)
	all := make([]change, 0, len(staged)+len(changes))
	for _, draft := range staged {
		all = append(all, change{draft.Base, draft.Next})
	}
	for _, change := range append(all, changes...) {
		if change.object().Kind != kind {
			continue
		}
		if change.before != nil {
			delete(next, change.before.Name)
		}
		if change.after != nil {
			next[change.after.Name] = change.after
		}
	}
	return next
}

// forPermission is the change as package perms judges it.
func (c change) forPermission(live, next map[string]*model.Object, catalogue *perms.Catalogue) perms.Change {
	if c.object().Kind == model.KindResource {
		return c.ofResource(catalogue)
	}
	judged := perms.Change{Kind: string(c.object().Kind), Name: c.object().Name, Added: c.before == nil, Removed: c.after == nil}
	before := c.before
	if before == nil && c.after != nil { // what is set beyond the bare object
		before = &model.Object{Kind: c.after.Kind, Name: c.after.Name}
	}
	if c.after != nil {
		for _, difference := range model.Compare(before.Record(), c.after.Record()) {
			judged.Fields = append(judged.Fields, difference.Field)
		}
	}
	judged.StaysOn = c.before != nil && c.after != nil && c.before.Access.Enabled() && c.after.Access.Enabled()
	if c.before != nil {
		judged.Before = c.before.Effective(live)
	}
	if c.after != nil {
		judged.After = c.after.Effective(next)
	}
	return judged
}

// visible are the kinds of objects of which an operator may be shown how they are live. The log shows all of them.
func (d *DB) visible(ctx context.Context, tx querier, operator model.Operator) (map[model.Kind]bool, error) {
	kinds := map[model.Kind]bool{model.KindUser: true, model.KindRole: true, model.KindResource: true}
	if operator.As == "" {
		return kinds, nil
	}
	rules, err := actorRules(ctx, tx, operator)
	if err != nil {
		return nil, err
	}
	may := func(view perms.Permission) bool { return perms.Decide(rules, view, d.clock()).Allowed }
	for kind := range kinds {
		kinds[kind] = may(viewing(kind)) || may(perms.Permission{Resource: "revisions", Action: "view"})
	}
	return kinds, nil
}

// viewing is the permission to view the objects of a kind.
func viewing(kind model.Kind) perms.Permission {
	return perms.Permission{Resource: string(kind) + "s", Action: "view"}
}

// movedOn is all that is said of what has become of an object to an operator who may not view it.
func movedOn(kind model.Kind) string {
	return fmt.Sprintf("the live state has moved; to be shown how takes %s", viewing(kind))
}

// mayBeTold is the error of an edit, which tells how the object of a name stands, to an operator who may see such
// objects or is it, and the lack of that permission to anybody else.
func (d *DB) mayBeTold(ctx context.Context, tx querier, edit Edit, name string, err error) error {
	operator := edit.Draft.Operator
	if operator.As == "" || edit.Kind == model.KindUser && name == operator.As {
		return err
	}
	rules, actorErr := actorRules(ctx, tx, operator)
	if actorErr != nil {
		return actorErr
	}
	view := viewing(edit.Kind)
	if perms.Decide(rules, view, d.clock()).Allowed {
		return err
	}
	return &perms.RefusedError{Name: operator.As, Missing: view, Reason: fmt.Sprintf("%s lacks %s", operator.As, view)}
}
