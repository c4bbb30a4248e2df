package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"latchkey/db/internal/sqlite"
	"latchkey/db/model"
)

// Revision is the record of one save.
type Revision struct {
	Number   int64 // from 1, without gaps
	SavedAt  time.Time
	Operator model.Operator
	Message  string
	Head     model.Head // chains this record to all before it
	Changes  []model.RecordedChange
}

// Head returns the newest revision without its changes; the zero Revision before the first save.
func (d *DB) Head(ctx context.Context) (Revision, error) { return readHead(ctx, d.pool) }

func readHead(ctx context.Context, tx querier) (Revision, error) {
	var revision Revision
	var at int64
	var head []byte
	row := tx.QueryRowContext(ctx, `SELECT number, saved_at, operator, known_by, source, message, head
		FROM revisions ORDER BY number DESC LIMIT 1`)
	err := row.Scan(&revision.Number, &at, &revision.Operator.Name, &revision.Operator.KnownBy,
		&revision.Operator.Source, &revision.Message, &head)
	if errors.Is(err, sql.ErrNoRows) {
		return Revision{}, nil
	}
	if err != nil {
		return Revision{}, fmt.Errorf("reading the newest revision: %w", sqlite.Explain(err))
	}
	revision.SavedAt = time.UnixMilli(at).UTC()
	copy(revision.Head[:], head)
	return revision, nil
}

// logged is the revision as it is stored and hashed.
func (r Revision) logged() (*loggedRevision, error) {
	stored := &loggedRevision{Revision: r, savedAt: r.SavedAt.UnixMilli()}
	for _, change := range r.Changes {
		before, beforeErr := encodeRecord(change.Before)
		after, afterErr := encodeRecord(change.After)
		if err := errors.Join(beforeErr, afterErr); err != nil {
			return nil, err
		}
		stored.changes = append(stored.changes, loggedChange{change.ObjectID, string(change.Kind), before, after})
	}
	return stored, nil
}

func encodeRecord(record model.Record) (sql.NullString, error) {
	if record == nil {
		return sql.NullString{}, nil
	}
	content, err := json.Marshal(record)
	return sql.NullString{String: string(content), Valid: true}, err
}

func decodeRecord(content sql.NullString) (model.Record, error) {
	if !content.Valid {
		return nil, nil
	}
	var record model.Record
	if err := json.Unmarshal([]byte(content.String), &record); err != nil {
		return nil, fmt.Errorf("%w: a record cannot be read: %w", model.ErrDamaged, err)
	}
	return record, nil
}

// insert writes the revision and its changes.
func (r *loggedRevision) insert(ctx context.Context, tx querier) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO revisions (number, saved_at, operator, known_by, source, message, head)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, r.Number, r.savedAt, r.Operator.Name, r.Operator.KnownBy,
		r.Operator.Source, r.Message, r.Head[:])
	if err != nil {
		return sqlite.Explain(err)
	}
	for _, change := range r.changes {
		_, err = tx.ExecContext(ctx, `INSERT INTO changes (revision, object_id, kind, before, after)
			VALUES (?, ?, ?, ?, ?)`, r.Number, change.id, change.kind, change.before, change.after)
		if err != nil {
			return sqlite.Explain(err)
		}
	}
	return nil
}

// moves lists who changed which field of an object after a revision, the last change of each field.
func moves(ctx context.Context, tx querier, id, since int64) ([]model.FieldMove, error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT changes.revision, revisions.operator, changes.before, changes.after
		FROM changes JOIN revisions ON revisions.number = changes.revision
		WHERE changes.object_id = ? AND changes.revision > ? ORDER BY changes.revision DESC`, id, since)
	if err != nil {
		return nil, sqlite.Explain(err)
	}
	defer rows.Close()
	var list []model.FieldMove
	seen := map[string]bool{}
	for rows.Next() {
		var revision int64
		var operator string
		var before, after sql.NullString
		if err := rows.Scan(&revision, &operator, &before, &after); err != nil {
			return nil, sqlite.Explain(err)
		}
		fields, err := movedFields(before, after)
		if err != nil {
			return nil, err
		}
		for _, field := range fields {
			if !seen[field] {
				seen[field] = true
				list = append(list, model.FieldMove{Field: field, Operator: operator, Revision: revision})
			}
		}
	}
	return list, sqlite.Explain(rows.Err())
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
