package panel

import (
	"context"

	"latchkey/cmd/serve/api/call"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms"
)

func (s *Panel) listUsers(c *call.Call) (call.Response, error) {
	users, err := s.page(c, model.KindUser)
	list := make([]wire.User, 0, len(users))
	for _, user := range users {
		list = append(list, wire.UserOf(user, s.uses(c, user)))
	}
	return listResponse(list, err)
}

func (s *Panel) countUsers(c *call.Call) (call.Response, error) { return s.count(c, model.KindUser) }

func (s *Panel) showUser(c *call.Call) (call.Response, error) {
	user, version, err := s.object(c, model.KindUser)
	if err != nil {
		return call.Response{}, err
	}
	response, err := call.JSON(wire.UserOf(user, s.uses(c, user)))
	return tagged(response, err, version)
}

// uses reads when a user's tokens were last used. That it cannot be read is no reason to show nothing.
func (s *Panel) uses(c *call.Call, user model.Object) wire.Uses {
	found, err := s.Data.LastUsed(c.Request.Context(), user.ID)
	if err != nil {
		s.Log.Warn("when tokens were last used is not known", "request_id", c.ID, "error", err)
	}
	return wire.UsesOf(found)
}

func (s *Panel) addUser(c *call.Call) (call.Response, error) {
	body := readForm(c)
	name, email, note := body.required("name"), optional(body.text("email")), optional(body.text("note"))
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	canonical, err := model.CanonicalName(name)
	if err == nil {
		_, err = edits.Texts{Email: &email, Note: &note}.Check()
	}
	if err != nil {
		return call.Response{}, panelError(err)
	}
	var warnings []string
	if model.LookAlike(canonical) {
		warnings = append(warnings, canonical+" mixes letters of several scripts and may look like another name")
	}
	return s.add(c, panelEdit{model.KindUser, canonical, edits.AddUser(email, note), &warnings})
}

func (s *Panel) editUser(c *call.Call) (call.Response, error) {
	body := readForm(c)
	texts := edits.Texts{Name: body.text("name"), Email: body.text("email"), Note: body.text("note")}
	return s.editTexts(c, model.KindUser, body, texts)
}

func (s *Panel) removeUser(c *call.Call) (call.Response, error) { return s.remove(c, model.KindUser) }

// editTexts changes the words of an object.
func (s *Panel) editTexts(c *call.Call, kind model.Kind, body *form, texts edits.Texts) (call.Response, error) {
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	name, err := target(c)
	if err != nil {
		return call.Response{}, err
	}
	if texts, err = texts.Check(); err != nil {
		return call.Response{}, panelError(err)
	}
	return s.edit(c, panelEdit{kind, name, texts.Set(), nil})
}

func (s *Panel) remove(c *call.Call, kind model.Kind) (call.Response, error) {
	name, err := target(c)
	if err != nil {
		return call.Response{}, err
	}
	return s.edit(c, panelEdit{kind, name, edits.Remove(), nil})
}

// showUserRules lists all rules that count for a user, those of its roles too.
func (s *Panel) showUserRules(c *call.Call) (call.Response, error) {
	user, version, err := s.object(c, model.KindUser)
	if err != nil {
		return call.Response{}, err
	}
	var rules []perms.Rule
	err = s.look(c, func(ctx context.Context, users *db.DB) (err error) {
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

func (s *Panel) showUserRoles(c *call.Call) (call.Response, error) {
	user, version, err := s.object(c, model.KindUser)
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

func (s *Panel) assignRole(c *call.Call) (call.Response, error) {
	body := readForm(c)
	role := body.required("role")
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	return s.changeRole(c, role, edits.Assign)
}

func (s *Panel) unassignRole(c *call.Call) (call.Response, error) {
	role := c.Query.Get("role")
	if role == "" {
		return call.Response{}, call.BadParameter("role", "is required: the role to take away")
	}
	return s.changeRole(c, role, edits.Unassign)
}

func (s *Panel) changeRole(c *call.Call, role string, change func(role string) model.Change) (call.Response, error) {
	name, err := target(c)
	if err != nil {
		return call.Response{}, err
	}
	if role, err = model.CanonicalName(role); err != nil {
		return call.Response{}, panelError(err)
	}
	return s.edit(c, panelEdit{model.KindUser, name, change(role), nil})
}
