package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"latchkey/db/internal/sqlitefile"
	"latchkey/perms"
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
		return Revision{}, fmt.Errorf("%w: %d", ErrNoRevision, number)
	}
	revision.SavedAt = time.UnixMilli(at).UTC()
	return revision, sqlitefile.Explain(err)
}

// pastRoles reads the roles of a past state, by name.
func pastRoles(ctx context.Context, tx querier, revision int64) (map[string]*Object, error) {
	roles := map[string]*Object{}
	err := eachRow(ctx, tx, func(rows *sql.Rows) error {
		role, _, err := scanRecorded(rows)
		roles[role.Name] = &role
		return err
	}, pastByName, KindRole, revision)
	return roles, err
}

func (h *Holders) findPast(ctx context.Context, name string) (Holder, error) {
	var found *Holder
	err := eachRow(ctx, h.tx, func(rows *sql.Rows) error {
		holder, err := h.scanPast(rows)
		found = &holder
		return err
	}, pastOfName, KindUser, h.Revision.Number, name)
	if err == nil && found == nil {
		err = ErrNoUser
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
	}, pastByName, KindUser, h.Revision.Number)
}

func (h *Holders) scanPast(rows *sql.Rows) (Holder, error) {
	user, enabled, err := scanRecorded(rows)
	return Holder{Name: user.Name, Enabled: enabled, Rules: user.Effective(h.roles)}, err
}

// scanRecorded reads what a record keeps of an object's name, rules and roles, and whether it had API access.
func scanRecorded(rows *sql.Rows) (object Object, enabled bool, err error) {
	var content sql.NullString
	if err := rows.Scan(&content); err != nil {
		return Object{}, false, sqlitefile.Explain(err)
	}
	record, err := decodeRecord(content)
	for _, field := range record {
		role, isRole := strings.CutPrefix(field.Key, rolePrefix)
		pattern, isRule := strings.CutPrefix(field.Key, rulePrefix)
		switch {
		case isRole:
			object.Roles = append(object.Roles, role)
		case isRule:
			rule, ruleErr := recordedRule(pattern, field.Value)
			object.Rules, err = append(object.Rules, rule), errors.Join(err, ruleErr)
		}
	}
	object.Name = record.Name()
	return object, strings.HasPrefix(record.Value(fieldAccess), "on"), err
}

// recordedRule reads a rule as it stands in a record: "allow", or "deny until 2026-12-31T00:00:00Z".
func recordedRule(pattern, value string) (rule perms.Rule, err error) {
	effect, until, ends := strings.Cut(value, " until ")
	effectErr := rule.Effect.UnmarshalText([]byte(effect))
	patternErr := rule.Pattern.UnmarshalText([]byte(pattern))
	var untilErr error
	if ends {
		rule.Until, untilErr = time.Parse(time.RFC3339, until)
	}
	if err := errors.Join(effectErr, patternErr, untilErr); err != nil {
		return perms.Rule{}, fmt.Errorf("%w: reading a recorded rule: %w", ErrDamaged, err)
	}
	return rule, nil
}
