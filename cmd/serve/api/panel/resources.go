package panel

import (
	"cmp"
	"context"
	"fmt"

	"latchkey/cmd/serve/api/call"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms"
)

// resources manages what is served.
type resources struct{ *Panel }

// builtInVersion is the version of an embedded resource that the database does not change.
const builtInVersion = "built-in"

// live lists the resources that are served, by name.
func (r resources) live(c *call.Call) (list []wire.Resource, err error) {
	err = r.read(c, func(ctx context.Context, users *db.DB) error {
		objects, err := users.Objects(ctx, model.KindResource)
		list, _ = wire.ResourcesOf(c.Identity.Catalogue, objects)
		return err
	})
	return list, err
}

func (r resources) list(c *call.Call) (call.Response, error) {
	page, limit, err := call.ReadPage(c.Query)
	if err != nil {
		return call.Response{}, err
	}
	list, err := r.live(c)
	all := int64(len(list))
	first := min(offsetOf(page, limit), all)
	return listResponse(list[first:min(first+limit, all)], err)
}

func (r resources) count(c *call.Call) (call.Response, error) {
	return countResponse(int64(len(c.Identity.Catalogue.Resources())), nil)
}

// show responds with a resource of the live catalogue or, with staged=true, as a save of the caller's draft would make it.
func (r resources) show(c *call.Call) (call.Response, error) {
	staged, err := boolParameter(c, "staged")
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
	err = r.read(c, func(ctx context.Context, users *db.DB) (err error) {
		if staged {
			if catalogue, err = users.Catalogue(ctx, db.StagedBy(draft)); err != nil {
				return err
			}
			if laid, version, err = stagedObject(ctx, users, draft, model.KindResource, name); err != nil || laid != nil {
				return err
			}
		}
		laid, version, err = storedResource(ctx, users, name)
		return err
	})
	if err != nil {
		return call.Response{}, err
	}
	resource, found := catalogue.Resource(name)
	if !found {
		return call.Response{}, failed(fmt.Errorf("%w: %s", model.ErrNoResource, name))
	}
	response, err := call.JSON(wire.ResourceOf(resource, laid))
	return tagged(response, err, version)
}

// storedResource finds what the database has about a resource: changes to an embedded one, or a whole one; nil: nothing.
func storedResource(ctx context.Context, users *db.DB, name string) (*model.Object, string, error) {
	objects, err := users.Objects(ctx, model.KindResource)
	for i := range objects {
		if objects[i].Name == name {
			return &objects[i], objects[i].Version(), err
		}
	}
	return nil, builtInVersion, err
}

// add adds a resource, or brings a hidden one back.
func (r resources) add(c *call.Call) (call.Response, error) {
	body := readListForm(c)
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
	err = r.read(c, func(ctx context.Context, users *db.DB) error {
		catalogue, err := users.Catalogue(ctx, db.StagedBy(draft))
		if err == nil {
			fresh, err = edits.FreshResource(name, perms.Backend(orEmpty(fields.backend)), orEmpty(fields.parent), catalogue)
		}
		return err
	})
	if err != nil {
		return call.Response{}, err
	}
	edit := objectEdit{model.KindResource, name, edits.AddResource(fresh, fields.shape()), nil}
	edited, err := r.commit(c, edit)
	if err == nil {
		edited.Warnings = r.admitted(c, draft, name, edited.Saved != nil)
	}
	return added(c, edit, edited, err)
}

// admitted names who may use a resource that was just added, to who may view users.
func (r resources) admitted(c *call.Call, draft drafts.Draft, resource string, saved bool) []string {
	state := db.StagedBy(draft)
	if saved {
		state = db.State{}
	}
	var admitted db.Admitted
	err := r.read(c, func(ctx context.Context, users *db.DB) (err error) {
		admitted, err = users.Admitted(ctx, draft.Operator, state, resource, wire.MostAdmitted)
		return err
	})
	if text := wire.AdmittedInWords(resource, admitted, err); text != "" {
		return []string{text}
	}
	return []string{}
}

func (r resources) edit(c *call.Call) (call.Response, error) {
	body := readListForm(c)
	shape := readResource(body).shape()
	if err := body.done(); err != nil {
		return call.Response{}, err
	}
	if shape == nil {
		return call.Response{}, failed(edits.ErrNothing)
	}
	return r.Panel.edit(c, objectEdit{model.KindResource, c.Route.Name, edits.EditResource(shape), nil})
}

func (r resources) remove(c *call.Call) (call.Response, error) {
	revokeRules, err := boolParameter(c, "revoke_rules")
	if err != nil {
		return call.Response{}, err
	}
	edited, err := r.commit(c, objectEdit{model.KindResource, c.Route.Name, edits.RemoveResource(), nil}, func(edit *db.Edit) { edit.RevokeRules = revokeRules })
	return editedResponse(edited, edited, err)
}

// versionOf is the version of an object that is edited: see builtInVersion.
func versionOf(subject *model.Subject) string {
	if subject.Kind == model.KindResource {
		return cmp.Or(subject.Version, builtInVersion)
	}
	return subject.Version
}
