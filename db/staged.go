package db

import (
	"context"
	"slices"

	"latchkey/db/drafts"
	"latchkey/db/engine"
	"latchkey/db/history"
	"latchkey/db/model"
	"latchkey/db/store"
	"latchkey/perms/verifiedtime"
	"latchkey/tokens"
)

// Staged lists what a draft holds: resources first, then roles, then users, by name. Of live objects that its operator may
// not view, [drafts.Staged] says no more than that they have moved. What cannot be read is listed as damaged.
func (v View) Staged(ctx context.Context, draft drafts.Draft) ([]drafts.Staged, error) {
	return v.StagedOf(ctx, draft, nil)
}

// StagedOf is Staged for some labels only; [model.ErrNotStaged] for one that has no draft.
func (v View) StagedOf(ctx context.Context, draft drafts.Draft, labels []string) ([]drafts.Staged, error) {
	var chosen []drafts.Staged
	err := v.within(ctx, func(tx transaction) error {
		all, err := drafts.LoadAny(ctx, tx, draft)
		if err != nil {
			return err
		}
		if chosen, err = drafts.Choose(all, labels); err != nil {
			return err
		}
		visible, err := tx.visible(ctx, draft.Operator)
		if err != nil {
			return err
		}
		if err := tx.markEnded(ctx, draft.Operator.Name, chosen); err != nil {
			return err
		}
		sound := slices.DeleteFunc(slices.Clone(all), func(staged drafts.Staged) bool { return staged.Damaged != nil })
		for i := range chosen {
			chosen[i].Hidden = !visible[chosen[i].Kind()]
			if err := compareWithLive(ctx, &chosen[i], tx, sound); err != nil {
				return err
			}
		}
		return nil
	})
	return chosen, err
}

// markEnded finds what of a draft was staged under a token that is not accepted any more.
func (tx transaction) markEnded(ctx context.Context, operator string, list []drafts.Staged) error {
	access, now, err := tx.accessOf(ctx, operator, list)
	if err != nil {
		return err
	}
	limits, err := tx.limits(ctx)
	for i := range list {
		list[i].Ended = list[i].EndedTokens(func(_, fingerprint string) bool { return access.AcceptsFingerprint(fingerprint, now, limits) })
	}
	return err
}

// accessOf is the live API access of the user whose draft it is; off where there is no such user, or it is not known to be right.
// Nothing is read where nothing was staged over HTTPS.
func (tx transaction) accessOf(ctx context.Context, operator string, list []drafts.Staged) (access tokens.Access, now verifiedtime.Time, err error) {
	if !slices.ContainsFunc(list, func(staged drafts.Staged) bool { return len(staged.Under) > 0 }) {
		return access, now, nil
	}
	name, _ := model.UserOf(operator)
	user, err := store.Load(ctx, tx, model.KindUser, name)
	if err != nil {
		return access, now, ignore(ignore(err, model.ErrNoUser), model.ErrDamaged)
	}
	now, err = tx.now(ctx)
	return user.Access, now, err
}

// refuseEnded returns a [model.EndedTokensError] for a save of a whole draft that would carry along what was staged under a
// token that has ended, or that ends by this save. Whoever had that token may have staged it. But that a user's token is
// regenerated with itself is what it is for.
func (tx transaction) refuseEnded(ctx context.Context, operator string, list []drafts.Staged) error {
	access, now, err := tx.accessOf(ctx, operator, list)
	if err != nil {
		return err
	}
	limits, err := tx.limits(ctx)
	if err != nil {
		return err
	}
	name, _ := model.UserOf(operator)
	after := access
	own := func(staged drafts.Staged) bool {
		return staged.Base != nil && staged.Kind() == model.KindUser && staged.Base.Name == name
	}
	for _, staged := range list {
		if own(staged) {
			after = tokens.Access{}
			if staged.Next != nil {
				after = staged.Next.Access
			}
		}
	}
	refused := new(model.EndedTokensError)
	for _, staged := range list {
		ended := staged.EndedTokens(func(field, fingerprint string) bool {
			regenerates := own(staged) && field == model.FieldAccess && after.Enabled()
			return access.AcceptsFingerprint(fingerprint, now, limits) && (regenerates || after.HasFingerprint(fingerprint))
		})
		refused.Add(staged.Label(), ended)
	}
	return refused.OrNil()
}

// compareWithLive finds what has moved under a draft.
func compareWithLive(ctx context.Context, s *drafts.Staged, tx engine.Tx, all []drafts.Staged) error {
	if s.Damaged != nil {
		s.Blocked = "your draft of it cannot be read: discard it"
		return nil //nolint:nilerr // it is shown
	}
	var err error
	if s.Blocked, err = blockedBy(ctx, tx, *s, all); err != nil {
		return err
	}
	if s.Hidden && (s.Stale() || s.Blocked != "") {
		s.Blocked = movedOn(s.Kind())
	}
	if s.Hidden || !s.Stale() {
		return nil
	}
	if s.Against, err = history.Moves(ctx, tx, s.ID(), s.Began); err != nil || s.Live == 0 {
		return err
	}
	live, err := store.ByID(ctx, tx, s.ID())
	s.Current = live.Record()
	return err
}

// blockedBy says what else than moved fields stands against a draft: a name or role that it needs and that saves have taken
// or removed since, or resources that no longer go together.
func blockedBy(ctx context.Context, tx engine.Tx, staged drafts.Staged, all []drafts.Staged) (string, error) {
	if changesCatalogue(staged.Kind()) {
		if _, err := catalogueAfter(ctx, tx, nil, all); err != nil {
			return ignoreInWords(err, model.ErrCatalogue)
		}
	}
	if staged.Next == nil {
		return "", nil
	}
	if staged.Base == nil || staged.Base.Name != staged.Next.Name {
		taken, err := store.Load(ctx, tx, staged.Kind(), staged.Next.Name)
		if err == nil && !drafts.Holds(all, taken.ID) {
			return history.NameTaken(ctx, tx, staged.Next)
		}
		if ignore(err, staged.Kind().Missing()) != nil {
			return "", err
		}
	}
	for _, role := range staged.Next.Roles {
		if staged.Base != nil && staged.Base.HasRole(role) {
			continue // a save that takes it away changes the user too
		}
		found, err := findTarget(ctx, tx, all, model.KindRole, role)
		if err != nil {
			return "", err
		}
		meant := staged.Next.RoleIDs[role]
		if found.Next == nil || (meant != 0 && found.Next.ID != meant) {
			return "the role " + role + " that was meant is not there any more", nil
		}
	}
	return "", nil
}
