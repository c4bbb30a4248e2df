package local

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"latchkey/cmd/panel"
	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/model"
	"latchkey/perms/username"
	"latchkey/tokens"
)

// pageOfAll is how many users are read at a time where all are asked for.
const pageOfAll = 1000

// Users lists users by name.
func (p objects) Users(ctx context.Context, query panel.UserQuery) iter.Seq2[panel.User, error] {
	return func(yield func(panel.User, error) bool) {
		choice, err := p.choice(ctx, query)
		if err == nil {
			uses := p.lastUsesOn(ctx, query.Page)
			var limits tokens.Limits
			if limits, err = limitsIn(ctx, p.Database.View); err == nil {
				err = p.eachUser(ctx, choice, query.Page, func(user model.Object) bool { return yield(userOf(user, uses(user.ID), limits), nil) })
			}
		}
		if err != nil {
			yield(panel.User{}, p.suggest(ctx, err, "", model.KindRole, choice.Role))
		}
	}
}

// Tokens lists who has API access.
func (p objects) Tokens(ctx context.Context) iter.Seq2[panel.Access, error] {
	return func(yield func(panel.Access, error) bool) {
		err := p.mayView(ctx, viewTokens)
		if err == nil {
			uses := lastUsesOf(p.lastUsed(ctx, 0))
			var limits tokens.Limits
			if limits, err = limitsIn(ctx, p.Database.View); err == nil {
				err = p.eachUser(ctx, db.Choice{Kind: model.KindUser}, panel.Page{}, func(user model.Object) bool {
					return yield(accessOf(user, uses, limits), nil)
				})
			}
		}
		if err != nil {
			yield(panel.Access{}, err)
		}
	}
}

// eachUser visits a page of users, or all of them, until one visit returns false.
func (p objects) eachUser(ctx context.Context, choice db.Choice, page panel.Page, visit func(user model.Object) bool) error {
	for skip, left := page.Skip, page.Limit; ; {
		limit := int64(pageOfAll)
		if page.Limit > 0 {
			limit = min(limit, left)
		}
		users, err := p.Database.Page(ctx, choice, skip, limit)
		if err != nil {
			return err
		}
		for _, user := range users {
			if !visit(user) {
				return nil
			}
		}
		skip, left = skip+limit, left-limit
		if int64(len(users)) < limit || page.Limit > 0 && left <= 0 {
			return nil
		}
	}
}

// TokensNamed shows users' API access.
func (p objects) TokensNamed(ctx context.Context, names []string, view panel.View) ([]panel.AccessView, error) {
	if err := p.mayView(ctx, viewTokens); err != nil {
		return nil, err
	}
	var views []panel.AccessView
	err := p.eachNamed(ctx, model.KindUser, names, view, func(state db.View, user model.Object, version string, draft *panel.Staged) error {
		limits, err := limitsIn(ctx, state)
		access := accessOf(user, lastUsesOf(p.lastUsed(ctx, user.ID)), limits)
		views = append(views, panel.AccessView{Access: access, Version: version, Draft: draft})
		return err
	})
	return views, err
}

// CountUsers counts users.
func (p objects) CountUsers(ctx context.Context, query panel.UserQuery) (int64, error) {
	choice, err := p.choice(ctx, query)
	if err != nil {
		return 0, err
	}
	count, err := p.Database.Count(ctx, choice)
	return count, p.suggest(ctx, err, "", model.KindRole, choice.Role)
}

func (p objects) choice(ctx context.Context, query panel.UserQuery) (db.Choice, error) {
	choice := db.Choice{Kind: model.KindUser, Access: query.Access}
	var err, patternErr error
	if query.Role != "" {
		choice.Role, err = username.Canonical(query.Role)
	}
	if query.Pattern != "" {
		choice.Pattern, patternErr = username.Pattern(query.Pattern)
	}
	choice.Order = db.Order{By: userOrders[query.Sort.By], Descending: query.Sort.Descending}
	return choice, errors.Join(err, patternErr, p.mayView(ctx, viewUsers))
}

// userOrders are the orders of users as package db has them.
var userOrders = map[string]db.OrderBy{panel.SortCreated: db.ByCreated, panel.SortChanged: db.ByChanged, panel.SortIssued: db.ByIssued}

// UsersNamed shows users, with the rules that count for them.
func (p objects) UsersNamed(ctx context.Context, names []string, view panel.View) ([]panel.UserView, error) {
	if err := p.mayView(ctx, viewUsers); err != nil {
		return nil, err
	}
	var views []panel.UserView
	err := p.eachNamed(ctx, model.KindUser, names, view, func(state db.View, user model.Object, version string, draft *panel.Staged) error {
		rules, err := state.Rules(ctx, &user)
		limits, limitsErr := limitsIn(ctx, state)
		shape := panel.UserView{User: userOf(user, lastUsesOf(p.lastUsed(ctx, user.ID)), limits), Version: version, Draft: draft}
		for _, rule := range rules {
			shape.Granted = append(shape.Granted, grantedOf(user.Name, rule))
		}
		views = append(views, shape)
		return errors.Join(err, limitsErr)
	})
	return views, err
}

// eachNamed visits the named objects of a kind, live or as a draft makes them, with what the draft does to each.
// All of it is of one state.
func (p objects) eachNamed(ctx context.Context, kind model.Kind, names []string, asked panel.View,
	visit func(state db.View, object model.Object, version string, draft *panel.Staged) error) error {
	err := p.Database.Read(ctx, func(state db.View) error {
		staged, err := p.stagedIn(ctx, state, asked.Draft)
		if err != nil {
			return err
		}
		for _, given := range names {
			name, err := username.Canonical(given)
			if err != nil {
				return err
			}
			object, version, err := readObject(ctx, state, objectAsked{kind, name, asked.Staged}, staged)
			if err != nil {
				return err
			}
			if err := visit(state, object, version, inDraft(object.ID, staged)); err != nil {
				return err
			}
		}
		return nil
	})
	return p.suggest(ctx, err, asked.Draft, kind, names...)
}

// objectAsked is which object is asked for, and whether as a draft makes it.
type objectAsked struct {
	kind   model.Kind
	name   string
	staged bool
}

func inDraft(id int64, staged []drafts.Staged) *panel.Staged {
	for _, draft := range staged {
		if draft.ID() == id {
			return new(stagedOf(draft))
		}
	}
	return nil
}

// readObject reads an object and its version.
func readObject(ctx context.Context, state db.View, asked objectAsked, staged []drafts.Staged) (model.Object, string, error) {
	if asked.staged {
		next, version, err := nextNamed(asked.kind, asked.name, staged)
		if err != nil {
			return model.Object{}, "", err
		}
		if next != nil {
			return *next, version, nil
		}
	}
	object, err := state.Object(ctx, asked.kind, asked.name)
	if err != nil {
		return object, "", stagedOnly(err, asked.kind, asked.name, staged)
	}
	return object, object.Version(), nil
}

// nextNamed finds what a draft makes of the object of a name; nil where the draft does not touch it.
func nextNamed(kind model.Kind, name string, all []drafts.Staged) (*model.Object, string, error) {
	gone := false
	for _, staged := range all {
		switch {
		case staged.Kind() != kind:
		case staged.Damaged != nil && staged.Name() == name:
			return nil, "", staged.Damaged
		case staged.Next != nil && staged.Next.Name == name:
			version, err := staged.Version()
			return staged.Next, version, err
		case staged.Base != nil && staged.Base.Name == name:
			gone = true
		}
	}
	if gone {
		return nil, "", fmt.Errorf("%w: %s: your draft removes or renames it", kind.Missing(), name)
	}
	return nil, "", nil
}
