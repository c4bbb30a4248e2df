package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"latchkey/db/engine"
	"latchkey/db/model"
	"latchkey/perms/settings"
)

// pastQuery is the last record of each object of a kind up to a revision, by name, which is a record's first field.
// Objects that were removed have none.
const (
	pastQuery = `SELECT after FROM changes
		WHERE kind = ?1 AND revision <= ?2 AND after IS NOT NULL AND NOT EXISTS (
			SELECT 1 FROM changes AS later
			WHERE later.object_id = changes.object_id AND later.revision > changes.revision AND later.revision <= ?2)`
	pastByName = pastQuery + ` ORDER BY after -> 0 ->> 1`
	pastOfName = pastQuery + ` AND after -> 0 ->> 1 = ?3`
)

// Brief reads one revision without its changes; the zero one for 0.
func Brief(ctx context.Context, tx engine.Tx, number int64) (Revision, error) {
	if number == 0 {
		return Revision{}, nil
	}
	revision := Revision{Number: number}
	var at int64
	row := tx.Row(ctx, `SELECT saved_at, operator, message FROM revisions WHERE number = ?`, number)
	err := row.Scan(&at, &revision.Operator.Name, &revision.Message)
	if errors.Is(err, sql.ErrNoRows) {
		return Revision{}, fmt.Errorf("%w: %d", model.ErrNoRevision, number)
	}
	revision.SavedAt = time.UnixMilli(at).UTC()
	return revision, err
}

// LastRecord is what the newest record says of an object; none for one that was removed or that no save has changed.
func LastRecord(ctx context.Context, tx engine.Tx, id int64) (model.Record, error) {
	var content sql.NullString
	row := tx.Row(ctx, `SELECT after FROM changes WHERE object_id = ? ORDER BY revision DESC LIMIT 1`, id)
	if err := row.Scan(&content); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	return decodeRecord(content)
}

// FindPast finds an object of a kind in a past state; nil for none.
func FindPast(ctx context.Context, tx engine.Tx, kind model.Kind, revision int64, name string) (found *model.Object, enabled bool, err error) {
	err = tx.Each(ctx, func(row engine.Row) error {
		object, on, err := scanRecorded(row)
		found, enabled = &object, on
		return err
	}, pastOfName, kind, revision, name)
	return found, enabled, err
}

// EachPast visits the objects of a kind in a past state by name, with what [scanRecorded] reads alone, until visit returns an error.
func EachPast(ctx context.Context, tx engine.Tx, kind model.Kind, revision int64, visit func(object model.Object, enabled bool) error) error {
	return tx.Each(ctx, func(row engine.Row) error {
		object, enabled, err := scanRecorded(row)
		if err != nil {
			return err
		}
		return visit(object, enabled)
	}, pastByName, kind, revision)
}

// PastRoles reads the roles of a past state, by name.
func PastRoles(ctx context.Context, tx engine.Tx, revision int64) (map[string]*model.Object, error) {
	roles := map[string]*model.Object{}
	err := tx.Each(ctx, func(row engine.Row) error {
		role, _, err := scanRecorded(row)
		roles[role.Name] = &role
		return err
	}, pastByName, model.KindRole, revision)
	return roles, err
}

// scanRecorded reads what a record keeps of an object's name, rules and roles, whether it was suspended, when the last of its tokens
// ended, and whether it had one.
func scanRecorded(row engine.Row) (object model.Object, enabled bool, err error) {
	var content sql.NullString
	if err := row.Scan(&content); err != nil {
		return model.Object{}, false, err
	}
	record, err := decodeRecord(content)
	for _, field := range record {
		role, isRole := strings.CutPrefix(field.Key, model.RolePrefix)
		pattern, isRule := strings.CutPrefix(field.Key, model.RulePrefix)
		switch {
		case isRole:
			object.Roles = append(object.Roles, role)
		case isRule:
			rule, ruleErr := model.RecordedRule(pattern, field.Value)
			object.Rules, err = append(object.Rules, rule), errors.Join(err, ruleErr)
		}
	}
	object.Name = record.Name()
	object.Access.Suspended = record.Value(model.FieldSuspended) != ""
	access := record.Value(model.FieldAccess)
	object.Access.ExpiresAt = model.RecordedEnd(access)
	return object, strings.HasPrefix(access, "on"), err
}

// PastSettings reads the settings of a past state.
func PastSettings(ctx context.Context, tx engine.Tx, revision int64) (settings.Settings, error) {
	all := &model.Object{Kind: model.KindSetting}
	err := tx.Each(ctx, func(row engine.Row) error {
		var content sql.NullString
		if err := row.Scan(&content); err != nil {
			return err
		}
		record, err := decodeRecord(content)
		for _, field := range record {
			err = errors.Join(err, all.SetField(field.Key, field.Value))
		}
		return err
	}, pastOfName, model.KindSetting, revision, model.SettingsName)
	return all.Settings, err
}

// layOver notes over which catalogue the resources among changes were laid, once a revision was saved.
func layOver(ctx context.Context, tx engine.Tx, revision int64, changes []model.RecordedChange) error {
	if !slices.ContainsFunc(changes, func(c model.RecordedChange) bool { return c.Kind == model.KindResource }) {
		return nil
	}
	past, err := PastSettings(ctx, tx, revision)
	for i := range changes {
		changes[i].Embedded = past.Embedded()
	}
	return err
}

// PastResources reads the resources of a past state, by name.
func PastResources(ctx context.Context, tx engine.Tx, revision int64) (map[string]*model.Object, error) {
	resources := map[string]*model.Object{}
	err := tx.Each(ctx, func(row engine.Row) error {
		var content sql.NullString
		if err := row.Scan(&content); err != nil {
			return err
		}
		record, err := decodeRecord(content)
		resource := &model.Object{Kind: model.KindResource}
		for _, field := range record {
			err = errors.Join(err, resource.SetField(field.Key, field.Value))
		}
		resources[resource.Name] = resource
		return err
	}, pastByName, model.KindResource, revision)
	return resources, err
}
