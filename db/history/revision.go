package history

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"latchkey/db/engine"
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

// Holds tells whether the log has a revision of this number and head.
func Holds(ctx context.Context, tx engine.Tx, number int64, head model.Head) (bool, error) {
	var found int
	row := tx.Row(ctx, `SELECT count(*) FROM revisions WHERE number = ? AND head = ?`, number, head[:])
	err := row.Scan(&found)
	return found == 1, err
}

// Newest reads the last revision without its changes; the zero one before the first save.
func Newest(ctx context.Context, tx engine.Tx) (Revision, error) {
	var revision Revision
	var at int64
	var head []byte
	row := tx.Row(ctx, `SELECT number, saved_at, operator, known_by, source, message, head
		FROM revisions ORDER BY number DESC LIMIT 1`)
	err := row.Scan(&revision.Number, &at, &revision.Operator.Name, &revision.Operator.KnownBy,
		&revision.Operator.Source, &revision.Message, &head)
	if errors.Is(err, sql.ErrNoRows) {
		return Revision{}, nil
	}
	if err != nil {
		return Revision{}, fmt.Errorf("reading the newest revision: %w", err)
	}
	revision.SavedAt = time.UnixMilli(at).UTC()
	copy(revision.Head[:], head)
	return revision, nil
}

// Append writes a revision and its changes behind the one with the last head, and returns it with its own.
func Append(ctx context.Context, tx engine.Tx, last model.Head, revision Revision) (Revision, error) {
	// The order in which the table keeps them: a head must be computable from what is stored.
	slices.SortFunc(revision.Changes, func(a, b model.RecordedChange) int { return cmp.Compare(a.ObjectID, b.ObjectID) })
	stored, err := revision.logged()
	if err != nil {
		return Revision{}, err
	}
	stored.Head = stored.seal(last)
	return stored.Revision, stored.insert(ctx, tx)
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
func (r *loggedRevision) insert(ctx context.Context, tx engine.Tx) error {
	_, err := tx.Exec(ctx, `INSERT INTO revisions (number, saved_at, operator, known_by, source, message, head)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, r.Number, r.savedAt, r.Operator.Name, r.Operator.KnownBy,
		r.Operator.Source, r.Message, r.Head[:])
	if err != nil {
		return err
	}
	for _, change := range r.changes {
		_, err = tx.Exec(ctx, `INSERT INTO changes (revision, object_id, kind, before, after)
			VALUES (?, ?, ?, ?, ?)`, r.Number, change.id, change.kind, change.before, change.after)
		if err != nil {
			return err
		}
	}
	return nil
}
