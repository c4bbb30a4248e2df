package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"latchkey/db/engine"
	"latchkey/db/model"
	"latchkey/db/store"
)

// checkLive compares the last record of every object with its live one.
func checkLive(ctx context.Context, tx engine.Tx) error {
	err := tx.Each(ctx, func(row engine.Row) error {
		var revision int64
		var last loggedChange
		if err := row.Scan(&revision, &last.id, &last.kind, &last.before, &last.after); err != nil {
			return err
		}
		change, err := last.decode()
		if err != nil {
			return err
		}
		return checkObject(ctx, tx, revision, change)
	}, `SELECT revision, object_id, kind, before, after FROM changes
		WHERE revision = (SELECT max(revision) FROM changes AS latest WHERE latest.object_id = changes.object_id)
		ORDER BY revision, object_id`)
	if err != nil {
		return err
	}
	return checkRecorded(ctx, tx)
}

// checkObject compares the last change of one object with what is live of it.
func checkObject(ctx context.Context, tx engine.Tx, revision int64, last model.RecordedChange) error {
	live, err := store.Find(ctx, tx, last.ObjectID)
	if err != nil {
		return err
	}
	wrong := func(problem string) error {
		return &LogError{revision, fmt.Sprintf("%s: %s", last.Label(), problem)}
	}
	switch {
	case last.After == nil && live == nil:
		return nil
	case last.After == nil:
		return wrong("removed there, and live all the same")
	case live == nil:
		return wrong("not removed since, and not live all the same")
	case live.Kind != last.Kind:
		return wrong(fmt.Sprintf("the live one is a %s", live.Kind))
	case live.Revision != revision:
		return wrong(fmt.Sprintf("the live one says that revision %d changed it last", live.Revision))
	}
	var fields []string
	for _, difference := range model.Compare(last.After, live.Record()) {
		fields = append(fields, difference.Field)
	}
	if len(fields) > 0 {
		return wrong("the live one differs in " + strings.Join(fields, ", "))
	}
	return nil
}

// checkRecorded looks for a live object that no revision ever added.
func checkRecorded(ctx context.Context, tx engine.Tx) error {
	var kind model.Kind
	var name string
	var revision int64
	row := tx.Row(ctx, `SELECT kind, name, revision FROM objects
		WHERE NOT EXISTS (SELECT 1 FROM changes WHERE object_id = objects.id) ORDER BY revision, id LIMIT 1`)
	err := row.Scan(&kind, &name, &revision)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return &LogError{revision, model.Label(kind, name) + ": live, and no revision has added it"}
}
