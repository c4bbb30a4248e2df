package local

import (
	"cmp"
	"context"
	"errors"
	"time"

	"latchkey/cmd/panel"
	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/perms/username"
	"latchkey/perms/verifiedtime"
	"latchkey/tokens"
)

var editTokens = perms.Permission{Resource: "tokens", Action: "edit"}

// leaked are leaked tokens, at the moment when it is judged which tokens are live.
type leaked struct {
	panel.Leaked
	now verifiedtime.Time
}

// live lists the live tokens of a user that are leaked. A retiring one counts unless it has surely ended.
func (l leaked) live(name string, access tokens.Access) []panel.RevokedToken {
	var found []panel.RevokedToken
	add := func(which string, digest tokens.Digest, live bool) {
		if live && access.Enabled() && l.Has(digest) {
			found = append(found, panel.RevokedToken{Name: name, Fingerprint: digest.Fingerprint(), Token: which})
		}
	}
	add("current", access.Current, true)
	add("retiring", access.Retiring, l.now.MaybeBefore(access.RetiringUntil))
	return found
}

func (l leaked) isLive(access tokens.Access) bool { return len(l.live("", access)) > 0 }

// RevokeLeaked disables the owners of leaked tokens.
func (p editor) RevokeLeaked(ctx context.Context, given panel.Leaked, options panel.EditOptions) (panel.RevokedLeaks, error) {
	var done panel.RevokedLeaks
	if err := errors.Join(checkOptions(options), p.Database.Require(ctx, p.Operator, editTokens)); err != nil {
		return done, err
	}
	now, err := p.Database.Now(ctx)
	if err != nil {
		return done, err
	}
	leaks := leaked{given, now}
	owners, err := p.Database.Owners(ctx, leaks.isLive)
	if err != nil {
		return done, err
	}
	for _, owner := range owners {
		done.Revoked = append(done.Revoked, leaks.live(owner.Name, owner.Access)...)
	}
	if done.Staged, err = p.stagedLeaks(ctx, leaks, done.Revoked); err != nil || len(owners) == 0 {
		return done, err
	}
	done.Edited, err = p.disableOwners(ctx, leaks, owners, options)
	return done, err
}

// stagedLeaks finds leaked tokens that are not live but would be by the save of a draft.
func (p editor) stagedLeaks(ctx context.Context, leaks leaked, live []panel.RevokedToken) ([]panel.StagedToken, error) {
	open, err := p.Database.Drafts(ctx)
	known := map[string]bool{}
	for _, one := range live {
		known[one.Fingerprint] = true
	}
	var found []panel.StagedToken
	for _, draft := range open {
		for _, staged := range draft.Staged {
			digest := freshToken(staged)
			if leaks.Has(digest) && !known[digest.Fingerprint()] {
				known[digest.Fingerprint()] = true
				found = append(found, panel.StagedToken{Fingerprint: digest.Fingerprint(), Object: staged.Label(), Operator: draft.Draft.Operator.Name})
			}
		}
	}
	return found, err
}

// freshToken is the token that a draft makes; zero where it makes none.
func freshToken(staged drafts.Staged) tokens.Digest {
	if staged.Next == nil || staged.Base != nil && staged.Base.Access.Current.Equal(staged.Next.Access.Current) {
		return tokens.Digest{}
	}
	return staged.Next.Access.Current
}

func (p editor) disableOwners(ctx context.Context, leaks leaked, owners []db.Owner, options panel.EditOptions) (panel.Edited, error) {
	names, err := p.namesToEdit(ctx, owners, options)
	if err != nil {
		return panel.Edited{}, err
	}
	edit := db.Edit{Kind: model.KindUser, Draft: p.draft(options.Draft), Names: names, Change: revocation(leaks, options.Save)}
	options.Confirm = panel.ConfirmLockout // a leaked token ends, whoever has it
	edited, err := p.commit(ctx, edit, options)
	if err != nil || !options.Save {
		return edited, err
	}
	// Somebody may have renamed an owner, or saved a leaked token, since the owners were looked for.
	left, err := p.Database.Owners(ctx, leaks.isLive)
	conflict := &model.ConflictError{Undone: "not all were revoked", Cause: model.ChangedMeanwhile}
	for _, owner := range left {
		conflict.Add(owner.Name, "changed meanwhile")
	}
	return edited, errors.Join(err, conflict.OrNil())
}

// namesToEdit names the owners as the edit finds them: by their live names, or by those that the operator's draft gives.
func (p editor) namesToEdit(ctx context.Context, owners []db.Owner, options panel.EditOptions) ([]string, error) {
	inDraft := map[int64]string{}
	if !options.Save {
		staged, err := p.Database.Staged(ctx, p.draft(options.Draft))
		if err != nil {
			return nil, err
		}
		for _, object := range staged {
			inDraft[object.ID()] = object.Name()
		}
	}
	names := make([]string, len(owners))
	for i, owner := range owners {
		names[i] = cmp.Or(inDraft[owner.UserID], owner.Name)
	}
	return names, nil
}

// revocation is the change that disables. A save looks at the live state again: whoever was regenerated or removed since
// the owners were looked for has a token that is not leaked, or none.
func revocation(leaks leaked, save bool) model.Change {
	return func(target *model.Target) error {
		if target.Next == nil || save && !leaks.isLive(target.Next.Access) {
			return nil
		}
		access, err := tokens.Disable(target.Next.Access)
		switch {
		case err == nil:
			target.Next.Access = access
			return nil
		case target.Live == nil || !target.Live.Access.Enabled(): // the draft would not touch the access
			return &model.ConflictError{Undone: "nothing was staged", Cause: model.DraftIsOlder,
				Conflicts: []model.Conflict{{Name: target.Name, Reason: "got API access since your draft of it began"}}}
		}
		return nil // staged already
	}
}

// VerifyToken tells whether a token is accepted now.
func (p questions) VerifyToken(ctx context.Context, user string, digest tokens.Digest, draft string) (panel.VerifiedToken, error) {
	name, err := username.Canonical(user)
	if err != nil {
		return panel.VerifiedToken{}, err
	}
	if err := p.mayView(ctx, viewTokens); err != nil {
		return panel.VerifiedToken{}, err
	}
	var shape panel.VerifiedToken
	err = p.Database.Read(ctx, func(state db.View) error {
		staged, err := p.stagedIn(ctx, state, draft)
		if err != nil {
			return err
		}
		object, err := state.Object(ctx, model.KindUser, name)
		if err != nil {
			return p.suggest(ctx, stagedOnly(err, model.KindUser, name, staged), draft, model.KindUser, name)
		}
		now, err := state.Now(ctx)
		if err != nil {
			return err
		}
		limits, err := limitsIn(ctx, state)
		shape = verifiedToken(object, staged, digest, verifying{now, limits})
		return err
	})
	return shape, err
}

// verifying is what a token is judged by.
type verifying struct {
	now    verifiedtime.Time
	limits tokens.Limits
}

// verifiedToken decides as a request is decided, and only for a no looks for the reason.
func verifiedToken(user model.Object, staged []drafts.Staged, digest tokens.Digest, by verifying) panel.VerifiedToken {
	access, now := user.Access, by.now
	end := orNoTime(by.limits.End(access.ExpiresAt, access.IssuedAt))
	retiringEnd := by.limits.End(access.RetiringUntil, access.RetiringIssuedAt)
	shape := panel.VerifiedToken{User: user.Name, Live: access.Accepts(digest, now, by.limits), Fingerprint: digest.Fingerprint()}
	switch {
	case shape.Live && user.Access.Current.Equal(digest):
		shape.Token, shape.Until, shape.Reason = "current", end, "it is the current token"
	case shape.Live:
		shape.Token, shape.Until = "retiring", &retiringEnd
		shape.Reason = "it is the retiring token, which lives on until " + retiringEnd.Format(time.RFC3339)
	case isStagedFor(user, staged, digest):
		shape.Reason = "it is staged, not live: 'latchkey save' makes it work"
	case !user.Access.Enabled():
		shape.Reason = "API access is off"
	case access.Suspended && (access.Current.Equal(digest) || access.Retiring.Equal(digest)):
		shape.Reason = "it is suspended: 'latchkey token resume' lets it be accepted"
	case access.Current.Equal(digest) && now.Behind():
		shape.Reason = "it is the current token, which is not accepted while the clock is behind, as it has an end"
	case access.Current.Equal(digest):
		shape.Reason = "it ended at " + end.Format(time.RFC3339)
	case user.Access.Retiring.Equal(digest) && now.Behind():
		shape.Reason = "it is the retiring token, which has no grace while the clock is behind"
	case user.Access.Retiring.Equal(digest):
		shape.Reason = "the grace of the retiring token ended at " + retiringEnd.Format(time.RFC3339)
	default:
		shape.Reason = "no such token of " + user.Name
	}
	return shape
}

func isStagedFor(user model.Object, staged []drafts.Staged, digest tokens.Digest) bool {
	for _, draft := range staged {
		if draft.ID() == user.ID && draft.Next != nil && draft.Next.Access.Current.Equal(digest) {
			return true
		}
	}
	return false
}
