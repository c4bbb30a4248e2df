package data

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"

	"latchkey/db/internal/sqlite"
)

// Create stores a new document and gives it the next number of its resource. check may be nil; it sees the collection.
// [ErrNoParent], [ErrTooLarge], [ErrName], [ErrFull], [ErrBusy]: nothing was stored.
func (d *Data) Create(ctx context.Context, collection Collection, fields Fields, check Precondition) (Document, error) {
	document := Document{}
	body, err := encode(fields)
	if err == nil {
		err = d.change(ctx, collection, func(tx *sql.Tx) error {
			if err := checkCollection(ctx, tx, collection, check); err != nil {
				return err
			}
			document, err = d.insert(ctx, tx, collection, body)
			return err
		})
	}
	if err != nil {
		return Document{}, fmt.Errorf("creating one of %s: %w", collection.Resource, err)
	}
	return document, nil
}

// checkCollection: a parent that is not there comes first, since the request would fail without the precondition too.
func checkCollection(ctx context.Context, tx querier, collection Collection, check Precondition) error {
	if err := checkParent(ctx, tx, collection); err != nil || check == nil {
		return err
	}
	state, err := stateOf(ctx, tx, collection)
	if err != nil {
		return err
	}
	return check(state)
}

func (d *Data) insert(ctx context.Context, tx *sql.Tx, collection Collection, body json.RawMessage) (Document, error) {
	if err := requireFree(ctx, d, tx, 1, len(body)); err != nil {
		return Document{}, err
	}
	parent, err := parentNumber(ctx, tx, collection)
	if err != nil {
		return Document{}, err
	}
	id, state, err := d.advance(ctx, tx, collection.Resource, 1)
	if err != nil {
		return Document{}, err
	}
	document := Document{ID: id, Parent: collection.Parent, Version: state.Version, Body: body, CreatedAt: state.ChangedAt, UpdatedAt: state.ChangedAt}
	_, err = tx.ExecContext(ctx, `INSERT INTO documents (resource, parent, writer, `+documentColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		collection.Resource, parent, d.account.writer(), document.ID, document.Version, document.CreatedAt.UnixMilli(),
		document.UpdatedAt.UnixMilli(), string(document.Body))
	return document, sqlite.Explain(err)
}

// Update sets the given top-level fields of a document, whole, and leaves the others as they are; reading and writing
// are one transaction, so that updates of different fields lose nothing. No fields: no change, and the state stays.
// check may be nil. [ErrNoDocument], [ErrTooLarge], [ErrName], [ErrFull], [ErrBusy]: nothing was changed.
func (d *Data) Update(ctx context.Context, collection Collection, id int64, changes Fields, check Precondition) (Document, error) {
	var document Document
	err := d.change(ctx, collection, func(tx *sql.Tx) (err error) {
		if document, err = get(ctx, tx, collection, id); err != nil {
			return err
		}
		if err = check.judge(document.State()); err != nil || len(changes) == 0 {
			return err
		}
		document, err = d.update(ctx, tx, collection, document, changes)
		return err
	})
	if err != nil {
		return Document{}, fmt.Errorf("updating %s %d: %w", collection.Resource, id, err)
	}
	return document, nil
}

func (d *Data) update(ctx context.Context, tx *sql.Tx, collection Collection, document Document, changes Fields) (Document, error) {
	_, state, err := d.advance(ctx, tx, collection.Resource, 0)
	if err == nil {
		err = document.change(changes, state)
	}
	if err == nil {
		err = requireFree(ctx, d, tx, 1, len(document.Body))
	}
	if err != nil {
		return Document{}, err
	}
	_, err = tx.ExecContext(ctx, rewriteDocument, document.rewritten(collection, d.account.writer())...)
	return document, sqlite.Explain(err)
}

// change sets fields of a document, whose state this becomes.
func (d *Document) change(changes Fields, state State) (err error) {
	d.Version, d.UpdatedAt = state.Version, state.ChangedAt
	d.Body, err = merge(d.Body, changes)
	return err
}

const rewriteDocument = `UPDATE documents SET body = ?, version = ?, updated_at = ?, writer = ? WHERE resource = ? AND id = ?`

// rewritten are the arguments of [rewriteDocument].
func (d *Document) rewritten(collection Collection, writer sql.NullInt64) []any {
	return []any{string(d.Body), d.Version, d.UpdatedAt.UnixMilli(), writer, collection.Resource, d.ID}
}

// Delete removes a document and everything that hangs under it. check may be nil. [ErrNoDocument], [ErrFull], [ErrBusy]:
// nothing was removed.
func (d *Data) Delete(ctx context.Context, collection Collection, id int64, check Precondition) error {
	err := d.change(ctx, collection, func(tx *sql.Tx) error {
		document, err := get(ctx, tx, collection, id)
		if err == nil {
			err = check.judge(document.State())
		}
		if err != nil {
			return err
		}
		which := collection.where()
		which.add(" AND id = ?", id)
		if err := requireFreeToDelete(ctx, d, tx, which); err != nil {
			return err
		}
		return d.remove(ctx, tx, which)
	})
	if err != nil {
		return fmt.Errorf("deleting %s %d: %w", collection.Resource, id, err)
	}
	return nil
}

// DeleteAll removes every document of a collection that the conditions leave and everything that hangs under them; none
// is no error. check may be nil. [ErrNoParent], [ErrSlow], *[ConditionError], [ErrFull], [ErrBusy]: nothing was removed.
func (d *Data) DeleteAll(ctx context.Context, collection Collection, where []Condition, check Precondition) error {
	which, query := collection.where(), Query{Where: where}
	if err := query.where(&which, documentFields{collection.ParentField}); err != nil {
		return err
	}
	err := d.change(ctx, collection, func(tx *sql.Tx) error {
		if err := checkCollection(ctx, tx, collection, check); err != nil {
			return err
		}
		// Of the commit, the limit would leave open whether it was done.
		return d.limited(ctx, query, func(ctx context.Context) error {
			if err := requireFreeToDelete(ctx, d, tx, which); err != nil {
				return err
			}
			return d.remove(ctx, tx, which)
		})
	})
	if err != nil {
		return fmt.Errorf("deleting all of %s: %w", collection.Resource, err)
	}
	return nil
}

// remove deletes documents with all that hangs under them, and advances the state of every collection that loses one.
func (d *Data) remove(ctx context.Context, tx querier, which clause) error {
	now := d.now().UnixMilli()
	_, err := tx.ExecContext(ctx, `WITH RECURSIVE `+goneDocuments(which)+`
		UPDATE collections SET version = version + 1, changed_at = max(changed_at, ?)
		WHERE resource IN (SELECT resource FROM gone)`, append(which.args, now)...)
	if err != nil {
		return sqlite.Explain(err)
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM documents WHERE `+which.text, which.args...)
	return sqlite.Explain(err)
}

// change runs work in one immediate transaction. Any error of work rolls it back.
func (d *Data) change(ctx context.Context, collection Collection, work func(tx *sql.Tx) error) error {
	if collection.ParentResource != "" && collection.Parent == 0 {
		return ErrAllParents
	}
	return d.write(ctx, func(tx *sql.Tx) error {
		return d.account.hold(ctx, tx, collection.Resource, func() error { return work(tx) })
	})
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
	for name := range fields {
		if !canBeNamed(name) {
			return nil, ErrName
		}
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
