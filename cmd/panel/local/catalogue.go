package local

import (
	"context"
	"fmt"

	"latchkey/cmd/panel"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/model"
	"latchkey/perms"
)

// Resources lists what is served and what is hidden.
func (p objects) Resources(ctx context.Context) (served, hidden []panel.Resource, err error) {
	if err := p.mayView(ctx, viewResources); err != nil {
		return nil, nil, err
	}
	catalogue, err := p.Database.Catalogue(ctx, db.State{})
	if err != nil {
		return nil, nil, err
	}
	objects, err := p.Database.Objects(ctx, model.KindResource)
	if err != nil {
		return nil, nil, err
	}
	served, hidden = wire.ResourcesOf(catalogue, objects)
	return served, hidden, nil
}

// ResourcesNamed shows resources.
func (p objects) ResourcesNamed(ctx context.Context, names []string, view panel.View) ([]panel.ResourceView, error) {
	if err := p.mayView(ctx, viewResources); err != nil {
		return nil, err
	}
	catalogue, err := p.Database.Catalogue(ctx, p.state(view))
	if err != nil {
		return nil, err
	}
	staged, err := p.stagedIn(ctx, view.Draft)
	if err != nil {
		return nil, err
	}
	var views []panel.ResourceView
	for _, name := range names {
		one, err := p.resource(ctx, name, view, catalogue, staged)
		if err != nil {
			return nil, err
		}
		views = append(views, one)
	}
	return views, nil
}

func (p objects) resource(ctx context.Context, name string, view panel.View, catalogue *perms.Catalogue, staged []drafts.Staged) (panel.ResourceView, error) {
	if err := checkResourceName(name); err != nil {
		return panel.ResourceView{}, err
	}
	laid, version, err := p.laidOver(ctx, name, view, staged)
	if err != nil {
		return panel.ResourceView{}, err
	}
	resource, found := catalogue.Resource(name)
	if !found {
		return panel.ResourceView{}, stagedOnly(fmt.Errorf("%w: %s", model.ErrNoResource, name), model.KindResource, name, staged)
	}
	shape := panel.ResourceView{Resource: wire.ResourceOf(resource, laid), Version: version}
	for _, draft := range staged {
		if draft.Kind() == model.KindResource && draft.Name() == name {
			shape.Draft = new(wire.StagedOf(draft))
		}
	}
	return shape, nil
}

// laidOver finds what the database, or the draft, lays over the built-in resource of a name, or adds; nil for nothing.
func (p objects) laidOver(ctx context.Context, name string, view panel.View, staged []drafts.Staged) (*model.Object, string, error) {
	if view.Staged {
		if next, version, err := nextNamed(model.KindResource, name, staged); err != nil || next != nil {
			return next, version, err
		}
	}
	objects, err := p.Database.Objects(ctx, model.KindResource)
	for i := range objects {
		if objects[i].Name == name {
			return &objects[i], objects[i].Version(), err
		}
	}
	return nil, builtInVersion, err
}

func (c *core) state(view panel.View) db.State {
	if view.Staged {
		return db.StagedBy(c.draft(view.Draft))
	}
	return db.State{}
}

// Catalogue is what is served.
func (p objects) Catalogue(ctx context.Context, view panel.View) (*perms.Catalogue, error) {
	return p.Database.Catalogue(ctx, p.state(view))
}

// CountDocuments counts the stored documents of a resource.
func (p objects) CountDocuments(ctx context.Context, resource string) (int64, error) {
	if p.Config.CountDocuments == nil {
		return 0, nil
	}
	return p.Config.CountDocuments(ctx, resource)
}
