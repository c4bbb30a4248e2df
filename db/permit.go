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
	"latchkey/perms"
	"latchkey/perms/errorkind"
)

// ErrActor: the user whom an operator acts as is not there or has no API access.
var ErrActor = errorkind.Unauthenticated.New("nobody to act as")

// Require returns a perms.RefusedError unless the user whom the operator acts as has a permission. Without
// --as there is no permission check.
func (v View) Require(ctx context.Context, operator model.Operator, permission perms.Permission) error {
	if operator.As == "" {
		return nil
	}
	return v.within(ctx, func(tx transaction) error {
		return tx.require(ctx, operator, permission)
	})
}

// require returns a perms.RefusedError unless the user whom the operator acts as has a permission.
func (tx transaction) require(ctx context.Context, operator model.Operator, permission perms.Permission) error {
	rules, err := tx.actorRules(ctx, operator)
	if err != nil {
		return err
	}
	now, err := tx.now(ctx)
	if err != nil || perms.Decide(rules, permission, now).Allowed {
		return err
	}
	return &perms.RefusedError{Name: operator.As, Missing: permission, Reason: fmt.Sprintf("%s lacks %s", operator.As, permission)}
}

// requireViewing is require for the permission to view the objects of a kind.
func (tx transaction) requireViewing(ctx context.Context, operator model.Operator, kind model.Kind) error {
	if operator.As == "" {
		return nil
	}
	return tx.require(ctx, operator, viewing(kind))
}

// CheckActor returns [ErrActor] unless the user whom the operator acts as, if any, is there and has API access.
func (v View) CheckActor(ctx context.Context, operator model.Operator) error {
	if operator.As == "" {
		return nil
	}
	return v.within(ctx, func(tx transaction) error {
		_, err := tx.actorRules(ctx, operator)
		return err
	})
}

// permit returns a perms.RefusedError unless the operator may make all the changes, judged by the live state of actor
// and objects. In a draft, staged roles count as they are staged.
func (tx transaction) permit(ctx context.Context, operator model.Operator, changes []model.Update, staged []drafts.Staged) error {
	if operator.As == "" || len(changes) == 0 {
		return nil
	}
	self, err := tx.loadActor(ctx, operator)
	if err != nil {
		return err
	}
	actor, err := store.EffectiveRules(ctx, tx, &self)
	if err != nil {
		return err
	}
	live, err := store.Roles(ctx, tx)
	if err != nil {
		return err
	}
	next := objectsAfter(model.KindRole, live, changes, staged)
	served, err := liveCatalogues(ctx, tx)
	if err != nil {
		return err
	}
	now, err := tx.now(ctx)
	if err != nil {
		return err
	}
	var judged []perms.Change
	if !perms.Everything(actor, now) { // who may do everything may edit all whom a role reaches
		if judged, err = usersReached(ctx, tx, changes, live, next); err != nil {
			return err
		}
	}
	for _, change := range changes {
		one := forPermission(change, live, next, served)
		one.Self, one.Retiring = change.Before != nil && change.Before.ID == self.ID, operator.IsRetiring(self.Access)
		judged = append(judged, one)
	}
	var refusals []error
	for known, i := served.catalogue.Permissions(), 0; i < len(judged); i++ {
		refusals = append(refusals, perms.Permit(actor, judged[i], known, now))
	}
	return errors.Join(refusals...)
}

// usersReached are the live users whom the change of a role reaches, each as it changes: nobody may be cut short, by a rule
// put into one of their roles, by somebody who could not edit them.
func usersReached(ctx context.Context, tx engine.Tx, changes []model.Update, live, next map[string]*model.Object) ([]perms.Change, error) {
	var judged []perms.Change
	seen := map[string]bool{} // many users have the same rules: one of them is judged for all
	for _, change := range changes {
		if change.Before == nil || change.Before.Kind != model.KindRole || keepsRules(change) {
			continue
		}
		users, err := store.List(ctx, tx, store.WithRole, change.Before.ID)
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
func keepsRules(c model.Update) bool {
	return c.After != nil && slices.Equal(c.Before.Rules, c.After.Rules)
}

// actorRules reads all rules that count for the user whom the operator acts as.
func (tx transaction) actorRules(ctx context.Context, operator model.Operator) ([]perms.Rule, error) {
	actor, err := tx.loadActor(ctx, operator)
	if err != nil {
		return nil, err
	}
	return store.EffectiveRules(ctx, tx, &actor)
}

// loadActor reads the user whom the operator acts as. [ErrActor] also where the token that this user has shown is not accepted
// any more: a request may have been decided long before its edit (H11).
func (tx transaction) loadActor(ctx context.Context, operator model.Operator) (model.Object, error) {
	actor, err := store.Load(ctx, tx, model.KindUser, operator.As)
	if errors.Is(err, model.ErrNoUser) {
		return model.Object{}, fmt.Errorf("%w: there is no user %s", ErrActor, operator.As)
	}
	if err == nil && operator.UserID != 0 && operator.UserID != actor.ID {
		err = fmt.Errorf("%w: %s is another user by now", ErrActor, operator.As)
	}
	if err == nil && !actor.Access.Enabled() {
		err = fmt.Errorf("%w: %s has no API access", ErrActor, operator.As)
	}
	if err != nil {
		return actor, err
	}
	now, err := tx.now(ctx)
	if err != nil {
		return actor, err
	}
	limits, err := tx.limits(ctx)
	if err == nil && operator.Presented.IsZero() && !actor.Access.Works(now, limits) {
		err = fmt.Errorf("%w: no token of %s is accepted now", ErrActor, operator.As)
	}
	if err == nil && !operator.Presented.IsZero() && !actor.Access.Accepts(operator.Presented, now, limits) {
		err = fmt.Errorf("%w: the token that %s has shown is not accepted any more", ErrActor, operator.As)
	}
	return actor, err
}

// forPermission is the change as package perms judges it.
func forPermission(c model.Update, live, next map[string]*model.Object, served catalogues) perms.Change {
	if c.Object().Kind == model.KindResource {
		return ofResource(c, served)
	}
	judged := perms.Change{Kind: string(c.Object().Kind), Name: c.Object().Name, Added: c.Before == nil, Removed: c.After == nil}
	before := c.Before
	if before == nil && c.After != nil { // what is set beyond the bare object
		before = &model.Object{Kind: c.After.Kind, Name: c.After.Name}
	}
	if c.After != nil {
		for _, difference := range model.Compare(before.Record(), c.After.Record()) {
			judged.Fields = append(judged.Fields, difference.Field)
		}
	}
	judged.AccessEnds = c.After != nil && accessEnds(c.Before, c.After)
	judged.Suspends = c.After != nil && c.After.Access.Suspended
	judged.Outlives = c.Before != nil && c.After != nil && c.After.Access.Enabled() && c.After.Access.Outlives(c.Before.Access.Term)
	judged.StaysOn = c.Before != nil && c.After != nil && c.Before.Access.Enabled() && c.After.Access.Enabled()
	if c.Before != nil {
		judged.Before = c.Before.Effective(live)
	}
	if c.After != nil {
		judged.After = c.After.Effective(next)
	}
	return judged
}

// visible are the kinds of objects of which an operator may be shown how they are live. The log shows all of them.
func (tx transaction) visible(ctx context.Context, operator model.Operator) (map[model.Kind]bool, error) {
	kinds := map[model.Kind]bool{model.KindUser: true, model.KindRole: true, model.KindResource: true, model.KindSetting: true}
	if operator.As == "" {
		return kinds, nil
	}
	rules, err := tx.actorRules(ctx, operator)
	if err != nil {
		return nil, err
	}
	now, err := tx.now(ctx)
	may := func(view perms.Permission) bool { return perms.Decide(rules, view, now).Allowed }
	for kind := range kinds {
		kinds[kind] = may(viewing(kind)) || may(perms.Permission{Resource: "revisions", Action: "view"})
	}
	return kinds, err
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
func (tx transaction) mayBeTold(ctx context.Context, edit Edit, name string, err error) error {
	operator := edit.Draft.Operator
	if operator.As == "" || edit.Kind == model.KindUser && name == operator.As {
		return err
	}
	if refused := tx.requireViewing(ctx, operator, edit.Kind); refused != nil {
		return refused
	}
	return err
}
