package panel

import (
	"context"

	"latchkey/cmd/serve/api/call"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms/username"
)

// roles manages roles and their rules.
type roles struct{ *Panel }

func (r roles) list(c *call.Call) (call.Response, error) {
	roles, err := r.page(c, model.KindRole)
	if err != nil {
		return call.Response{}, err
	}
	list := make([]wire.Role, 0, len(roles))
	for _, role := range roles {
		shape, err := r.shape(c, role)
		if err != nil {
			return call.Response{}, err
		}
		list = append(list, shape)
	}
	return listResponse(list, nil)
}

func (r roles) count(c *call.Call) (call.Response, error) { return r.Panel.count(c, model.KindRole) }

// show responds with a role and who has it. The ETag is that of the role alone: assignments belong to the users.
func (r roles) show(c *call.Call) (call.Response, error) {
	role, version, err := r.object(c, model.KindRole)
	if err != nil {
		return call.Response{}, err
	}
	shape, err := r.shape(c, role)
	if err != nil {
		return call.Response{}, err
	}
	response, err := call.JSON(shape)
	return tagged(response, err, version)
}

func (r roles) shape(c *call.Call, role model.Object) (wire.Role, error) {
	var holders db.RoleUsers
	err := r.read(c, func(ctx context.Context, users *db.DB) (err error) {
		holders, err = users.RoleUsers(ctx, role)
		return err
	})
	return wire.RoleOf(role, holders), err
}

func (r roles) add(c *call.Call) (call.Response, error) {
	body := readForm(c)
	name, note := body.required("name"), orEmpty(body.text("note"))
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	canonical, err := username.Canonical(name)
	if err == nil {
		err = edits.CheckText("note", note)
	}
	if err != nil {
		return call.Response{}, failed(err)
	}
	return r.Panel.add(c, objectEdit{model.KindRole, canonical, edits.AddRole(note), nil})
}

func (r roles) edit(c *call.Call) (call.Response, error) {
	body := readForm(c)
	return r.editTexts(c, model.KindRole, body, edits.Texts{Note: body.text("note")})
}

func (r roles) remove(c *call.Call) (call.Response, error) { return r.Panel.remove(c, model.KindRole) }

// showRules lists the rules of a role.
func (r roles) showRules(c *call.Call) (call.Response, error) {
	role, version, err := r.object(c, model.KindRole)
	response, err := listResponse(wire.RulesOf(role.Rules), err)
	return tagged(response, err, version)
}
