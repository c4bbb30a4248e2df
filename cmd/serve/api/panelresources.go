package api

import (
	"cmp"
	"context"
	"fmt"

	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/edits"
	"latchkey/perms"
)

// builtInVersion is that of a resource over which the database lays nothing.
const builtInVersion = "built-in"

// liveResources are what is served, by name.
func (s *server) liveResources(c *call) (list []wire.Resource, err error) {
	err = s.look(c, func(ctx context.Context, users *db.DB) error {
		objects, err := users.Objects(ctx, db.KindResource)
		list, _ = wire.ResourcesOf(c.identity.Catalogue, objects)
		return err
	})
	return list, err
}

func (s *server) listResources(c *call) (answer, error) {
	page, limit, err := readPage(c.query)
	if err != nil {
		return answer{}, err
	}
	list, err := s.liveResources(c)
	all := int64(len(list))
	first := min(skipped(page, limit), all)
	return listAnswer(list[first:min(first+limit, all)], err)
}

func (s *server) countResources(c *call) (answer, error) {
	return countAnswer(int64(len(c.identity.Catalogue.Resources())), nil)
}

// showResource shows a resource of the live catalogue or, with staged=true, of the one that a save of the caller's draft
// would bring about.
func (s *server) showResource(c *call) (answer, error) {
	staged, err := c.flag("staged")
	if err != nil {
		return answer{}, err
	}
	draft, err := c.draft()
	if err != nil {
		return answer{}, err
	}
	name, catalogue := c.route.Name, c.identity.Catalogue
	var laid *db.Object
	version := builtInVersion
	err = s.look(c, func(ctx context.Context, users *db.DB) (err error) {
		if staged {
			if catalogue, err = users.Catalogue(ctx, db.StagedBy(draft)); err != nil {
				return err
			}
			if laid, version, err = stagedObject(ctx, users, draft, db.KindResource, name); err != nil || laid != nil {
				return err
			}
		}
		laid, version, err = laidOver(ctx, users, name)
		return err
	})
	if err != nil {
		return answer{}, err
	}
	resource, found := catalogue.Resource(name)
	if !found {
		return answer{}, panelError(fmt.Errorf("%w: %s", db.ErrNoResource, name))
	}
	reply, err := jsonAnswer(wire.ResourceOf(resource, laid))
	return tagged(reply, err, version)
}

// laidOver finds what the database lays over the embedded resource of a name, or adds; nil for nothing.
func laidOver(ctx context.Context, users *db.DB, name string) (*db.Object, string, error) {
	objects, err := users.Objects(ctx, db.KindResource)
	for i := range objects {
		if objects[i].Name == name {
			return &objects[i], objects[i].Version(), err
		}
	}
	return nil, builtInVersion, err
}

// addResource adds a resource, or brings a hidden one back.
func (s *server) addResource(c *call) (answer, error) {
	body := readForm(c)
	name := body.required("name")
	fields := readResource(body)
	if err := body.done(); err != nil {
		return answer{}, err
	}
	if _, err := perms.ParsePermission(name + ":view"); err != nil {
		return answer{}, badField("name", "it is a letter a-z, then a-z, 0-9 and _")
	}
	draft, err := c.draft()
	if err != nil {
		return answer{}, err
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
		return answer{}, err
	}
	return s.add(c, panelEdit{db.KindResource, name, edits.AddResource(fresh, fields.shape()), nil})
}

func (s *server) editResource(c *call) (answer, error) {
	body := readForm(c)
	shape := readResource(body).shape()
	if err := body.done(); err != nil {
		return answer{}, err
	}
	if shape == nil {
		return answer{}, panelError(edits.ErrNothing)
	}
	return s.edit(c, panelEdit{db.KindResource, c.route.Name, edits.EditResource(shape), nil})
}

func (s *server) removeResource(c *call) (answer, error) {
	return s.edit(c, panelEdit{db.KindResource, c.route.Name, edits.RemoveResource(), nil})
}

// versionOf is what an edit finds: that of a resource is built-in where the database lays nothing over it.
func versionOf(subject *db.Subject) string {
	if subject.Kind == db.KindResource {
		return cmp.Or(subject.Version, builtInVersion)
	}
	return subject.Version
}
