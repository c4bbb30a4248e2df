package api

import (
	"context"

	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/edits"
)

func (s *server) listRoles(c *call) (answer, error) {
	roles, err := s.page(c, db.KindRole)
	if err != nil {
		return answer{}, err
	}
	list := make([]wire.Role, 0, len(roles))
	for _, role := range roles {
		shape, err := s.roleShape(c, role)
		if err != nil {
			return answer{}, err
		}
		list = append(list, shape)
	}
	return listAnswer(list, nil)
}

func (s *server) countRoles(c *call) (answer, error) { return s.count(c, db.KindRole) }

// showRole shows a role and who has it. Its ETag is of the role alone: whom it is assigned to is their state.
func (s *server) showRole(c *call) (answer, error) {
	role, version, err := s.object(c, db.KindRole)
	if err != nil {
		return answer{}, err
	}
	shape, err := s.roleShape(c, role)
	if err != nil {
		return answer{}, err
	}
	reply, err := jsonAnswer(shape)
	return tagged(reply, err, version)
}

func (s *server) roleShape(c *call, role db.Object) (wire.Role, error) {
	var holders db.RoleUsers
	err := s.look(c, func(ctx context.Context, users *db.DB) (err error) {
		holders, err = users.RoleUsers(ctx, role)
		return err
	})
	return wire.RoleOf(role, holders), err
}

func (s *server) addRole(c *call) (answer, error) {
	body := readForm(c)
	name, note := body.required("name"), optional(body.text("note"))
	if err := body.done(); err != nil {
		return answer{}, err
	}
	canonical, err := db.CanonicalName(name)
	if err == nil {
		err = edits.CheckText("note", note)
	}
	if err != nil {
		return answer{}, panelError(err)
	}
	return s.add(c, panelEdit{db.KindRole, canonical, edits.AddRole(note), nil})
}

func (s *server) editRole(c *call) (answer, error) {
	body := readForm(c)
	return s.editTexts(c, db.KindRole, body, edits.Texts{Note: body.text("note")})
}

func (s *server) removeRole(c *call) (answer, error) { return s.remove(c, db.KindRole) }

// showRoleRules lists the rules of a role.
func (s *server) showRoleRules(c *call) (answer, error) {
	role, version, err := s.object(c, db.KindRole)
	reply, err := listAnswer(wire.RulesOf(role.Rules), err)
	return tagged(reply, err, version)
}
