package panel

import (
	"context"
	"errors"

	"latchkey/cmd/serve/api/call"
	"latchkey/db"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms"
)

func (u users) setRules(c *call.Call) (call.Response, error) {
	return u.Panel.setRules(c, model.KindUser)
}
func (r roles) setRules(c *call.Call) (call.Response, error) {
	return r.Panel.setRules(c, model.KindRole)
}
func (u users) revokeRule(c *call.Call) (call.Response, error) {
	return u.Panel.revokeRule(c, model.KindUser)
}
func (r roles) revokeRule(c *call.Call) (call.Response, error) {
	return r.Panel.revokeRule(c, model.KindRole)
}

// setRules sets one rule of an object, or the same for several permissions. It replaces earlier rules for these permissions.
func (p *Panel) setRules(c *call.Call, kind model.Kind) (call.Response, error) {
	body := readListForm(c)
	effect, texts, until := body.text("effect"), body.texts("permission"), body.text("until")
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	name, err := nameInPath(c)
	if err != nil {
		return call.Response{}, err
	}
	rule := perms.Rule{Effect: perms.Allow}
	if effect != nil {
		if err := rule.Effect.UnmarshalText([]byte(*effect)); err != nil {
			return call.Response{}, badField("effect", "it is neither allow nor deny")
		}
	}
	if until != nil {
		if rule.Until, err = perms.ParseUntil(*until, p.Clock()); err != nil {
			return call.Response{}, failed(err)
		}
	}
	patterns, err := p.patterns(c, texts)
	if err != nil {
		return call.Response{}, err
	}
	var warnings []string
	warn := func(text string) { warnings = append(warnings, text) }
	return p.edit(c, objectEdit{kind, name, edits.SetRules(rule.Effect, patterns, rule.Until, warn), &warnings})
}

// patterns reads the patterns of a rule. A permission that no live or staged resource needs is an error with similar ones.
func (p *Panel) patterns(c *call.Call, texts []string) ([]perms.Pattern, error) {
	if len(texts) == 0 {
		return nil, badField("permission", "it is required: a permission such as orders:view, a pattern such as orders:*, or several")
	}
	if err := perms.CheckMany(len(texts)); err != nil {
		return nil, badField("permission", err.Error())
	}
	patterns := make([]perms.Pattern, 0, len(texts))
	for _, text := range texts {
		pattern, err := edits.ParsePattern(c.Identity.Catalogue, text)
		if errors.Is(err, edits.ErrNoPermission) {
			pattern, err = p.stagedPattern(c, text)
		}
		if err != nil {
			return nil, failed(err)
		}
		patterns = append(patterns, pattern)
	}
	return patterns, nil
}

// stagedPattern reads a pattern, and checks it with the resources that the caller's draft would make live. If the draft
// conflicts with the live resources, the live ones are used: that conflict is not about rules.
func (p *Panel) stagedPattern(c *call.Call, text string) (pattern perms.Pattern, err error) {
	draft, err := draftOf(c)
	if err != nil {
		return pattern, err
	}
	err = p.read(c, func(ctx context.Context, users *db.DB) error {
		staged, err := users.Catalogue(ctx, db.StagedBy(draft))
		if errors.Is(err, model.ErrCatalogue) {
			staged, err = c.Identity.Catalogue, nil
		}
		if err == nil {
			pattern, err = edits.ParsePattern(staged, text)
		}
		return err
	})
	return pattern, err
}

// revokeRule deletes the rule with exactly one pattern. The parameter is required: leaving it out must not delete all rules.
func (p *Panel) revokeRule(c *call.Call, kind model.Kind) (call.Response, error) {
	if !c.Query.Has("permission") {
		return call.Response{}, call.BadParameter("permission", "is required: the permission or pattern of the rule to end")
	}
	name, err := nameInPath(c)
	if err != nil {
		return call.Response{}, err
	}
	pattern, err := perms.ParsePattern(c.Query.Get("permission"))
	if err != nil {
		return call.Response{}, failed(err)
	}
	var warnings []string
	warn := func(text string) { warnings = append(warnings, text) }
	return p.edit(c, objectEdit{kind, name, edits.RevokeRules([]perms.Pattern{pattern}, false, warn), &warnings})
}
