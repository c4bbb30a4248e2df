package panel

import (
	"cmp"
	"context"
	"fmt"

	"latchkey/cmd/serve/api/call"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms"
)

// builtInVersion is that of a resource over which the database lays nothing.
const builtInVersion = "built-in"

// liveResources are what is served, by name.
func (s *Panel) liveResources(c *call.Call) (list []wire.Resource, err error) {
	err = s.look(c, func(ctx context.Context, users *db.DB) error {
		objects, err := users.Objects(ctx, model.KindResource)
		list, _ = wire.ResourcesOf(c.Identity.Catalogue, objects)
		return err
	})
	return list, err
}

func (s *Panel) listResources(c *call.Call) (call.Response, error) {
	page, limit, err := call.ReadPage(c.Query)
	if err != nil {
		return call.Response{}, err
	}
	list, err := s.liveResources(c)
	all := int64(len(list))
	first := min(skipped(page, limit), all)
	return listResponse(list[first:min(first+limit, all)], err)
}

func (s *Panel) countResources(c *call.Call) (call.Response, error) {
	return countResponse(int64(len(c.Identity.Catalogue.Resources())), nil)
}

// showResource shows a resource of the live catalogue or, with staged=true, of the one that a save of the caller's draft
// would bring about.
func (s *Panel) showResource(c *call.Call) (call.Response, error) {
	staged, err := flag(c, "staged")
	if err != nil {
		return call.Response{}, err
	}
	draft, err := draftOf(c)
	if err != nil {
		return call.Response{}, err
	}
	name, catalogue := c.Route.Name, c.Identity.Catalogue
	var laid *model.Object
	version := builtInVersion
	err = s.look(c, func(ctx context.Context, users *db.DB) (err error) {
		if staged {
			if catalogue, err = users.Catalogue(ctx, db.StagedBy(draft)); err != nil {
				return err
			}
			if laid, version, err = stagedObject(ctx, users, draft, model.KindResource, name); err != nil || laid != nil {
				return err
			}
		}
		laid, version, err = laidOver(ctx, users, name)
		return err
	})
	if err != nil {
		return call.Response{}, err
	}
	resource, found := catalogue.Resource(name)
	if !found {
		return call.Response{}, panelError(fmt.Errorf("%w: %s", model.ErrNoResource, name))
	}
	response, err := call.JSON(wire.ResourceOf(resource, laid))
	return tagged(response, err, version)
}

// laidOver finds what the database lays over the embedded resource of a name, or adds; nil for nothing.
func laidOver(ctx context.Context, users *db.DB, name string) (*model.Object, string, error) {
	objects, err := users.Objects(ctx, model.KindResource)
	for i := range objects {
		if objects[i].Name == name {
			return &objects[i], objects[i].Version(), err
		}
	}
	return nil, builtInVersion, err
}

// addResource adds a resource, or brings a hidden one back.
func (s *Panel) addResource(c *call.Call) (call.Response, error) {
	body := readForm(c)
	name := body.required("name")
	fields := readResource(body)
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	if _, err := perms.ParsePermission(name + ":view"); err != nil {
		return call.Response{}, badField("name", "it is a letter a-z, then a-z, 0-9 and _")
	}
	draft, err := draftOf(c)
	if err != nil {
		return call.Response{}, err
	}
	var fresh perms.Resource
	err = s.look(c, func(ctx context.Context, users *db.DB) error {
		catalogue, err := users.Catalogue(ctx, db.StagedBy(draft))
		if err == nil {
			fresh, err = edits.FreshResource(name, perms.Backend(optional(fields.backend)), optional(fields.parent), catalogue)
		}
		return err
	})
	if err != nil {
		return call.Response{}, err
	}
	return s.add(c, panelEdit{model.KindResource, name, edits.AddResource(fresh, fields.shape()), nil})
}

func (s *Panel) editResource(c *call.Call) (call.Response, error) {
	body := readForm(c)
	shape := readResource(body).shape()
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	if shape == nil {
		return call.Response{}, panelError(edits.ErrNothing)
	}
	return s.edit(c, panelEdit{model.KindResource, c.Route.Name, edits.EditResource(shape), nil})
}

func (s *Panel) removeResource(c *call.Call) (call.Response, error) {
	return s.edit(c, panelEdit{model.KindResource, c.Route.Name, edits.RemoveResource(), nil})
}

// versionOf is what an edit finds: that of a resource is built-in where the database lays nothing over it.
func versionOf(subject *model.Subject) string {
	if subject.Kind == model.KindResource {
		return cmp.Or(subject.Version, builtInVersion)
	}
	return subject.Version
}
