package panel

import (
	"context"

	"latchkey/cmd/panel"
	"latchkey/cmd/serve/api/call"
)

// roles manages roles and their rules.
type roles struct{ *Panel }

func (r roles) list(c *call.Call) (call.Response, error) {
	page, err := pageOf(c)
	if err != nil {
		return call.Response{}, err
	}
	return listResponse(read(r.Panel, c, func(ctx context.Context, own panel.Panel) ([]panel.Role, error) {
		return own.Roles(ctx, page)
	}))
}

func (r roles) count(c *call.Call) (call.Response, error) {
	return countResponse(read(r.Panel, c, func(ctx context.Context, own panel.Panel) (int64, error) {
		return own.CountRoles(ctx)
	}))
}

func (r roles) view(c *call.Call) (panel.RoleView, error) {
	return named(r.Panel, c, panel.Panel.RolesNamed)
}

// show responds with a role and who has it. The ETag is that of the role alone: assignments belong to the users.
func (r roles) show(c *call.Call) (call.Response, error) {
	role, err := r.view(c)
	if err != nil {
		return call.Response{}, err
	}
	response, err := call.JSON(role.Role)
	return tagged(c, response, err, role.Version)
}

func (r roles) add(c *call.Call) (call.Response, error) {
	body := readForm(c)
	name, note := body.required("name"), orEmpty(body.text("note"))
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	return r.Panel.add(c, canonical(name), panel.AddRole{Name: name, Note: note})
}

func (r roles) edit(c *call.Call) (call.Response, error) {
	body := readForm(c)
	change := panel.EditRole{Name: c.Route.Name, NewName: body.text("name"), Note: body.text("note")}
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	return r.Panel.edit(c, change)
}

func (r roles) remove(c *call.Call) (call.Response, error) {
	unassign, err := boolParameter(c, "unassign")
	if err != nil {
		return call.Response{}, err
	}
	return r.Panel.edit(c, panel.RemoveRole{Name: c.Route.Name, Unassign: unassign})
}

// showRules lists the rules of a role.
func (r roles) showRules(c *call.Call) (call.Response, error) {
	role, err := r.view(c)
	response, err := listResponse(role.Rules, err)
	return tagged(c, response, err, role.Version)
}
