package data

import (
	"context"
	"database/sql"
	"slices"
)

const (
	mostLooked = 100 // documents, for the names of fields
	mostNamed  = 50  // fields, in an error
)

// refuseUnknownOrder returns a *[SortError] where a collection has documents, and none of them has a field that they are to be
// sorted by: the order would be that of their ids, and nobody would notice. One document with the field is enough.
func refuseUnknownOrder(ctx context.Context, tx querier, collection Collection, sort []Order) error {
	of := documentFields{collection.ParentField}
	for _, order := range sort {
		if _, owned := of.column(order.Field); owned {
			continue
		}
		known, err := knowsField(ctx, tx, collection, order.Field)
		if err != nil {
			return err
		}
		if known {
			continue
		}
		names, err := fieldNames(ctx, tx, collection)
		if err != nil {
			return err
		}
		return &SortError{Known: names}
	}
	return nil
}

// knowsField tells whether some document of a collection has a field, or there is none.
func knowsField(ctx context.Context, tx querier, collection Collection, field string) (known bool, err error) {
	path, err := memberPath(field)
	if err != nil {
		return false, err
	}
	which := collection.where()
	query := clause{text: `SELECT NOT EXISTS (SELECT 1 FROM documents WHERE ` + which.text + `)`, args: slices.Clone(which.args)}
	if canBeNamed(field) {
		query.add(` OR EXISTS (SELECT 1 FROM documents WHERE `+which.text+` AND json_type(body, ?) IS NOT NULL)`, append(slices.Clone(which.args), path)...)
	}
	err = eachRow(ctx, tx, query.text, func(rows *sql.Rows) error { return rows.Scan(&known) }, query.args...)
	return known, err
}

// fieldNames are the fields that the first documents of a collection have, sorted, as far as there is room for them, and before
// them those of every document.
func fieldNames(ctx context.Context, tx querier, collection Collection) ([]string, error) {
	which := collection.where()
	var names []string
	err := eachRow(ctx, tx, `SELECT DISTINCT key FROM (SELECT body FROM documents WHERE `+which.text+` ORDER BY number LIMIT ?), json_each(body)
		ORDER BY key LIMIT ?`, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		names = append(names, name)
		return err
	}, append(slices.Clone(which.args), mostLooked, mostNamed)...)
	owned := ownedFields.names()
	if collection.ParentField != "" {
		owned = append(owned, collection.ParentField)
	}
	return append(owned, names...), err
}
