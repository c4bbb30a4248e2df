package store

import (
	"context"

	"latchkey/db/engine"
	"latchkey/db/model"
)

// Resources reads the resources that are laid over the embedded catalogue. They have no rules and no roles, so it is
// one query.
func Resources(ctx context.Context, tx engine.Tx) (map[string]*model.Object, error) {
	resources := map[string]*model.Object{}
	err := tx.Each(ctx, func(row engine.Row) error {
		object, digest, err := scanObject(row)
		if err != nil {
			return err
		}
		resources[object.Name] = &object
		return model.CheckDigest(object, digest)
	}, liveResourcesQuery, model.KindResource)
	return resources, err
}

// liveResourcesQuery finds the resources that are laid over the embedded catalogue.
var liveResourcesQuery = liveQuery(OfKind)
