package panel

import (
	"context"

	"latchkey/cmd/serve/api/call"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/edits"
	"latchkey/db/model"
)

func (s *Panel) listRoles(c *call.Call) (call.Answer, error) {
	roles, err := s.page(c, model.KindRole)
	if err != nil {
		return call.Answer{}, err
	}
	list := make([]wire.Role, 0, len(roles))
	for _, role := range roles {
		shape, err := s.roleShape(c, role)
		if err != nil {
			return call.Answer{}, err
		}
		list = append(list, shape)
	}
	return listAnswer(list, nil)
}

func (s *Panel) countRoles(c *call.Call) (call.Answer, error) { return s.count(c, model.KindRole) }

// showRole shows a role and who has it. Its ETag is of the role alone: whom it is assigned to is their state.
func (s *Panel) showRole(c *call.Call) (call.Answer, error) {
	role, version, err := s.object(c, model.KindRole)
	if err != nil {
		return call.Answer{}, err
	}
	shape, err := s.roleShape(c, role)
	if err != nil {
		return call.Answer{}, err
	}
	reply, err := call.JSONAnswer(shape)
	return tagged(reply, err, version)
}

func (s *Panel) roleShape(c *call.Call, role model.Object) (wire.Role, error) {
	var holders db.RoleUsers
	err := s.look(c, func(ctx context.Context, users *db.DB) (err error) {
		holders, err = users.RoleUsers(ctx, role)
		return err
	})
	return wire.RoleOf(role, holders), err
}

func (s *Panel) addRole(c *call.Call) (call.Answer, error) {
	body := readForm(c)
	name, note := body.required("name"), optional(body.text("note"))
	if err := body.done(); err != nil {
		return call.Answer{}, err
	}
	canonical, err := model.CanonicalName(name)
	if err == nil {
		err = edits.CheckText("note", note)
	}
	if err != nil {
		return call.Answer{}, panelError(err)
	}
	return s.add(c, panelEdit{model.KindRole, canonical, edits.AddRole(note), nil})
}

func (s *Panel) editRole(c *call.Call) (call.Answer, error) {
	body := readForm(c)
	return s.editTexts(c, model.KindRole, body, edits.Texts{Note: body.text("note")})
}

func (s *Panel) removeRole(c *call.Call) (call.Answer, error) { return s.remove(c, model.KindRole) }

// showRoleRules lists the rules of a role.
func (s *Panel) showRoleRules(c *call.Call) (call.Answer, error) {
	role, version, err := s.object(c, model.KindRole)
	reply, err := listAnswer(wire.RulesOf(role.Rules), err)
	return tagged(reply, err, version)
}
