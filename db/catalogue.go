package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"latchkey/db/model"
	"latchkey/perms"
)

// liveResourcesQuery finds the resources that are laid over the embedded catalogue.
var liveResourcesQuery = liveQuery(ofKind)

// Catalogue is the catalogue of a state: the embedded one with the resources of the database laid over it. [ErrNoRevision]
// where there was no such save; [ErrCatalogue] for a draft that no longer goes together with the live resources.
func (d *DB) Catalogue(ctx context.Context, state State) (*perms.Catalogue, error) {
	if d.snapshot != nil && state.draft == nil && state.revision == nil {
		catalogue, err := d.snapshot.Catalogue(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading the catalogue: %w", err)
		}
		return catalogue, nil
	}
	var catalogue *perms.Catalogue
	err := d.read(ctx, func(tx *sql.Tx) error {
		var staged []Staged
		var err error
		if state.draft != nil {
			if staged, err = loadStaged(ctx, tx, *state.draft); err != nil {
				return err
			}
		}
		if state.revision != nil {
			if _, err = revisionOf(ctx, tx, *state.revision); err != nil {
				return err
			}
		}
		catalogue, err = state.catalogue(ctx, tx, staged)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the catalogue: %w", err)
	}
	return catalogue, nil
}

// catalogue reads the catalogue of a state, of whose draft the content was read before.
func (s State) catalogue(ctx context.Context, tx querier, staged []Staged) (*perms.Catalogue, error) {
	if s.revision != nil {
		resources, err := pastResources(ctx, tx, *s.revision)
		if err != nil {
			return nil, err
		}
		return model.CatalogueOf(resources)
	}
	return catalogueAfter(ctx, tx, nil, staged)
}

// liveCatalogue reads the catalogue by which requests are decided now.
func liveCatalogue(ctx context.Context, tx querier) (*perms.Catalogue, error) {
	return catalogueAfter(ctx, tx, nil, nil)
}

// catalogueAfter is the live catalogue with staged resources and, over them, changed ones.
func catalogueAfter(ctx context.Context, tx querier, changes []change, staged []Staged) (*perms.Catalogue, error) {
	live, err := liveResources(ctx, tx)
	if err != nil {
		return nil, err
	}
	return model.CatalogueOf(objectsAfter(model.KindResource, live, changes, staged))
}

// liveResources reads the resources that are laid over the embedded catalogue. They have no rules and no roles, so it is
// one query.
func liveResources(ctx context.Context, tx querier) (map[string]*model.Object, error) {
	resources := map[string]*model.Object{}
	err := eachRow(ctx, tx, func(rows *sql.Rows) error {
		object, digest, err := scanObject(rows.Scan)
		if err != nil {
			return err
		}
		resources[object.Name] = &object
		return model.CheckDigest(object, digest)
	}, liveResourcesQuery, model.KindResource)
	return resources, err
}

// pastResources reads the resources of a past state, by name.
func pastResources(ctx context.Context, tx querier, revision int64) (map[string]*model.Object, error) {
	resources := map[string]*model.Object{}
	err := eachRow(ctx, tx, func(rows *sql.Rows) error {
		var content sql.NullString
		if err := rows.Scan(&content); err != nil {
			return err
		}
		record, err := decodeRecord(content)
		resource := &model.Object{Kind: model.KindResource}
		for _, field := range record {
			err = errors.Join(err, resource.Restore(field.Key, field.Value))
		}
		resources[resource.Name] = resource
		return err
	}, pastByName, model.KindResource, revision)
	return resources, err
}

// refuseLiveCatalogue returns [ErrCatalogue] where resources do not go together once changes of some of them are live.
func refuseLiveCatalogue(ctx context.Context, tx querier, changes []change) error {
	if !slices.ContainsFunc(changes, func(c change) bool { return c.object().Kind == model.KindResource }) {
		return nil
	}
	_, err := liveCatalogue(ctx, tx)
	return err
}

// refuseStagedCatalogue returns [ErrCatalogue] where resources would not go together after an edit: of all that is staged,
// or of what is live.
func refuseStagedCatalogue(ctx context.Context, tx querier, draft Draft, subjects []*subject, save bool) error {
	if !slices.ContainsFunc(subjects, func(s *subject) bool { return s.Kind == model.KindResource && s.touched() }) {
		return nil
	}
	var all []Staged
	if !save {
		var err error
		if all, err = loadStaged(ctx, tx, draft); err != nil {
			return err
		}
	}
	others := slices.DeleteFunc(all, func(staged Staged) bool {
		return slices.ContainsFunc(subjects, func(s *subject) bool { return s.staged.object() != nil && s.staged.ID() == staged.ID() })
	})
	_, err := catalogueAfter(ctx, tx, touchedChanges(subjects), others)
	return err
}
