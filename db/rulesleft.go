package db

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"latchkey/db/drafts"
	"latchkey/db/engine"
	"latchkey/db/model"
	"latchkey/db/store"
	"latchkey/perms"
	"latchkey/perms/verifiedtime"
)

// lost is what goes with resources that are taken away: their names, and the permissions that nothing needs any more.
type lost struct {
	names       []string
	permissions []perms.Permission
	left        []perms.Permission // what something needs still
}

// lostBetween compares two catalogues; nil where no resource is gone.
func lostBetween(before, after *perms.Catalogue) *lost {
	gone := &lost{left: after.Permissions()}
	for _, resource := range before.Resources() {
		if _, stays := after.Resource(resource.Name); stays {
			continue
		}
		gone.names = append(gone.names, resource.Name)
		for _, request := range resource.Requests {
			if !request.AnyUser && !after.Known(request.Permission) {
				gone.permissions = append(gone.permissions, request.Permission)
			}
		}
	}
	if gone.names == nil {
		return nil
	}
	return gone
}

// lostBy is what goes by changes that are about to be saved.
func lostBy(ctx context.Context, tx engine.Tx, changes []model.Update) (*lost, error) {
	if !slices.ContainsFunc(changes, func(c model.Update) bool { return changesCatalogue(c.Object().Kind) }) {
		return nil, nil //nolint:nilnil // nothing is lost
	}
	before, err := liveCatalogue(ctx, tx)
	if err != nil {
		return nil, err
	}
	after, err := catalogueAfter(ctx, tx, changes, nil)
	if err != nil {
		return nil, ignore(err, model.ErrCatalogue) // the save refuses it, with its reason
	}
	return lostBetween(before, after), nil
}

// has reports whether a rule gives access to what goes: a later resource of the name would inherit it. Rules for all
// resources do not count, nor do those that deny: they open nothing, and to take them away would.
func (l *lost) has(rule perms.Rule, now verifiedtime.Time) bool {
	if rule.Effect != perms.Allow || rule.Pattern.Resource == "*" || !rule.Until.IsZero() && !now.MaybeBefore(rule.Until) {
		return false
	}
	return slices.ContainsFunc(l.permissions, rule.Pattern.Matches) ||
		slices.Contains(l.names, rule.Pattern.Resource) && !slices.ContainsFunc(l.left, rule.Pattern.Matches)
}

// resources are the words with which rules for what goes begin.
func (l *lost) resources() []string {
	words := slices.Clone(l.names)
	for _, permission := range l.permissions {
		words = append(words, permission.Resource)
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// leftRules are the rules of one object for what goes.
type leftRules struct {
	kind     model.Kind
	name     string
	patterns []perms.Pattern
}

// rulesLeft lists the rules for what goes, of live users and roles and of those that updates make of them, by label.
func (l *lost) rulesLeft(ctx context.Context, tx engine.Tx, updates []model.Update, now verifiedtime.Time) ([]leftRules, error) {
	changed, byLabel := map[int64]bool{}, map[string]leftRules{}
	add := func(kind model.Kind, name string, rule perms.Rule) {
		if l.has(rule, now) {
			one := byLabel[model.Label(kind, name)]
			byLabel[model.Label(kind, name)] = leftRules{kind, name, append(one.patterns, rule.Pattern)}
		}
	}
	for _, update := range updates {
		if update.Before != nil {
			changed[update.Before.ID] = true
		}
		if update.After != nil {
			for _, rule := range update.After.Rules {
				add(update.After.Kind, update.After.Name, rule)
			}
		}
	}
	for _, resource := range l.resources() {
		err := store.EachRuleOn(ctx, tx, resource, func(id int64, kind model.Kind, name string, rule perms.Rule) {
			if !changed[id] {
				add(kind, name, rule)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	var list []leftRules
	for _, label := range slices.Sorted(maps.Keys(byLabel)) {
		list = append(list, byLabel[label])
	}
	return list, nil
}

// refuseRulesLeft returns [model.ErrRulesLeft] where rules are left for what goes, and says whose they are to an operator
// who may view them.
func (tx transaction) refuseRulesLeft(ctx context.Context, operator model.Operator, gone *lost, updates []model.Update) error {
	if gone == nil {
		return nil
	}
	now, err := tx.now(ctx)
	if err != nil {
		return err
	}
	left, err := gone.rulesLeft(ctx, tx, updates, now)
	if err != nil || len(left) == 0 {
		return err
	}
	visible, err := tx.visible(ctx, operator)
	if err != nil {
		return err
	}
	var labels []string
	for _, one := range left {
		if !visible[one.kind] {
			return fmt.Errorf("%w: %s", model.ErrRulesLeft, model.SomeOf(gone.names))
		}
		labels = append(labels, model.Label(one.kind, one.name))
	}
	return fmt.Errorf("%w: %s: of %s", model.ErrRulesLeft, model.SomeOf(gone.names), model.SomeOf(labels))
}

// refuseStagedRulesLeft is refuseRulesLeft for what would be staged, or for a save of it alone.
func (tx transaction) refuseStagedRulesLeft(ctx context.Context, draft drafts.Draft, targets []*editTarget, save bool) error {
	gone, updates, err := lostByTargets(ctx, tx, draft, targets, save)
	if err != nil {
		return err
	}
	return tx.refuseRulesLeft(ctx, draft.Operator, gone, updates)
}

// lostByTargets is what goes by an edit, and all that would be changed with it.
func lostByTargets(ctx context.Context, tx engine.Tx, draft drafts.Draft, targets []*editTarget, save bool) (*lost, []model.Update, error) {
	if !slices.ContainsFunc(targets, func(s *editTarget) bool { return changesCatalogue(s.Kind) && s.touched() }) {
		return nil, nil, nil
	}
	var staged []drafts.Staged
	if !save {
		var err error
		if staged, err = drafts.Load(ctx, tx, draft); err != nil {
			return nil, nil, err
		}
	}
	others := slices.DeleteFunc(slices.Clone(staged), func(one drafts.Staged) bool {
		return slices.ContainsFunc(targets, func(s *editTarget) bool { return s.staged.Object() != nil && s.staged.ID() == one.ID() })
	})
	before, err := catalogueAfter(ctx, tx, nil, staged)
	if errors.Is(err, model.ErrCatalogue) { // the draft no longer fits the live resources
		before, err = liveCatalogue(ctx, tx)
	}
	if err != nil {
		return nil, nil, err
	}
	updates := touchedChanges(targets)
	after, err := catalogueAfter(ctx, tx, updates, others)
	if err != nil {
		return nil, nil, ignore(err, model.ErrCatalogue) // refuseStagedCatalogue refuses it, with its reason
	}
	for _, one := range others {
		updates = append(updates, model.Update{Before: one.Base, After: one.Next})
	}
	return lostBetween(before, after), updates, nil
}

// withoutRulesLeft adds to the objects of an edit those that have rules for what goes by it, without these rules. They are
// judged and recorded as if each had been edited.
func (tx transaction) withoutRulesLeft(ctx context.Context, edit Edit, pending []drafts.Staged, targets []*editTarget, save bool) ([]*editTarget, error) {
	gone, updates, err := lostByTargets(ctx, tx, edit.Draft, targets, save)
	if err != nil || gone == nil {
		return targets, err
	}
	now, err := tx.now(ctx)
	if err != nil {
		return nil, err
	}
	left, err := gone.rulesLeft(ctx, tx, updates, now)
	if err != nil {
		return nil, err
	}
	for _, one := range left {
		found, err := findTarget(ctx, tx, pending, one.kind, one.name)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", model.Label(one.kind, one.name), err)
		}
		for _, pattern := range one.patterns {
			found.Next.Rules = found.Next.Rules.Without(pattern)
		}
		targets = append(targets, found)
	}
	return targets, nil
}
