package local

import (
	"context"
	"fmt"

	"latchkey/cmd/panel"
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
	err = p.Database.Read(ctx, func(state db.View) error {
		catalogue, err := state.Catalogue(ctx, db.State{})
		if err != nil {
			return err
		}
		set, _, err := settingsIn(ctx, state, false, nil)
		if err != nil {
			return err
		}
		objects, err := state.Objects(ctx, model.KindResource)
		served, hidden = resourcesOf(catalogue, set.Embedded(), objects)
		return err
	})
	return served, hidden, err
}

// ResourcesNamed shows resources.
func (p objects) ResourcesNamed(ctx context.Context, names []string, view panel.View) ([]panel.ResourceView, error) {
	if err := p.mayView(ctx, viewResources); err != nil {
		return nil, err
	}
	var views []panel.ResourceView
	err := p.Database.Read(ctx, func(state db.View) error {
		catalogue, err := state.Catalogue(ctx, p.state(view))
		if err != nil {
			return err
		}
		staged, err := p.stagedIn(ctx, state, view.Draft)
		if err != nil {
			return err
		}
		set, _, err := settingsIn(ctx, state, view.Staged, staged)
		if err != nil {
			return err
		}
		for _, name := range names {
			one, err := resource(ctx, state, objectAsked{model.KindResource, name, view.Staged}, catalogues{catalogue, set.Embedded()}, staged)
			if err != nil {
				return err
			}
			views = append(views, one)
		}
		return nil
	})
	return views, p.suggest(ctx, err, view.Draft, model.KindResource, names...)
}

// catalogues are what is served, and what the database lays its resources over.
type catalogues struct{ served, embedded *perms.Catalogue }

func resource(ctx context.Context, state db.View, asked objectAsked, catalogue catalogues, staged []drafts.Staged) (panel.ResourceView, error) {
	name := asked.name
	if err := checkResourceName(name); err != nil {
		return panel.ResourceView{}, err
	}
	laid, version, err := laidOver(ctx, state, asked, staged)
	if err != nil {
		return panel.ResourceView{}, err
	}
	served, found := catalogue.served.Resource(name)
	if !found {
		return panel.ResourceView{}, stagedOnly(fmt.Errorf("%w: %s", model.ErrNoResource, name), model.KindResource, name, staged)
	}
	shape := panel.ResourceView{Resource: resourceOf(served, laid, catalogue.embedded), Version: version}
	for _, draft := range staged {
		if draft.Kind() == model.KindResource && draft.Name() == name {
			shape.Draft = new(stagedOf(draft))
		}
	}
	return shape, nil
}

// laidOver finds what the database, or the draft, lays over the built-in resource of a name, or adds; nil for nothing.
func laidOver(ctx context.Context, state db.View, asked objectAsked, staged []drafts.Staged) (*model.Object, string, error) {
	if asked.staged {
		if next, version, err := nextNamed(asked.kind, asked.name, staged); err != nil || next != nil {
			return next, version, err
		}
	}
	objects, err := state.Objects(ctx, asked.kind)
	for i := range objects {
		if objects[i].Name == asked.name {
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
