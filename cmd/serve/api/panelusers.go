package api

import (
	"context"

	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/edits"
	"latchkey/perms"
)

func (s *server) listUsers(c *call) (answer, error) {
	users, err := s.page(c, db.KindUser)
	list := make([]wire.User, 0, len(users))
	for _, user := range users {
		list = append(list, wire.UserOf(user, s.uses(c, user)))
	}
	return listAnswer(list, err)
}

func (s *server) countUsers(c *call) (answer, error) { return s.count(c, db.KindUser) }

func (s *server) showUser(c *call) (answer, error) {
	user, version, err := s.object(c, db.KindUser)
	if err != nil {
		return answer{}, err
	}
	reply, err := jsonAnswer(wire.UserOf(user, s.uses(c, user)))
	return tagged(reply, err, version)
}

// uses reads when a user's tokens were last used. That it cannot be read is no reason to show nothing.
func (s *server) uses(c *call, user db.Object) wire.Uses {
	found, err := s.Data.LastUsed(c.request.Context(), user.ID)
	if err != nil {
		s.Log.Warn("when tokens were last used is not known", "request_id", c.id, "error", err)
	}
	return wire.UsesOf(found)
}

func (s *server) addUser(c *call) (answer, error) {
	body := readForm(c)
	name, email, note := body.required("name"), optional(body.text("email")), optional(body.text("note"))
	if err := body.done(); err != nil {
		return answer{}, err
	}
	canonical, err := db.CanonicalName(name)
	if err == nil {
		_, err = edits.Texts{Email: &email, Note: &note}.Check()
	}
	if err != nil {
		return answer{}, panelError(err)
	}
	var warnings []string
	if db.LookAlike(canonical) {
		warnings = append(warnings, canonical+" mixes letters of several scripts and may look like another name")
	}
	return s.add(c, panelEdit{db.KindUser, canonical, edits.AddUser(email, note), &warnings})
}

func (s *server) editUser(c *call) (answer, error) {
	body := readForm(c)
	texts := edits.Texts{Name: body.text("name"), Email: body.text("email"), Note: body.text("note")}
	return s.editTexts(c, db.KindUser, body, texts)
}

func (s *server) removeUser(c *call) (answer, error) { return s.remove(c, db.KindUser) }

// editTexts changes the words of an object.
func (s *server) editTexts(c *call, kind db.Kind, body *form, texts edits.Texts) (answer, error) {
	if err := body.done(); err != nil {
		return answer{}, err
	}
	name, err := c.target()
	if err != nil {
		return answer{}, err
	}
	if texts, err = texts.Check(); err != nil {
		return answer{}, panelError(err)
	}
	return s.edit(c, panelEdit{kind, name, texts.Set(), nil})
}

func (s *server) remove(c *call, kind db.Kind) (answer, error) {
	name, err := c.target()
	if err != nil {
		return answer{}, err
	}
	return s.edit(c, panelEdit{kind, name, edits.Remove(), nil})
}

// showUserRules lists all rules that count for a user, those of its roles too.
func (s *server) showUserRules(c *call) (answer, error) {
	user, version, err := s.object(c, db.KindUser)
	if err != nil {
		return answer{}, err
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
	reply, err := listAnswer(list, err)
	return tagged(reply, err, version)
}

func (s *server) showUserRoles(c *call) (answer, error) {
	user, version, err := s.object(c, db.KindUser)
	if err != nil {
		return answer{}, err
	}
	list := make([]wire.Assigned, 0, len(user.Roles))
	for _, role := range user.Roles {
		list = append(list, wire.Assigned{Name: user.Name, Role: role})
	}
	reply, err := listAnswer(list, nil)
	return tagged(reply, err, version)
}

func (s *server) assignRole(c *call) (answer, error) {
	body := readForm(c)
	role := body.required("role")
	if err := body.done(); err != nil {
		return answer{}, err
	}
	return s.changeRole(c, role, edits.Assign)
}

func (s *server) unassignRole(c *call) (answer, error) {
	role := c.query.Get("role")
	if role == "" {
		return answer{}, badParameter("role", "is required: the role to take away")
	}
	return s.changeRole(c, role, edits.Unassign)
}

func (s *server) changeRole(c *call, role string, change func(role string) db.Change) (answer, error) {
	name, err := c.target()
	if err != nil {
		return answer{}, err
	}
	if role, err = db.CanonicalName(role); err != nil {
		return answer{}, panelError(err)
	}
	return s.edit(c, panelEdit{db.KindUser, name, change(role), nil})
}
