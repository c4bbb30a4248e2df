package panel

import (
	"context"

	"latchkey/cmd/panel"
	"latchkey/cmd/serve/api/call"
)

// resources manages what is served.
type resources struct{ *Panel }

// served lists the resources that are served, by name.
func (r resources) served(c *call.Call) ([]panel.Resource, error) {
	return read(r.Panel, c, func(ctx context.Context, own panel.Panel) ([]panel.Resource, error) {
		served, _, err := own.Resources(ctx)
		return served, err
	})
}

func (r resources) list(c *call.Call) (call.Response, error) {
	page, err := pageOf(c)
	if err != nil {
		return call.Response{}, err
	}
	list, err := r.served(c)
	all := int64(len(list))
	first := min(page.Skip, all)
	return listResponse(list[first:min(first+page.Limit, all)], err)
}

func (r resources) count(c *call.Call) (call.Response, error) {
	list, err := r.served(c)
	return countResponse(int64(len(list)), err)
}

// show responds with a live resource or, with staged=true, as a save of the caller's draft would make it.
func (r resources) show(c *call.Call) (call.Response, error) {
	resource, err := named(r.Panel, c, panel.Panel.ResourcesNamed)
	if err != nil {
		return call.Response{}, err
	}
	response, err := call.JSON(resource.Resource)
	return tagged(c, response, err, resource.Version)
}

// add adds a resource, or brings a hidden one back.
func (r resources) add(c *call.Call) (call.Response, error) {
	body := readListForm(c)
	name, fields := body.required("name"), readResource(body)
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	return r.Panel.add(c, name, panel.AddResource{Name: name, Fields: fields})
}

func (r resources) edit(c *call.Call) (call.Response, error) {
	body := readListForm(c)
	fields := readResource(body)
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	return r.Panel.edit(c, panel.EditResource{Name: c.Route.Name, Fields: fields})
}

func (r resources) remove(c *call.Call) (call.Response, error) {
	revokeRules, err := boolParameter(c, "revoke_rules")
	if err != nil {
		return call.Response{}, err
	}
	return r.Panel.edit(c, panel.RemoveResource{Name: c.Route.Name, RevokeRules: revokeRules})
}
