package panel

import (
	"context"

	"latchkey/cmd/serve/api/call"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/edits"
	"latchkey/db/model"
)

func (s *Panel) listRoles(c *call.Call) (call.Response, error) {
	roles, err := s.page(c, model.KindRole)
	if err != nil {
		return call.Response{}, err
	}
	list := make([]wire.Role, 0, len(roles))
	for _, role := range roles {
		shape, err := s.roleShape(c, role)
		if err != nil {
			return call.Response{}, err
		}
		list = append(list, shape)
	}
	return listResponse(list, nil)
}

func (s *Panel) countRoles(c *call.Call) (call.Response, error) { return s.count(c, model.KindRole) }

// showRole shows a role and who has it. Its ETag is of the role alone: whom it is assigned to is their state.
func (s *Panel) showRole(c *call.Call) (call.Response, error) {
	role, version, err := s.object(c, model.KindRole)
	if err != nil {
		return call.Response{}, err
	}
	shape, err := s.roleShape(c, role)
	if err != nil {
		return call.Response{}, err
	}
	response, err := call.JSON(shape)
	return tagged(response, err, version)
}

func (s *Panel) roleShape(c *call.Call, role model.Object) (wire.Role, error) {
	var holders db.RoleUsers
	err := s.look(c, func(ctx context.Context, users *db.DB) (err error) {
		holders, err = users.RoleUsers(ctx, role)
		return err
	})
	return wire.RoleOf(role, holders), err
}

func (s *Panel) addRole(c *call.Call) (call.Response, error) {
	body := readForm(c)
	name, note := body.required("name"), optional(body.text("note"))
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	canonical, err := model.CanonicalName(name)
	if err == nil {
		err = edits.CheckText("note", note)
	}
	if err != nil {
		return call.Response{}, panelError(err)
	}
	return s.add(c, panelEdit{model.KindRole, canonical, edits.AddRole(note), nil})
}

func (s *Panel) editRole(c *call.Call) (call.Response, error) {
	body := readForm(c)
	return s.editTexts(c, model.KindRole, body, edits.Texts{Note: body.text("note")})
}

func (s *Panel) removeRole(c *call.Call) (call.Response, error) { return s.remove(c, model.KindRole) }

// showRoleRules lists the rules of a role.
func (s *Panel) showRoleRules(c *call.Call) (call.Response, error) {
	role, version, err := s.object(c, model.KindRole)
	response, err := listResponse(wire.RulesOf(role.Rules), err)
	return tagged(response, err, version)
}
