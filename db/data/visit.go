package data

import (
	"context"
	"errors"

	"latchkey/db/internal/sqlite"
)

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
	return errors.Join(err, sqlite.Explain(tx.Rollback()))
}

func visitAll(ctx context.Context, tx querier, collection Collection, visit func(Document) error) error {
	which := collection.where()
	rows, err := tx.QueryContext(ctx, `SELECT `+collection.columns()+` FROM documents WHERE `+which.text+` ORDER BY id`, which.args...)
	if err != nil {
		return sqlite.Explain(err)
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
	return sqlite.Explain(rows.Err())
}
