package data

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"latchkey/db/internal/sqlite"
)

// MaxBody is the size in bytes that the fields of one document may have as compact JSON. The schema holds it too.
const MaxBody = 1 << 20

// MaxPage is the size in bytes that the bodies of one [Data.List] may have together: a page is held in memory, so
// that a fault in its middle is an error and not half an answer.
const MaxPage = 8 << 20

// Collection names a set of documents: those of a top resource, or those of a sub-resource under one parent document.
type Collection struct {
	Resource       string
	ParentResource string // "": a top resource
	Parent         int64  // number of the parent document; 0 below a ParentResource: of all parents, for reading only
	ParentField    string // by this name, conditions and orders find the number of the parent of each; "": by none
}

// Fields are the top-level members of a document's JSON object.
type Fields map[string]json.RawMessage

// Document is one stored document.
type Document struct {
	ID        int64           // from 1 in each resource, never used again
	Parent    int64           // number of the parent document; 0: it hangs under none
	Version   int64           // of the collection, when the document was last changed
	Body      json.RawMessage // a compact JSON object, its members sorted by name
	CreatedAt time.Time       // in whole seconds, UTC
	UpdatedAt time.Time       // likewise
}

// State tells how far the document has come.
func (d Document) State() State { return State{Version: d.Version, ChangedAt: d.UpdatedAt} }

const documentColumns = `id, version, created_at, updated_at, body`

// parentOf is the number of the parent of a document, NULL where it has none.
const parentOf = `(SELECT above.id FROM documents AS above WHERE above.number = documents.parent)`

// columns are what is read of each document of the collection.
func (c Collection) columns() string {
	if c.ParentResource == "" {
		return documentColumns + `, 0`
	}
	return documentColumns + `, ` + parentOf
}

func scanDocument(scan func(...any) error) (Document, error) {
	var document Document
	var created, updated int64
	if err := scan(&document.ID, &document.Version, &created, &updated, (*[]byte)(&document.Body), &document.Parent); err != nil {
		return Document{}, sqlite.Explain(err)
	}
	if len(document.Body) < 2 || document.Body[0] != '{' || document.Body[len(document.Body)-1] != '}' {
		return Document{}, fmt.Errorf("%w: document %d is no JSON object", ErrDamaged, document.ID)
	}
	document.CreatedAt = time.UnixMilli(created).UTC()
	document.UpdatedAt = time.UnixMilli(updated).UTC()
	return document, nil
}

// Get reads one document. [ErrNoDocument] also when it hangs under another parent.
func (d *Data) Get(ctx context.Context, collection Collection, id int64) (Document, error) {
	tx, err := d.read()
	if err != nil {
		return Document{}, err
	}
	document, err := get(ctx, tx, collection, id)
	if err != nil {
		return Document{}, fmt.Errorf("reading %s %d: %w", collection.Resource, id, err)
	}
	return document, nil
}

func get(ctx context.Context, tx querier, collection Collection, id int64) (Document, error) {
	which := collection.where()
	which.add(" AND id = ?", id)
	row := tx.QueryRowContext(ctx, `SELECT `+collection.columns()+` FROM documents WHERE `+which.text, which.args...)
	document, err := scanDocument(row.Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Document{}, ErrNoDocument
	}
	return document, err
}

// List reads one page of what a query leaves of a collection; a page beyond the end is empty.
//
// Conditions compare by what a document has in the field. Equal: a text, if it is the same or both are dates of the same
// instant; a number, as numbers, and digit by digit where neither an int64 nor a double holds the value that is asked for;
// true and false, also written 1 and 0; null, written as nothing. In a range: numbers and
// texts that are JSON numbers if the value is a number, texts that are dates if it is a date. Whatever else a field has,
// and a document without it, does not meet the condition. A range by a number beyond an int64 is a *[ConditionError]. Sorting: first what is missing or null, then numbers (false is
// 0, true 1), then texts by their bytes, with lists and objects as JSON. A field that no document of the collection has is a
// *[SortError].
//
// [ErrNoParent], [ErrPageTooLarge], [ErrSlow], *[ConditionError], *[SortError].
func (d *Data) List(ctx context.Context, collection Collection, query Query) ([]Document, error) {
	tx, err := d.read()
	if err != nil {
		return nil, err
	}
	var found []Document
	err = d.limited(ctx, query, func(ctx context.Context) error {
		if err := CheckConditions(collection, query.Where); err != nil {
			return err
		}
		if err := refuseUnknownOrder(ctx, tx, collection, query.Sort); err != nil {
			return err
		}
		if found, err = list(ctx, tx, collection, query); err == nil && len(found) == 0 {
			err = checkParent(ctx, tx, collection)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", collection.Resource, err)
	}
	return found, nil
}

func list(ctx context.Context, tx querier, collection Collection, query Query) ([]Document, error) {
	which, err := query.selecting(`SELECT `+collection.columns()+` FROM documents WHERE `, collection)
	if err != nil {
		return nil, err
	}
	if err := query.page(&which, documentFields{collection.ParentField}); err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(ctx, which.text, which.args...)
	if err != nil {
		return nil, sqlite.Explain(err)
	}
	defer rows.Close()
	list := make([]Document, 0, min(query.Limit, maxReserved))
	size := 0
	for rows.Next() {
		document, err := scanDocument(rows.Scan)
		if err != nil {
			return nil, err
		}
		if size += len(document.Body); size > MaxPage {
			return nil, ErrPageTooLarge
		}
		list = append(list, document)
	}
	return list, sqlite.Explain(rows.Err())
}

// maxReserved is for how many documents room is made before it is known how many there are.
const maxReserved = 250

// offset is the number of documents before a page; a page that cannot be counted to is beyond every end.
func offset(page, limit int64) int64 {
	if page-1 > math.MaxInt64/limit {
		return math.MaxInt64
	}
	return (page - 1) * limit
}

// Count tells how many documents of a collection the conditions leave. [ErrNoParent], [ErrSlow], *[ConditionError].
func (d *Data) Count(ctx context.Context, collection Collection, where []Condition) (int64, error) {
	tx, err := d.read()
	if err != nil {
		return 0, err
	}
	query := Query{Where: where}
	which, err := query.selecting(`SELECT count(*) FROM documents WHERE `, collection)
	if err != nil {
		return 0, err
	}
	var count int64
	err = d.limited(ctx, query, func(ctx context.Context) error {
		err := sqlite.Explain(tx.QueryRowContext(ctx, which.text, which.args...).Scan(&count))
		if err == nil && count == 0 {
			err = checkParent(ctx, tx, collection)
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("counting %s: %w", collection.Resource, err)
	}
	return count, nil
}

// selecting begins a query with the documents of a collection that the conditions leave.
func (q Query) selecting(what string, collection Collection) (clause, error) {
	of := clause{text: what}
	which := collection.where()
	of.add(which.text, which.args...)
	return of, q.where(&of, documentFields{collection.ParentField})
}

// where is the condition that selects the documents of a collection.
func (c Collection) where() clause {
	if c.ParentResource == "" || c.Parent == 0 {
		return clause{text: `resource = ?`, args: []any{c.Resource}}
	}
	return clause{text: `parent = (SELECT number FROM documents WHERE resource = ? AND id = ?) AND resource = ?`,
		args: []any{c.ParentResource, c.Parent, c.Resource}}
}

// checkParent is nil for a collection that hangs under nothing or under a document that exists.
func checkParent(ctx context.Context, tx querier, collection Collection) error {
	if collection.ParentResource == "" || collection.Parent == 0 {
		return nil
	}
	_, err := parentNumber(ctx, tx, collection)
	return err
}

// parentNumber finds the row that the documents of a collection hang on; it is NULL for a top resource.
func parentNumber(ctx context.Context, tx querier, collection Collection) (number sql.NullInt64, err error) {
	if collection.ParentResource == "" {
		return number, nil
	}
	row := tx.QueryRowContext(ctx, `SELECT number FROM documents WHERE resource = ? AND id = ?`,
		collection.ParentResource, collection.Parent)
	err = row.Scan(&number)
	if errors.Is(err, sql.ErrNoRows) {
		return number, fmt.Errorf("%w: %s %d", ErrNoParent, collection.ParentResource, collection.Parent)
	}
	return number, sqlite.Explain(err)
}
