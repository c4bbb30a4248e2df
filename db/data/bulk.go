package data

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"latchkey/db/internal/sqlitefile"
)

// maxGivenID keeps numbers within what every JSON reader can hold, and leaves room for later ones.
const maxGivenID = 1<<53 - 1

// Draft is a document that is to be imported. Make it by [NewDraft].
type Draft struct {
	ID   int64           // the number that it is to have; 0: the next one
	Body json.RawMessage // as in [Document]
}

// NewDraft makes a document of fields. [ErrTooLarge].
func NewDraft(id int64, fields Fields) (Draft, error) {
	body, err := encode(fields)
	return Draft{id, body}, err
}

// ImportError says which of the documents of an import cannot be stored, and why.
type ImportError struct {
	Index int // from 0
	Err   error
}

func (e *ImportError) Error() string { return fmt.Sprintf("document %d: %v", e.Index+1, e.Err) }

// Unwrap is the reason.
func (e *ImportError) Unwrap() error { return e.Err }

// Import stores all documents in one transaction, or none: in their order, those without a number getting the next ones.
// A given number must never have been given out before, since clients may still hold that of a deleted document.
// progress is told after each document how many are done; it may be nil.
//
// Errors: *[ImportError] with [ErrUsedID]; [ErrNoParent], [ErrAllParents], [ErrFull], [ErrBusy].
func (d *Data) Import(ctx context.Context, collection Collection, documents []Draft, progress func(done int)) error {
	if len(documents) == 0 {
		return nil
	}
	err := d.change(ctx, collection, func(tx *sql.Tx) error {
		parent, err := parentNumber(ctx, tx, collection)
		if err != nil {
			return err
		}
		last, state, err := d.advance(ctx, tx, collection.Resource, 0)
		if err != nil {
			return err
		}
		ids, err := numbersFor(documents, last)
		if err != nil {
			return err
		}
		if err := insertAll(ctx, tx, collection, parent, state, ids, documents, progress); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE collections SET last_id = ? WHERE resource = ?`, highest(ids), collection.Resource)
		return sqlitefile.Explain(err)
	})
	if err != nil {
		return fmt.Errorf("importing into %s: %w", collection.Resource, err)
	}
	return nil
}

// numbersFor gives each document its number: the given one, or the next above all others. last is the last one that was
// given out before.
func numbersFor(documents []Draft, last int64) ([]int64, error) {
	ids := make([]int64, len(documents))
	given := map[int64]bool{}
	next := last
	for i, document := range documents {
		ids[i] = document.ID
		switch {
		case document.ID == 0:
			continue
		case document.ID <= last || given[document.ID]:
			return nil, &ImportError{i, fmt.Errorf("%w: %d", ErrUsedID, document.ID)}
		case document.ID > maxGivenID:
			return nil, &ImportError{i, fmt.Errorf("%w: %d is too large", ErrUsedID, document.ID)}
		}
		given[document.ID] = true
		next = max(next, document.ID)
	}
	for i := range ids {
		if ids[i] == 0 {
			next++
			ids[i] = next
		}
	}
	return ids, nil
}

func highest(ids []int64) int64 {
	var top int64
	for _, id := range ids {
		top = max(top, id)
	}
	return top
}

func insertAll(ctx context.Context, tx *sql.Tx, collection Collection, parent sql.NullInt64, state State, ids []int64,
	documents []Draft, progress func(done int)) error {
	insert, err := tx.PrepareContext(ctx, `INSERT INTO documents (resource, parent, `+documentColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return sqlitefile.Explain(err)
	}
	defer insert.Close()
	at := state.ChangedAt.UnixMilli()
	for i, document := range documents {
		_, err := insert.ExecContext(ctx, collection.Resource, parent, ids[i], state.Version, at, at, string(document.Body))
		if err != nil {
			return sqlitefile.Explain(err)
		}
		if progress != nil {
			progress(i + 1)
		}
	}
	return nil
}

// Visit calls each visitor with every document of a collection, by number, one visitor after the other and all of one
// state of the file. It holds one document at a time. It ends at the first error, which it returns. [ErrNoParent].
//
// As long as it runs, the write-ahead log of the file cannot be emptied: visitors must not wait for people.
func (d *Data) Visit(ctx context.Context, collection Collection, visitors ...func(Document) error) error {
	if err := d.reader.Check(); err != nil {
		return err
	}
	tx, err := d.reader.Begin(ctx)
	if err != nil {
		return err
	}
	err = checkParent(ctx, tx, collection)
	for _, visit := range visitors {
		if err == nil {
			err = visitAll(ctx, tx, collection, visit)
		}
	}
	return errors.Join(err, sqlitefile.Explain(tx.Rollback()))
}

func visitAll(ctx context.Context, tx querier, collection Collection, visit func(Document) error) error {
	which := collection.where()
	rows, err := tx.QueryContext(ctx, `SELECT `+documentColumns+` FROM documents WHERE `+which.text+` ORDER BY id`, which.args...)
	if err != nil {
		return sqlitefile.Explain(err)
	}
	defer rows.Close()
	for rows.Next() {
		document, err := scanDocument(rows.Scan)
		if err != nil {
			return err
		}
		if err := visit(document); err != nil {
			return err
		}
	}
	return sqlitefile.Explain(rows.Err())
}
