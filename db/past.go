package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"latchkey/db/internal/sqlite"
	"latchkey/db/model"
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

// revisionOf reads one revision without its changes; the zero one for 0.
func revisionOf(ctx context.Context, tx querier, number int64) (Revision, error) {
	if number == 0 {
		return Revision{}, nil
	}
	revision := Revision{Number: number}
	var at int64
	row := tx.QueryRowContext(ctx, `SELECT saved_at, operator, message FROM revisions WHERE number = ?`, number)
	err := row.Scan(&at, &revision.Operator.Name, &revision.Message)
	if errors.Is(err, sql.ErrNoRows) {
		return Revision{}, fmt.Errorf("%w: %d", model.ErrNoRevision, number)
	}
	revision.SavedAt = time.UnixMilli(at).UTC()
	return revision, sqlite.Explain(err)
}

// pastRoles reads the roles of a past state, by name.
func pastRoles(ctx context.Context, tx querier, revision int64) (map[string]*model.Object, error) {
	roles := map[string]*model.Object{}
	err := eachRow(ctx, tx, func(rows *sql.Rows) error {
		role, _, err := scanRecorded(rows)
		roles[role.Name] = &role
		return err
	}, pastByName, model.KindRole, revision)
	return roles, err
}

func (h *Holders) findPast(ctx context.Context, name string) (Holder, error) {
	var found *Holder
	err := eachRow(ctx, h.tx, func(rows *sql.Rows) error {
		holder, err := h.scanPast(rows)
		found = &holder
		return err
	}, pastOfName, model.KindUser, h.Revision.Number, name)
	if err == nil && found == nil {
		err = model.ErrNoUser
	}
	if err != nil {
		return Holder{}, fmt.Errorf("%w: %s in revision %d", err, name, h.Revision.Number)
	}
	return *found, nil
}

func (h *Holders) eachPast(ctx context.Context, visit func(holder Holder) error) error {
	return eachRow(ctx, h.tx, func(rows *sql.Rows) error {
		holder, err := h.scanPast(rows)
		if err != nil {
			return err
		}
		return visit(holder)
	}, pastByName, model.KindUser, h.Revision.Number)
}

func (h *Holders) scanPast(rows *sql.Rows) (Holder, error) {
	user, enabled, err := scanRecorded(rows)
	return Holder{Name: user.Name, Enabled: enabled, Rules: user.Effective(h.roles)}, err
}

// scanRecorded reads what a record keeps of an object's name, rules and roles, and whether it had API access.
func scanRecorded(rows *sql.Rows) (object model.Object, enabled bool, err error) {
	var content sql.NullString
	if err := rows.Scan(&content); err != nil {
		return model.Object{}, false, sqlite.Explain(err)
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
	return object, strings.HasPrefix(record.Value(model.FieldAccess), "on"), err
}
