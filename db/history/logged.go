package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"latchkey/db/engine"
	"latchkey/db/model"
)

// loggedRevision is a revision and its changes as they are stored.
type loggedRevision struct {
	Revision // without Changes; Head is zero where no hash is stored
	savedAt  int64
	changes  []loggedChange // by number of the object
}

// loggedChange is a change with its records as they are stored.
type loggedChange struct {
	id            int64
	kind          string
	before, after sql.NullString
}

// loggedQuery selects revisions, each with its changes; what follows it chooses and orders them.
const loggedQuery = `SELECT revisions.number, revisions.saved_at, revisions.operator, revisions.known_by, revisions.source,
	revisions.message, revisions.head, changes.object_id, changes.kind, changes.before, changes.after
	FROM revisions LEFT JOIN changes ON changes.revision = revisions.number `

// eachLogged visits the revisions that a query beginning with loggedQuery selects. It holds one of them at a time.
func eachLogged(ctx context.Context, tx engine.Tx, query string, args []any, visit func(*loggedRevision) error) error {
	var gathered *loggedRevision
	err := tx.Each(ctx, func(row engine.Row) error {
		one, err := scanLogged(row)
		switch {
		case err != nil:
			return err
		case gathered != nil && gathered.Number == one.Number:
			gathered.changes = append(gathered.changes, one.changes...)
			return nil
		case gathered != nil:
			err = visit(gathered)
		}
		gathered = one
		return err
	}, query, args...)
	if err != nil || gathered == nil {
		return err
	}
	return visit(gathered)
}

// scanLogged reads a revision with one of its changes, or none.
func scanLogged(row engine.Row) (*loggedRevision, error) {
	var read loggedRevision
	var head []byte
	var id sql.NullInt64
	var kind, before, after sql.NullString
	err := row.Scan(&read.Number, &read.savedAt, &read.Operator.Name, &read.Operator.KnownBy, &read.Operator.Source, &read.Message,
		&head, &id, &kind, &before, &after)
	if err != nil {
		return nil, err
	}
	read.SavedAt = time.UnixMilli(read.savedAt).UTC()
	if len(head) == len(read.Head) {
		copy(read.Head[:], head)
	}
	if id.Valid {
		read.changes = []loggedChange{{id.Int64, kind.String, before, after}}
	}
	return &read, nil
}

// decode is the revision with its changes by label.
func (r *loggedRevision) decode() (Revision, error) {
	revision := r.Revision
	for _, stored := range r.changes {
		change, err := stored.decode()
		if err != nil {
			return Revision{}, fmt.Errorf("revision %d: %w", r.Number, err)
		}
		revision.Changes = append(revision.Changes, change)
	}
	sortChanges(revision.Changes)
	return revision, nil
}

func (c loggedChange) decode() (model.RecordedChange, error) {
	before, beforeErr := decodeRecord(c.before)
	after, afterErr := decodeRecord(c.after)
	return model.RecordedChange{ObjectID: c.id, Kind: model.Kind(c.kind), Before: before, After: after}, errors.Join(beforeErr, afterErr)
}

// Read reads one revision with its changes. [model.ErrNoRevision].
func Read(ctx context.Context, tx engine.Tx, number int64) (revision Revision, err error) {
	query := loggedQuery + "WHERE revisions.number = ?"
	err = eachLogged(ctx, tx, query, []any{number}, func(logged *loggedRevision) (err error) {
		revision, err = logged.decode()
		return err
	})
	if err == nil && revision.Number == 0 {
		err = fmt.Errorf("%w: %d", model.ErrNoRevision, number)
	}
	if err == nil {
		err = layOver(ctx, tx, number, revision.Changes)
	}
	return revision, err
}
