package data

import (
	"context"

	"latchkey/db/internal/sqlite"
)

// A batch is read before it is visited: so many documents, or as many as have so many bytes together and the next one.
const (
	batchDocuments = 256
	batchBytes     = 1 << 20
)

// Visit calls each visitor with every document of a collection, by number, one visitor after the other. It ends at the first
// error, which it returns. [ErrNoParent].
//
// It reads batches by number, and holds nothing of the file while visitors work, however long they take: the write-ahead log
// could not be emptied meanwhile. So a document is visited as it is when its batch is read, and not if it is gone by then or
// has come behind the last.
func (d *Data) Visit(ctx context.Context, collection Collection, visitors ...func(Document) error) error {
	tx, err := d.read()
	if err != nil {
		return err
	}
	if err := checkParent(ctx, tx, collection); err != nil {
		return err
	}
	for _, visit := range visitors {
		if err := visitAll(ctx, d, collection, visit); err != nil {
			return err
		}
	}
	return nil
}

func visitAll(ctx context.Context, d *Data, collection Collection, visit func(Document) error) error {
	for last := int64(0); ; {
		batch, err := batchAfter(ctx, d, collection, last)
		if err != nil || len(batch) == 0 {
			return err
		}
		for _, document := range batch {
			if err := visit(document); err != nil {
				return err
			}
		}
		last = batch[len(batch)-1].ID
	}
}

// batchAfter reads the next documents after a number; none: there are no more.
func batchAfter(ctx context.Context, d *Data, collection Collection, last int64) (batch []Document, err error) {
	tx, err := d.read()
	if err != nil {
		return nil, err
	}
	which := clause{text: `SELECT ` + collection.columns() + ` FROM documents WHERE `}
	in := collection.where()
	which.add(in.text, in.args...)
	which.add(` AND id > ? ORDER BY id LIMIT ?`, last, batchDocuments)
	rows, err := tx.QueryContext(ctx, which.text, which.args...)
	if err != nil {
		return nil, sqlite.Explain(err)
	}
	defer rows.Close()
	for size := 0; size < batchBytes && rows.Next(); {
		document, err := scanDocument(rows.Scan)
		if err != nil {
			return nil, err
		}
		batch = append(batch, document)
		size += len(document.Body)
	}
	return batch, sqlite.Explain(rows.Err())
}
