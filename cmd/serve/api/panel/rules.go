package panel

import (
	"latchkey/cmd/panel"
	"latchkey/cmd/serve/api/call"
	"latchkey/perms"
)

func (u users) setRules(c *call.Call) (call.Response, error) {
	return u.Panel.setRules(c, panel.Holder{Name: c.Route.Name})
}
func (r roles) setRules(c *call.Call) (call.Response, error) {
	return r.Panel.setRules(c, panel.Holder{Name: c.Route.Name, Role: true})
}
func (u users) revokeRule(c *call.Call) (call.Response, error) {
	return u.Panel.revokeRule(c, panel.Holder{Name: c.Route.Name})
}
func (r roles) revokeRule(c *call.Call) (call.Response, error) {
	return r.Panel.revokeRule(c, panel.Holder{Name: c.Route.Name, Role: true})
}

// setRules sets one rule of an object, or the same for several permissions. It replaces earlier rules for these permissions.
func (p *Panel) setRules(c *call.Call, holder panel.Holder) (call.Response, error) {
	body := readListForm(c)
	effect, texts, until := body.text("effect"), body.texts("permission"), body.text("until")
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	change := panel.SetRules{Holder: holder, Effect: perms.Allow}
	if effect != nil {
		if err := change.Effect.UnmarshalText([]byte(*effect)); err != nil {
			return call.Response{}, badField("effect", "it is neither allow nor deny")
		}
	}
	if until != nil {
		var err error
		if change.Until, err = perms.ParseUntil(*until, p.Clock()); err != nil {
			return call.Response{}, Failed(err)
		}
	}
	if len(texts) == 0 {
		return call.Response{}, badField("permission", "it is required: a permission such as orders:view, a pattern such as orders:*, or several")
	}
	for _, text := range texts {
		pattern, err := perms.ParsePattern(text)
		if err != nil {
			return call.Response{}, Failed(err)
		}
		change.Patterns = append(change.Patterns, pattern)
	}
	return p.edit(c, change)
}

// revokeRule deletes the rule with exactly one pattern. The parameter is required: leaving it out must not delete all rules.
func (p *Panel) revokeRule(c *call.Call, holder panel.Holder) (call.Response, error) {
	if !c.Query.Has("permission") {
		return call.Response{}, call.BadParameter("permission", "is required: the permission or pattern of the rule to end")
	}
	pattern, err := perms.ParsePattern(c.Query.Get("permission"))
	if err != nil {
		return call.Response{}, Failed(err)
	}
	return p.edit(c, panel.RevokeRules{Holder: holder, Patterns: []perms.Pattern{pattern}})
}
