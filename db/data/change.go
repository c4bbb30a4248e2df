package data

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"

	"latchkey/db/internal/sqlitefile"
)

// Create stores a new document and gives it the next number of its resource. [ErrNoParent], [ErrTooLarge],
// [ErrFull], [ErrBusy]: nothing was stored.
func (d *Data) Create(ctx context.Context, collection Collection, fields Fields) (Document, error) {
	document := Document{}
	body, err := encode(fields)
	if err == nil {
		err = d.change(ctx, collection, func(tx *sql.Tx) (err error) {
			now := d.now()
			document = Document{Body: body, CreatedAt: now, UpdatedAt: now}
			document.ID, err = insert(ctx, tx, collection, document)
			return err
		})
	}
	if err != nil {
		return Document{}, fmt.Errorf("creating one of %s: %w", collection.Resource, err)
	}
	return document, nil
}

func insert(ctx context.Context, tx querier, collection Collection, document Document) (id int64, err error) {
	parent, err := parentNumber(ctx, tx, collection)
	if err != nil {
		return 0, err
	}
	row := tx.QueryRowContext(ctx, `INSERT INTO sequences (resource, last) VALUES (?, 1)
		ON CONFLICT (resource) DO UPDATE SET last = last + 1 RETURNING last`, collection.Resource)
	if err := row.Scan(&id); err != nil {
		return 0, sqlitefile.Explain(err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO documents (resource, parent, `+documentColumns+`) VALUES (?, ?, ?, ?, ?, ?)`,
		collection.Resource, parent, id, string(document.Body),
		document.CreatedAt.UnixMilli(), document.UpdatedAt.UnixMilli())
	return id, sqlitefile.Explain(err)
}

// Update sets the given top-level fields of a document, whole, and leaves the others as they are; reading and writing
// are one transaction, so that updates of different fields lose nothing. No fields: no change, and UpdatedAt stays.
// [ErrNoDocument], [ErrTooLarge], [ErrFull], [ErrBusy]: nothing was changed.
func (d *Data) Update(ctx context.Context, collection Collection, id int64, changes Fields) (Document, error) {
	if len(changes) == 0 {
		return d.Get(ctx, collection, id)
	}
	var document Document
	err := d.change(ctx, collection, func(tx *sql.Tx) (err error) {
		if document, err = get(ctx, tx, collection, id); err != nil {
			return err
		}
		if document.Body, err = merge(document.Body, changes); err != nil {
			return err
		}
		document.UpdatedAt = d.now()
		_, err = tx.ExecContext(ctx, `UPDATE documents SET body = ?, updated_at = ? WHERE resource = ? AND id = ?`,
			string(document.Body), document.UpdatedAt.UnixMilli(), collection.Resource, id)
		return sqlitefile.Explain(err)
	})
	if err != nil {
		return Document{}, fmt.Errorf("updating %s %d: %w", collection.Resource, id, err)
	}
	return document, nil
}

// Delete removes a document and everything that hangs under it. [ErrNoDocument], [ErrFull], [ErrBusy]: nothing was
// removed.
func (d *Data) Delete(ctx context.Context, collection Collection, id int64) error {
	err := d.change(ctx, collection, func(tx *sql.Tx) error {
		where, args := collection.where()
		result, err := tx.ExecContext(ctx, `DELETE FROM documents WHERE `+where+` AND id = ?`, append(args, id)...) //nolint:gosec // where is one of two constants
		if err != nil {
			return sqlitefile.Explain(err)
		}
		removed, err := result.RowsAffected()
		if err == nil && removed == 0 {
			err = ErrNoDocument
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("deleting %s %d: %w", collection.Resource, id, err)
	}
	return nil
}

// DeleteAll removes every document of a collection and everything that hangs under them; none is no error.
// [ErrNoParent], [ErrFull], [ErrBusy]: nothing was removed.
func (d *Data) DeleteAll(ctx context.Context, collection Collection) error {
	err := d.change(ctx, collection, func(tx *sql.Tx) error {
		if err := checkParent(ctx, tx, collection); err != nil {
			return err
		}
		where, args := collection.where()
		_, err := tx.ExecContext(ctx, `DELETE FROM documents WHERE `+where, args...) //nolint:gosec // where is one of two constants
		return sqlitefile.Explain(err)
	})
	if err != nil {
		return fmt.Errorf("deleting all of %s: %w", collection.Resource, err)
	}
	return nil
}

// merge sets the members of changes in a stored object.
func merge(body json.RawMessage, changes Fields) (json.RawMessage, error) {
	var fields Fields
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, fmt.Errorf("%w: a document is no JSON object: %w", ErrDamaged, err)
	}
	if fields == nil {
		return nil, fmt.Errorf("%w: a document is null", ErrDamaged)
	}
	maps.Copy(fields, changes)
	return encode(fields)
}

// encode is the stored form of fields: compact, members sorted, no escapes for HTML.
func encode(fields Fields) (json.RawMessage, error) {
	if fields == nil {
		fields = Fields{}
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(fields); err != nil {
		return nil, fmt.Errorf("encoding a document: %w", err)
	}
	body := bytes.TrimSuffix(text.Bytes(), []byte("\n"))
	if len(body) > MaxBody {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(body), MaxBody)
	}
	return body, nil
}
