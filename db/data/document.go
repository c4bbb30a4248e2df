package data

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"latchkey/db/internal/sqlitefile"
)

// MaxBody is the size in bytes that the fields of one document may have as compact JSON. The schema holds it too.
const MaxBody = 1 << 20

// MaxPage is the size in bytes that the bodies of one [Data.List] may have together: a page is held in memory, so
// that a fault in its middle is an error and not half an answer.
const MaxPage = 64 << 20

// Collection names a set of documents: those of a top resource, or those of a sub-resource under one parent document.
type Collection struct {
	Resource       string
	ParentResource string // "": a top resource
	Parent         int64  // number of the parent document; 0 below a ParentResource: of all parents, for reading only
}

// Fields are the top-level members of a document's JSON object.
type Fields map[string]json.RawMessage

// Document is one stored document.
type Document struct {
	ID        int64           // from 1 in each resource, never used again
	Body      json.RawMessage // a compact JSON object, its members sorted by name
	CreatedAt time.Time
	UpdatedAt time.Time
}

const documentColumns = `id, body, created_at, updated_at`

func scanDocument(scan func(...any) error) (Document, error) {
	var document Document
	var created, updated int64
	if err := scan(&document.ID, (*[]byte)(&document.Body), &created, &updated); err != nil {
		return Document{}, sqlitefile.Explain(err)
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
	where, args := collection.where()
	row := tx.QueryRowContext(ctx, `SELECT `+documentColumns+` FROM documents WHERE `+where+` AND id = ?`, append(args, id)...)
	document, err := scanDocument(row.Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Document{}, ErrNoDocument
	}
	return document, err
}

// List reads one page of a collection in the order of the numbers; page and limit count from 1. A page beyond the
// end is empty. [ErrNoParent], [ErrPageTooLarge].
func (d *Data) List(ctx context.Context, collection Collection, page, limit int64) ([]Document, error) {
	tx, err := d.read()
	if err != nil {
		return nil, err
	}
	list, err := list(ctx, tx, collection, page, limit)
	if err == nil && len(list) == 0 {
		err = checkParent(ctx, tx, collection)
	}
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", collection.Resource, err)
	}
	return list, nil
}

func list(ctx context.Context, tx querier, collection Collection, page, limit int64) ([]Document, error) {
	where, args := collection.where()
	rows, err := tx.QueryContext(ctx, `SELECT `+documentColumns+` FROM documents WHERE `+where+
		` ORDER BY id LIMIT ? OFFSET ?`, append(args, limit, offset(page, limit))...)
	if err != nil {
		return nil, sqlitefile.Explain(err)
	}
	defer rows.Close()
	var list []Document
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
	return list, sqlitefile.Explain(rows.Err())
}

// offset is the number of documents before a page; a page that cannot be counted to is beyond every end.
func offset(page, limit int64) int64 {
	if page-1 > math.MaxInt64/limit {
		return math.MaxInt64
	}
	return (page - 1) * limit
}

// Count tells how many documents a collection has. [ErrNoParent].
func (d *Data) Count(ctx context.Context, collection Collection) (int64, error) {
	tx, err := d.read()
	if err != nil {
		return 0, err
	}
	where, args := collection.where()
	var count int64
	err = sqlitefile.Explain(tx.QueryRowContext(ctx, `SELECT count(*) FROM documents WHERE `+where, args...).Scan(&count))
	if err == nil && count == 0 {
		err = checkParent(ctx, tx, collection)
	}
	if err != nil {
		return 0, fmt.Errorf("counting %s: %w", collection.Resource, err)
	}
	return count, nil
}

// where is the condition that selects the documents of a collection, and its arguments.
func (c Collection) where() (condition string, args []any) {
	if c.ParentResource == "" || c.Parent == 0 {
		return `resource = ?`, []any{c.Resource}
	}
	return `parent = (SELECT number FROM documents WHERE resource = ? AND id = ?) AND resource = ?`,
		[]any{c.ParentResource, c.Parent, c.Resource}
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
	return number, sqlitefile.Explain(err)
}
