package store

import (
	"context"
	"errors"

	"latchkey/db/engine"
	"latchkey/db/model"
	"latchkey/perms/settings"
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

// Settings reads the settings; the zero ones where nothing was ever set.
func Settings(ctx context.Context, tx engine.Tx) (settings.Settings, error) {
	all, err := Load(ctx, tx, model.KindSetting, model.SettingsName)
	if errors.Is(err, model.KindSetting.Missing()) {
		return settings.Settings{}, nil
	}
	return all.Settings, err
}

// liveResourcesQuery finds the resources that are laid over the embedded catalogue.
var liveResourcesQuery = liveQuery(OfKind)
