package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"latchkey/db/engine"
	"latchkey/db/model"
)

// NameTaken says who took a name.
func NameTaken(ctx context.Context, tx engine.Tx, object *model.Object) (string, error) {
	var revision int64
	var operator string
	row := tx.Row(ctx, `SELECT revisions.number, revisions.operator
		FROM objects JOIN revisions ON revisions.number = objects.revision
		WHERE objects.kind = ? AND objects.name = ?`, object.Kind, object.Name)
	if err := row.Scan(&revision, &operator); err != nil {
		return "", errors.Join(err, model.ErrDamaged)
	}
	return fmt.Sprintf("the name was taken by %s in revision %d", operator, revision), nil
}

// FirstSeen is the revision that added an object; 0 for none, and for one that is only staged.
func FirstSeen(ctx context.Context, tx engine.Tx, object *model.Object) (revision int64, err error) {
	if object == nil {
		return 0, nil
	}
	row := tx.Row(ctx, `SELECT coalesce(min(revision), 0) FROM changes WHERE object_id = ?`, object.ID)
	if err := row.Scan(&revision); err != nil {
		return 0, err
	}
	return revision, nil
}

// CalledBefore is the number of the object of a kind that had a name last before a revision; 0 for none.
func CalledBefore(ctx context.Context, tx engine.Tx, kind model.Kind, name string, revision int64) (id int64, err error) {
	row := tx.Row(ctx, `SELECT object_id FROM changes WHERE kind = ? AND revision < ? AND after -> 0 ->> 1 = ?
		ORDER BY revision DESC LIMIT 1`, kind, revision, name)
	if err := row.Scan(&id); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	return id, nil
}

// Moves lists who changed which field of an object after a revision, the last change of each field.
func Moves(ctx context.Context, tx engine.Tx, id, since int64) ([]model.FieldMove, error) {
	var list []model.FieldMove
	seen := map[string]bool{}
	err := tx.Each(ctx, func(row engine.Row) error {
		var revision int64
		var operator string
		var before, after sql.NullString
		if err := row.Scan(&revision, &operator, &before, &after); err != nil {
			return err
		}
		fields, err := movedFields(before, after)
		for _, field := range fields {
			if !seen[field] {
				seen[field] = true
				list = append(list, model.FieldMove{Field: field, Operator: operator, Revision: revision})
			}
		}
		return err
	}, `SELECT changes.revision, revisions.operator, changes.before, changes.after
		FROM changes JOIN revisions ON revisions.number = changes.revision
		WHERE changes.object_id = ? AND changes.revision > ? ORDER BY changes.revision DESC`, id, since)
	return list, err
}

// RoleRenamed tells whether a revision gave the role that a field of a user is about another name: the user has the role still.
func RoleRenamed(ctx context.Context, tx engine.Tx, field string, revision int64) (renamed bool, err error) {
	name, isRole := strings.CutPrefix(field, model.RolePrefix)
	if !isRole {
		return false, nil
	}
	row := tx.Row(ctx, `SELECT EXISTS (SELECT 1 FROM changes WHERE revision = ?1 AND kind = ?2
		AND before -> 0 ->> 1 = ?3 AND after -> 0 ->> 1 <> ?3)`, revision, model.KindRole, name)
	err = row.Scan(&renamed)
	return renamed, err
}

// movedFields names the fields that one change moved; "" is the removal of the whole object.
func movedFields(before, after sql.NullString) ([]string, error) {
	if !after.Valid {
		return []string{""}, nil
	}
	old, oldErr := decodeRecord(before)
	fresh, freshErr := decodeRecord(after)
	var fields []string
	for _, difference := range model.Compare(old, fresh) {
		fields = append(fields, difference.Field)
	}
	return fields, errors.Join(oldErr, freshErr)
}
