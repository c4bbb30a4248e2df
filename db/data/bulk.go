package data

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"latchkey/db/internal/sqlite"
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
	_, err := d.importAll(ctx, collection, documents, false, progress)
	return err
}

// ImportOver is [Data.Import], but what has the number of a document of the collection changes that one, as [Data.Update]
// does; it returns how many those were. Errors beside those of Import: *[ImportError] with [ErrTooLarge].
func (d *Data) ImportOver(ctx context.Context, collection Collection, documents []Draft, progress func(done int)) (changed int, err error) {
	return d.importAll(ctx, collection, documents, true, progress)
}

func (d *Data) importAll(ctx context.Context, collection Collection, documents []Draft, over bool,
	progress func(done int)) (changed int, err error) {
	if len(documents) == 0 {
		return 0, nil
	}
	bytes := 0
	for _, document := range documents {
		bytes += len(document.Body)
	}
	err = d.change(ctx, collection, func(tx *sql.Tx) error {
		if err := requireFree(ctx, d, tx, len(documents), bytes); err != nil {
			return err
		}
		storing := storing{collection: collection, writer: d.account.writer(), progress: progress}
		var last int64
		if storing.parent, err = parentNumber(ctx, tx, collection); err != nil {
			return err
		}
		if last, storing.state, err = d.advance(ctx, tx, collection.Resource, 0); err != nil {
			return err
		}
		if over {
			if storing.there, err = numbersThere(ctx, tx, collection, documents); err != nil {
				return err
			}
		}
		ids, err := numbersFor(documents, last, storing.there)
		if err != nil {
			return err
		}
		if err := storing.all(ctx, tx, ids, documents); err != nil {
			return err
		}
		changed = len(storing.there)
		_, err = tx.ExecContext(ctx, `UPDATE collections SET last_id = max(last_id, ?) WHERE resource = ?`, slices.Max(ids), collection.Resource)
		return sqlite.Explain(err)
	})
	if err != nil {
		return 0, fmt.Errorf("importing into %s: %w", collection.Resource, err)
	}
	return changed, nil
}

// numbersThere finds which numbers of documents are those of documents of the collection.
func numbersThere(ctx context.Context, tx *sql.Tx, collection Collection, documents []Draft) (map[int64]bool, error) {
	which, in := clause{text: `SELECT count(*) FROM documents WHERE `}, collection.where()
	which.add(in.text, in.args...)
	which.add(` AND id = ?`)
	look, err := tx.PrepareContext(ctx, which.text)
	if err != nil {
		return nil, sqlite.Explain(err)
	}
	defer look.Close()
	there := map[int64]bool{}
	for _, document := range documents {
		var found bool
		if err := look.QueryRowContext(ctx, append(slices.Clone(which.args), document.ID)...).Scan(&found); err != nil {
			return nil, sqlite.Explain(err)
		}
		if found {
			there[document.ID] = true
		}
	}
	return there, nil
}

// numbersFor gives each document its number: the given one, or the next above all others. last is the last one that was
// given out before; those that are there may be given all the same.
func numbersFor(documents []Draft, last int64, there map[int64]bool) ([]int64, error) {
	ids := make([]int64, len(documents))
	given := map[int64]bool{}
	next := last
	for i, document := range documents {
		ids[i] = document.ID
		switch {
		case document.ID == 0:
			continue
		case given[document.ID] || document.ID <= last && !there[document.ID]:
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

// storing is an import under way.
type storing struct {
	collection Collection
	parent     sql.NullInt64
	writer     sql.NullInt64
	state      State          // of all that it stores
	there      map[int64]bool // the documents that it changes
	progress   func(done int)

	insert, look, rewrite *sql.Stmt
}

// prepare spares SQLite to read the same statements for each document: other writers wait for the end of the transaction.
func (s *storing) prepare(ctx context.Context, tx *sql.Tx) (err error) {
	for _, one := range []struct {
		to   **sql.Stmt
		text string
	}{
		{&s.insert, `INSERT INTO documents (resource, parent, writer, ` + documentColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`},
		{&s.look, `SELECT ` + documentColumns + `, 0 FROM documents WHERE resource = ? AND id = ?`},
		{&s.rewrite, rewriteDocument},
	} {
		if *one.to, err = tx.PrepareContext(ctx, one.text); err != nil { //nolint:sqlclosecheck // closed with the transaction
			return sqlite.Explain(err)
		}
	}
	return nil
}

func (s *storing) all(ctx context.Context, tx *sql.Tx, ids []int64, documents []Draft) error {
	if err := s.prepare(ctx, tx); err != nil {
		return err
	}
	at := s.state.ChangedAt.UnixMilli()
	for i, document := range documents {
		var err error
		if s.there[ids[i]] {
			err = s.over(ctx, document)
		} else {
			_, err = s.insert.ExecContext(ctx, s.collection.Resource, s.parent, s.writer, ids[i], s.state.Version, at, at, string(document.Body))
			err = sqlite.Explain(err)
		}
		if errors.Is(err, ErrTooLarge) {
			err = &ImportError{i, err}
		}
		if err != nil {
			return err
		}
		if s.progress != nil {
			s.progress(i + 1)
		}
	}
	return nil
}

// over changes the document that is there.
func (s *storing) over(ctx context.Context, draft Draft) error {
	document, err := scanDocument(s.look.QueryRowContext(ctx, s.collection.Resource, draft.ID).Scan)
	if err != nil {
		return err
	}
	var changes Fields
	if err := json.Unmarshal(draft.Body, &changes); err != nil || len(changes) == 0 {
		return err
	}
	if err := document.change(changes, s.state); err != nil {
		return err
	}
	_, err = s.rewrite.ExecContext(ctx, document.rewritten(s.collection, s.writer)...)
	return sqlite.Explain(err)
}
