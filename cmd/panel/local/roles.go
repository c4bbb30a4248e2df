package local

import (
	"context"

	"latchkey/cmd/panel"
	"latchkey/db"
	"latchkey/db/model"
)

// Roles lists roles by name.
func (p objects) Roles(ctx context.Context, page panel.Page) ([]panel.Role, error) {
	if err := p.mayView(ctx, viewRoles); err != nil {
		return nil, err
	}
	limit := page.Limit
	if limit == 0 {
		limit = -1 // all
	}
	shapes := []panel.Role{}
	err := p.Database.Read(ctx, func(state db.View) error {
		roles, err := state.Page(ctx, db.Choice{Kind: model.KindRole}, page.Skip, limit)
		for _, role := range roles {
			if err != nil {
				return err
			}
			var users db.RoleUsers
			users, err = state.RoleUsers(ctx, role)
			shapes = append(shapes, roleOf(role, users))
		}
		return err
	})
	return shapes, err
}

// CountRoles counts roles.
func (p objects) CountRoles(ctx context.Context) (int64, error) {
	if err := p.mayView(ctx, viewRoles); err != nil {
		return 0, err
	}
	return p.Database.Count(ctx, db.Choice{Kind: model.KindRole})
}

// RolesNamed shows roles.
func (p objects) RolesNamed(ctx context.Context, names []string, view panel.View) ([]panel.RoleView, error) {
	if err := p.mayView(ctx, viewRoles); err != nil {
		return nil, err
	}
	var views []panel.RoleView
	err := p.eachNamed(ctx, model.KindRole, names, view, func(state db.View, role model.Object, version string, draft *panel.Staged) error {
		users, err := state.RoleUsers(ctx, role)
		views = append(views, panel.RoleView{Role: roleOf(role, users), Version: version, Draft: draft})
		return err
	})
	return views, err
}
