package db

import (
	"context"
	"errors"
	"fmt"

	"latchkey/db/drafts"
	"latchkey/db/history"
	"latchkey/db/model"
	"latchkey/db/store"
	"latchkey/perms"
	"latchkey/perms/verifiedtime"
	"latchkey/tokens"
)

// State names a state of the users, roles and resources. The zero State is the live one.
type State struct {
	draft    *drafts.Draft
	revision *int64
}

// StagedBy is the state that saving a draft would bring about. A staged object counts as it is staged, also where its
// live one has moved since and the save would be a conflict.
func StagedBy(draft drafts.Draft) State { return State{draft: &draft} }

// AsOf is the state that a save left behind; 0 is the one before the first.
func AsOf(revision int64) State { return State{revision: &revision} }

// Holder is a user as far as decisions go.
type Holder struct {
	Name      string
	Enabled   bool // has API access: a token of theirs is accepted
	HasToken  bool // that one is not accepted if Suspended, or else has ended
	Suspended bool
	Rules     []perms.Rule // all that count: the user's own, then those of its roles, by role
}

// Holders are all users in one state. They are good for as long as the work that [View.Holders] runs.
type Holders struct {
	Revision  history.Revision  // the save that the state is of, without its changes; zero before the first. Of a draft: the live one
	Staged    []drafts.Staged   // the draft; none for another state
	Catalogue *perms.Catalogue  // of the same state
	Now       verifiedtime.Time // by which rules that end are judged; of a revision, when it was saved

	tx     transaction
	past   bool
	limits tokens.Limits // of the live settings, or those of the draft
	roles  map[string]*model.Object
}

// Holders runs work on the users of a state, in one read transaction: do not call the DB within. [model.ErrNoRevision] where
// there was no such save, [model.ErrDamaged] for a role that is not what its save wrote.
func (v View) Holders(ctx context.Context, state State, work func(holders *Holders) error) error {
	return v.within(ctx, func(tx transaction) error {
		holders, err := state.open(ctx, tx)
		if err != nil {
			return fmt.Errorf("reading the users: %w", err)
		}
		return work(holders)
	})
}

func (s State) open(ctx context.Context, tx transaction) (holders *Holders, err error) {
	holders = &Holders{tx: tx, past: s.revision != nil}
	if holders.past {
		if holders.Revision, err = history.Brief(ctx, tx, *s.revision); err != nil {
			return nil, err
		}
		if holders.roles, err = history.PastRoles(ctx, tx, *s.revision); err != nil {
			return nil, err
		}
		holders.Now = verifiedtime.Known(holders.Revision.SavedAt) //nolint:forbidigo // of the past
		holders.Catalogue, err = s.catalogue(ctx, tx, nil)
		return holders, err
	}
	if holders.Revision, err = history.Newest(ctx, tx); err != nil {
		return nil, err
	}
	if holders.Now, err = tx.now(ctx); err != nil {
		return nil, err
	}
	if s.draft != nil {
		if holders.Staged, err = drafts.Load(ctx, tx, *s.draft); err != nil {
			return nil, err
		}
	}
	set, err := settingsAfter(ctx, tx, nil, holders.Staged)
	if err != nil {
		return nil, err
	}
	holders.limits = set.TokenLimits()
	live := map[string]*model.Object{}
	err = store.Each(ctx, tx, store.OfKind, model.KindRole, func(role model.Object) error {
		live[role.Name] = &role
		return nil
	})
	if err != nil {
		return nil, err
	}
	holders.roles = objectsAfter(model.KindRole, live, nil, holders.Staged)
	holders.Catalogue, err = s.catalogue(ctx, tx, holders.Staged)
	return holders, err
}

// Find finds a user by canonical name; [model.ErrNoUser] where the state has none, [model.ErrDamaged] for a live one whose row is
// not what its save wrote.
func (h *Holders) Find(ctx context.Context, name string) (Holder, error) {
	if h.past {
		return h.findPast(ctx, name)
	}
	staged := h.stagedUsers()
	if next, found := staged.next[name]; found {
		return h.holder(next), nil
	}
	user, err := store.Load(ctx, h.tx, model.KindUser, name)
	if err == nil && staged.ids[user.ID] {
		err = model.ErrNoUser // removed or renamed in the draft
	}
	if err != nil {
		return Holder{}, fmt.Errorf("%w: %s", err, name)
	}
	return h.holder(&user), nil
}

// Each visits all users by name, one at a time: it takes no more memory for many of them than for few. It ends at the
// first error: one of visit, or [model.ErrDamaged] for a user who is not what its save wrote.
func (h *Holders) Each(ctx context.Context, visit func(holder Holder) error) error {
	if h.past {
		return h.eachPast(ctx, visit)
	}
	staged := h.stagedUsers()
	visitUntil := func(name string) error {
		for len(staged.names) > 0 && (name == "" || staged.names[0] < name) {
			if err := visit(h.holder(staged.next[staged.names[0]])); err != nil {
				return err
			}
			staged.names = staged.names[1:]
		}
		return nil
	}
	err := store.Each(ctx, h.tx, store.OfKind, model.KindUser, func(user model.Object) error {
		if staged.ids[user.ID] || staged.next[user.Name] != nil {
			return nil
		}
		if err := visitUntil(user.Name); err != nil {
			return err
		}
		return visit(h.holder(&user))
	})
	if err != nil {
		return err
	}
	return visitUntil("")
}

func (h *Holders) holder(user *model.Object) Holder {
	return Holder{Name: user.Name, Enabled: user.Access.Works(h.Now, h.limits), HasToken: user.Access.Enabled(), Suspended: user.Access.Suspended, Rules: user.Effective(h.roles)}
}

// Admitted are users whom rules let make some request of a resource.
type Admitted struct {
	Users []AdmittedUser // by name
	More  bool           // there are others
}

// AdmittedUser is a user with API access, and the rule that lets it.
type AdmittedUser struct {
	Name string
	By   perms.Pattern
}

// errEnough ends a visit.
var errEnough = errors.New("enough")

// Admitted finds the users with API access whom rules let use a resource in a state, at most so many of them. An operator
// who may not view users is told none. What any user may is not by rules.
func (v View) Admitted(ctx context.Context, operator model.Operator, state State, resource string, most int) (admitted Admitted, err error) {
	err = v.Holders(ctx, state, func(holders *Holders) error {
		served, found := holders.Catalogue.Resource(resource)
		visible, err := holders.tx.visible(ctx, operator)
		if err != nil || !found || !visible[model.KindUser] {
			return err
		}
		return holders.Each(ctx, func(holder Holder) error {
			rule := admittedBy(holder, served.Requests, holders.Now)
			switch {
			case rule == nil:
				return nil
			case len(admitted.Users) == most:
				admitted.More = true
				return errEnough
			}
			admitted.Users = append(admitted.Users, AdmittedUser{holder.Name, rule.Pattern})
			return nil
		})
	})
	return admitted, ignore(err, errEnough)
}

// admittedBy is a rule by which a user may make one of the requests; nil: none.
func admittedBy(holder Holder, requests []perms.Request, now verifiedtime.Time) *perms.Rule {
	for _, request := range requests {
		if decision := perms.Decide(holder.Rules, request.Permission, now); holder.Enabled && !request.AnyUser && decision.Allowed {
			return decision.Rule
		}
	}
	return nil
}

func (h *Holders) findPast(ctx context.Context, name string) (Holder, error) {
	found, enabled, err := history.FindPast(ctx, h.tx, model.KindUser, h.Revision.Number, name)
	if err == nil && found == nil {
		err = model.ErrNoUser
	}
	if err != nil {
		return Holder{}, fmt.Errorf("%w: %s in revision %d", err, name, h.Revision.Number)
	}
	return h.pastHolder(*found, enabled), nil
}

func (h *Holders) eachPast(ctx context.Context, visit func(holder Holder) error) error {
	return history.EachPast(ctx, h.tx, model.KindUser, h.Revision.Number, func(user model.Object, enabled bool) error {
		return visit(h.pastHolder(user, enabled))
	})
}

// pastHolder is a user of a past state. Its token's own end is asked, and no limit that the settings gave: a record does not say
// when a token was made.
func (h *Holders) pastHolder(user model.Object, hasToken bool) Holder {
	end := user.Access.ExpiresAt
	works := hasToken && !user.Access.Suspended && (end.IsZero() || h.Now.Before(end))
	return Holder{user.Name, works, hasToken, user.Access.Suspended, user.Effective(h.roles)}
}
