package panel

import (
	"context"

	"latchkey/cmd/panel"
	"latchkey/cmd/serve/api/call"
)

// users manages users, their roles and their rules.
type users struct{ *Panel }

func (u users) list(c *call.Call) (call.Response, error) {
	query, err := userQuery(c)
	if err != nil {
		return call.Response{}, err
	}
	if query.Page, err = pageOf(c); err != nil {
		return call.Response{}, err
	}
	return listResponse(read(u.Panel, c, func(ctx context.Context, own panel.Panel) ([]panel.User, error) {
		return collect(own.Users(ctx, query))
	}))
}

func (u users) count(c *call.Call) (call.Response, error) {
	query, err := userQuery(c)
	if err != nil {
		return call.Response{}, err
	}
	return countResponse(read(u.Panel, c, func(ctx context.Context, own panel.Panel) (int64, error) {
		return own.CountUsers(ctx, query)
	}))
}

// userParameters choose users.
var userParameters = []string{"role", "access", "name"}

// userQuery reads which users are asked for, and in which order.
func userQuery(c *call.Call) (query panel.UserQuery, err error) {
	for parameter, to := range map[string]*string{"role": &query.Role, "name": &query.Pattern} {
		if *to, err = nameParameter(c, parameter); err != nil {
			return query, err
		}
	}
	if c.Query.Has("sort") {
		if query.Sort, err = panel.ParseUserSort(c.Query.Get("sort")); err != nil {
			return query, call.BadParameter("sort", panel.ErrSort.Error())
		}
	}
	switch access := c.Query.Get("access"); {
	case access == "on" || access == "off":
		query.Access = new(access == "on")
	case c.Query.Has("access"):
		err = call.BadParameter("access", "is neither on nor off")
	}
	return query, err
}

func (u users) view(c *call.Call) (panel.UserView, error) {
	return named(u.Panel, c, panel.Panel.UsersNamed)
}

func (u users) show(c *call.Call) (call.Response, error) {
	user, err := u.view(c)
	if err != nil {
		return call.Response{}, err
	}
	response, err := call.JSON(user.User)
	return tagged(c, response, err, user.Version)
}

func (u users) add(c *call.Call) (call.Response, error) {
	body := readForm(c)
	name, email, note := body.required("name"), orEmpty(body.text("email")), orEmpty(body.text("note"))
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	return u.Panel.add(c, canonical(name), panel.AddUser{Name: name, Email: email, Note: note})
}

func (u users) edit(c *call.Call) (call.Response, error) {
	body := readForm(c)
	return u.editTexts(c, body, panel.EditUser{Name: c.Route.Name, NewName: body.text("name"), Email: body.text("email"), Note: body.text("note")})
}

// rename is an edit of the name alone, for who may edit nothing else.
func (u users) rename(c *call.Call) (call.Response, error) {
	body := readForm(c)
	name := body.required("name")
	return u.editTexts(c, body, panel.EditUser{Name: c.Route.Name, NewName: &name})
}

func (u users) editTexts(c *call.Call, body *form, change panel.EditUser) (call.Response, error) {
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	return u.Panel.edit(c, change)
}

func (u users) remove(c *call.Call) (call.Response, error) {
	return u.Panel.edit(c, panel.RemoveUser{Name: c.Route.Name})
}

// showRules lists all rules that apply to a user, including those of its roles.
func (u users) showRules(c *call.Call) (call.Response, error) {
	user, err := u.view(c)
	response, err := listResponse(user.Granted, err)
	return tagged(c, response, err, user.Version)
}

func (u users) showRoles(c *call.Call) (call.Response, error) {
	user, err := u.view(c)
	list := make([]panel.Assigned, 0, len(user.Roles))
	for _, role := range user.Roles {
		list = append(list, panel.Assigned{Name: user.Name, Role: role})
	}
	response, err := listResponse(list, err)
	return tagged(c, response, err, user.Version)
}

func (u users) assignRole(c *call.Call) (call.Response, error) {
	body := readForm(c)
	role := body.required("role")
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	return u.Panel.edit(c, panel.AssignRole{User: c.Route.Name, Role: role})
}

func (u users) unassignRole(c *call.Call) (call.Response, error) {
	role := c.Query.Get("role")
	if role == "" {
		return call.Response{}, call.BadParameter("role", "is required: the role to take away")
	}
	return u.Panel.edit(c, panel.UnassignRole{User: c.Route.Name, Role: role})
}
