package data

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// GetSingle reads the only document of a collection that has one at the most: its first. Before it was first written it
// has no fields, and its state is that of what was never changed. [ErrNoParent].
func (d *Data) GetSingle(ctx context.Context, collection Collection) (Document, error) {
	tx, err := d.read()
	if err != nil {
		return Document{}, err
	}
	document, err := single(ctx, tx, collection)
	if err != nil {
		return Document{}, fmt.Errorf("reading %s: %w", collection.Resource, err)
	}
	return document, nil
}

func single(ctx context.Context, tx querier, collection Collection) (Document, error) {
	which := collection.where()
	row := tx.QueryRowContext(ctx, `SELECT `+collection.columns()+` FROM documents WHERE `+which.text+` ORDER BY id LIMIT 1`, which.args...)
	document, err := scanDocument(row.Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Document{Parent: collection.Parent, Body: json.RawMessage("{}")}, checkParent(ctx, tx, collection)
	}
	return document, err
}

// UpdateSingle is [Data.Update] of the only document of a collection, which is made with its first fields. [ErrNoParent].
func (d *Data) UpdateSingle(ctx context.Context, collection Collection, changes Fields, check Precondition) (Document, error) {
	var document Document
	err := d.change(ctx, collection, func(tx *sql.Tx) (err error) {
		if document, err = single(ctx, tx, collection); err != nil {
			return err
		}
		if err = check.judge(document.State()); err != nil || len(changes) == 0 {
			return err
		}
		if document.ID != 0 {
			document, err = d.update(ctx, tx, collection, document, changes)
			return err
		}
		body, err := encode(changes)
		if err == nil {
			document, err = d.insert(ctx, tx, collection, body)
		}
		return err
	})
	if err != nil {
		return Document{}, fmt.Errorf("updating %s: %w", collection.Resource, err)
	}
	return document, nil
}
