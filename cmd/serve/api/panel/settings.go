package panel

import (
	"context"
	"errors"

	"latchkey/cmd/panel"
	"latchkey/cmd/serve/api/call"
)

// settings shows and changes the settings.
type settings struct{ *Panel }

func (s settings) list(c *call.Call) (call.Response, error) {
	staged, stagedErr := boolParameter(c, "staged")
	page, pageErr := pageOf(c)
	if err := errors.Join(stagedErr, pageErr); err != nil {
		return call.Response{}, err
	}
	view := panel.View{Draft: draftOf(c), Staged: staged}
	views, err := read(s.Panel, c, func(ctx context.Context, own panel.Panel) ([]panel.SettingView, error) {
		return own.SettingsNamed(ctx, nil, view)
	})
	var list []panel.Setting
	for i, one := range views {
		if at := int64(i); at >= page.Skip && at-page.Skip < page.Limit {
			list = append(list, one.Setting)
		}
	}
	return listResponse(list, err)
}

// show responds with one setting. The ETag is that of all of them, which are one object.
func (s settings) show(c *call.Call) (call.Response, error) {
	one, err := named(s.Panel, c, panel.Panel.SettingsNamed)
	if err != nil {
		return call.Response{}, err
	}
	response, err := call.JSON(one.Setting)
	return tagged(c, response, err, one.Version)
}

func (s settings) set(c *call.Call) (call.Response, error) {
	body := readForm(c)
	value := body.required("value")
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	revoke, err := boolParameter(c, "revoke_rules")
	if err != nil {
		return call.Response{}, err
	}
	return s.edit(c, panel.SetSetting{Name: c.Route.Name, Value: value, RevokeRules: revoke})
}

func (s settings) unset(c *call.Call) (call.Response, error) {
	revoke, err := boolParameter(c, "revoke_rules")
	if err != nil {
		return call.Response{}, err
	}
	return s.edit(c, panel.UnsetSetting{Name: c.Route.Name, RevokeRules: revoke})
}
