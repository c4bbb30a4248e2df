package panel

import (
	"context"

	"latchkey/cmd/serve/api/call"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/perms/username"
)

// users manages users, their roles and their rules.
type users struct{ *Panel }

func (u users) list(c *call.Call) (call.Response, error) {
	users, err := u.page(c, model.KindUser)
	list := make([]wire.User, 0, len(users))
	for _, user := range users {
		list = append(list, wire.UserOf(user, u.uses(c, user)))
	}
	return listResponse(list, err)
}

func (u users) count(c *call.Call) (call.Response, error) { return u.Panel.count(c, model.KindUser) }

func (u users) show(c *call.Call) (call.Response, error) {
	user, version, err := u.object(c, model.KindUser)
	if err != nil {
		return call.Response{}, err
	}
	response, err := call.JSON(wire.UserOf(user, u.uses(c, user)))
	return tagged(response, err, version)
}

func (u users) add(c *call.Call) (call.Response, error) {
	body := readForm(c)
	name, email, note := body.required("name"), orEmpty(body.text("email")), orEmpty(body.text("note"))
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	canonical, err := username.Canonical(name)
	if err == nil {
		_, err = edits.Texts{Email: &email, Note: &note}.Check()
	}
	if err != nil {
		return call.Response{}, failed(err)
	}
	var warnings []string
	if username.LookAlike(canonical) {
		warnings = append(warnings, canonical+" mixes letters of several scripts and may look like another name")
	}
	return u.Panel.add(c, objectEdit{model.KindUser, canonical, edits.AddUser(email, note), &warnings})
}

func (u users) edit(c *call.Call) (call.Response, error) {
	body := readForm(c)
	texts := edits.Texts{Name: body.text("name"), Email: body.text("email"), Note: body.text("note")}
	return u.editTexts(c, model.KindUser, body, texts)
}

func (u users) remove(c *call.Call) (call.Response, error) { return u.Panel.remove(c, model.KindUser) }

// editTexts changes the texts of an object, such as its note.
func (p *Panel) editTexts(c *call.Call, kind model.Kind, body *form, texts edits.Texts) (call.Response, error) {
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	name, err := nameInPath(c)
	if err != nil {
		return call.Response{}, err
	}
	if texts, err = texts.Check(); err != nil {
		return call.Response{}, failed(err)
	}
	return p.edit(c, objectEdit{kind, name, texts.Set(), nil})
}

func (p *Panel) remove(c *call.Call, kind model.Kind) (call.Response, error) {
	name, err := nameInPath(c)
	if err != nil {
		return call.Response{}, err
	}
	return p.edit(c, objectEdit{kind, name, edits.Remove(), nil})
}

// showRules lists all rules that apply to a user, including those of its roles.
func (u users) showRules(c *call.Call) (call.Response, error) {
	user, version, err := u.object(c, model.KindUser)
	if err != nil {
		return call.Response{}, err
	}
	var rules []perms.Rule
	err = u.read(c, func(ctx context.Context, users *db.DB) (err error) {
		rules, err = users.Rules(ctx, &user)
		return err
	})
	list := make([]wire.Granted, 0, len(rules))
	for _, rule := range rules {
		list = append(list, wire.GrantedOf(user.Name, rule))
	}
	response, err := listResponse(list, err)
	return tagged(response, err, version)
}

func (u users) showRoles(c *call.Call) (call.Response, error) {
	user, version, err := u.object(c, model.KindUser)
	if err != nil {
		return call.Response{}, err
	}
	list := make([]wire.Assigned, 0, len(user.Roles))
	for _, role := range user.Roles {
		list = append(list, wire.Assigned{Name: user.Name, Role: role})
	}
	response, err := listResponse(list, nil)
	return tagged(response, err, version)
}

func (u users) assignRole(c *call.Call) (call.Response, error) {
	body := readForm(c)
	role := body.required("role")
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	return u.changeRole(c, role, edits.Assign)
}

func (u users) unassignRole(c *call.Call) (call.Response, error) {
	role := c.Query.Get("role")
	if role == "" {
		return call.Response{}, call.BadParameter("role", "is required: the role to take away")
	}
	return u.changeRole(c, role, edits.Unassign)
}

func (u users) changeRole(c *call.Call, role string, change func(role string) model.Change) (call.Response, error) {
	name, err := nameInPath(c)
	if err != nil {
		return call.Response{}, err
	}
	if role, err = username.Canonical(role); err != nil {
		return call.Response{}, failed(err)
	}
	return u.Panel.edit(c, objectEdit{model.KindUser, name, change(role), nil})
}
