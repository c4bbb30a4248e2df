package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"latchkey/db/drafts"
	"latchkey/db/engine"
	"latchkey/db/model"
	"latchkey/perms"
)

// Drafts lists every operator's drafts, by operator and name.
func (v View) Drafts(ctx context.Context) (list []drafts.OpenDraft, err error) {
	err = v.within(ctx, func(tx transaction) error {
		if list, err = drafts.All(ctx, tx); err != nil {
			return err
		}
		for _, open := range list {
			if err := tx.markEnded(ctx, open.Draft.Operator.Name, open.Staged); err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

// OtherDrafts lists the drafts beside one, as far as the operator of it may be told: their own, and with users:view those of
// others.
func (v View) OtherDrafts(ctx context.Context, draft drafts.Draft) (list []drafts.Other, err error) {
	err = v.within(ctx, func(tx transaction) error {
		if list, err = drafts.Others(ctx, tx, draft); err != nil || draft.Operator.As == "" {
			return err
		}
		refused := tx.require(ctx, draft.Operator, viewing(model.KindUser))
		if refused != nil {
			list = slices.DeleteFunc(list, func(other drafts.Other) bool { return other.Draft.Operator.Name != draft.Operator.Name })
		}
		return ignore(refused, perms.ErrRefused)
	})
	return list, err
}

// RequireEverything returns a perms.RefusedError unless the user whom the operator acts as may do everything: what it
// takes to meddle with another operator's draft or with the whole database. Without --as there is no permission check.
func (v View) RequireEverything(ctx context.Context, operator model.Operator) error {
	if operator.As == "" {
		return nil
	}
	return v.within(ctx, func(tx transaction) error { return tx.requireEverything(ctx, operator) })
}

func (tx transaction) requireEverything(ctx context.Context, operator model.Operator) error {
	if operator.As == "" {
		return nil
	}
	rules, err := tx.actorRules(ctx, operator)
	if err != nil {
		return err
	}
	now, err := tx.now(ctx)
	if err != nil || perms.Everything(rules, now) {
		return err
	}
	everything := perms.Permission{Resource: "*", Action: "*"}
	return &perms.RefusedError{Name: operator.As, Missing: everything,
		Reason: fmt.Sprintf("it takes %s, without end and nothing denied, which %s lacks", everything, operator.As)}
}

// DiscardOf is [DB.Discard] of another operator's draft, by operator, and no more of it than was seen: what is no longer
// as it was then is a [model.ConflictError], and nothing is forgotten.
func (d *DB) DiscardOf(ctx context.Context, operator model.Operator, draft drafts.Draft, seen []drafts.Staged) error {
	err := d.writeAs(ctx, operator, func(tx transaction) error {
		if err := tx.requireEverything(ctx, operator); err != nil {
			return err
		}
		all, err := drafts.LoadAny(ctx, tx, draft)
		if err != nil {
			return err
		}
		conflict := &model.ConflictError{Undone: "nothing was forgotten", Cause: model.ChangedMeanwhile}
		for _, old := range seen {
			if !drafts.Unchanged(all, old) {
				conflict.Add(old.Label(), "it is no longer staged as it was when you were asked")
			}
		}
		if err := conflict.OrNil(); err != nil {
			return err
		}
		for _, old := range seen {
			err = errors.Join(err, drafts.Drop(ctx, tx, draft, old.ID()))
		}
		return err
	})
	err = d.confirm(ctx, err, func(ctx context.Context, tx engine.Tx) (bool, error) {
		left, err := drafts.LoadAny(ctx, tx, draft)
		return len(seen) > 0 && !drafts.Holds(left, seen[0].ID()), err
	})
	if err != nil {
		return fmt.Errorf("discarding: %w", err)
	}
	return nil
}

// Discard forgets the drafts of the labelled objects, or all of them when no label is given, and says of which.
// [model.ErrNotStaged] for one that has none; then nothing is forgotten.
func (d *DB) Discard(ctx context.Context, draft drafts.Draft, labels []string) ([]drafts.Staged, error) {
	var chosen []drafts.Staged
	err := d.writeAs(ctx, draft.Operator, func(tx transaction) error {
		all, err := drafts.LoadAny(ctx, tx, draft)
		if err != nil {
			return err
		}
		if chosen, err = drafts.Choose(all, labels); err != nil {
			return err
		}
		for _, staged := range chosen {
			if err := drafts.Drop(ctx, tx, draft, staged.ID()); err != nil {
				return err
			}
		}
		return nil
	})
	err = d.confirm(ctx, err, func(ctx context.Context, tx engine.Tx) (bool, error) {
		left, err := drafts.LoadAny(ctx, tx, draft)
		return !slices.ContainsFunc(left, func(staged drafts.Staged) bool { return drafts.Holds(chosen, staged.ID()) }), err
	})
	if err != nil {
		return nil, fmt.Errorf("discarding: %w", err)
	}
	return chosen, nil
}

// stagedUsers are the users of a draft: their numbers, what each will be, and the names that these will have, sorted.
type stagedUsers struct {
	ids   map[int64]bool
	next  map[string]*model.Object
	names []string
}

func (h *Holders) stagedUsers() stagedUsers {
	users := stagedUsers{ids: map[int64]bool{}, next: map[string]*model.Object{}}
	for _, staged := range h.Staged {
		if staged.Kind() != model.KindUser {
			continue
		}
		users.ids[staged.ID()] = true
		if staged.Next != nil {
			users.next[staged.Next.Name] = staged.Next
			users.names = append(users.names, staged.Next.Name)
		}
	}
	slices.SortFunc(users.names, strings.Compare)
	return users
}
