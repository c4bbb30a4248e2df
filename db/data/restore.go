package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"latchkey/db/internal/sqlite"
)

// Restored counts what a restore did to documents.
type Restored struct{ Added, Changed, Removed int64 }

// Restore brings the documents back to what they are in a backup, in one transaction of the live file (D9). A document
// that is as in the backup stays untouched; every other gets a version that no document had, so that no client takes it
// for one that it knows. The log of requests and the times of use stay as they are.
//
// It calls first when all is changed and nothing committed yet: what shall happen only together with this. Where that
// fails, its error is the one that is returned, beside what would have been done. Meanwhile nobody else can write documents.
//
// Errors: [ErrFull], [ErrBusy], [ErrDamaged]; then nothing was changed. [ErrUnknownOutcome].
func (d *Data) Restore(ctx context.Context, backup *Data, first func() error) (Restored, error) {
	from, err := backup.reader.Begin(ctx)
	if err != nil {
		return Restored{}, fmt.Errorf("reading the backup: %w", err)
	}
	defer from.Rollback() // it has only read
	r := restoring{data: d, from: from, versions: map[string]int64{}, numbers: map[int64]int64{}, kept: map[int64]bool{}}
	var failed error
	err = d.write(ctx, func(tx *sql.Tx) error {
		r.tx = tx
		if err := errors.Join(r.collections(ctx), r.documents(ctx), r.removeOthers(ctx)); err != nil {
			return err
		}
		failed = first()
		return failed
	})
	if failed != nil {
		return r.done, failed
	}
	if err != nil {
		return Restored{}, fmt.Errorf("restoring documents: %w", err)
	}
	return r.done, nil
}

// restoring is a restore on its way.
type restoring struct {
	data     *Data
	from, tx *sql.Tx
	versions map[string]int64 // of each resource, from now on
	numbers  map[int64]int64  // of rows, in the live file by those in the backup
	kept     map[int64]bool   // live numbers that the backup has
	done     Restored
}

// collections begins a new state of each, later than any in either file.
func (r *restoring) collections(ctx context.Context) error {
	return eachRow(ctx, r.from, `SELECT resource, last_id, version FROM collections`, func(rows *sql.Rows) error {
		var resource string
		var last, version int64
		if err := rows.Scan(&resource, &last, &version); err != nil {
			return err
		}
		row := r.tx.QueryRowContext(ctx, `INSERT INTO collections (resource, last_id, version, changed_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (resource) DO UPDATE SET last_id = max(last_id, excluded.last_id),
				version = max(version + 1, excluded.version), changed_at = max(changed_at, excluded.changed_at)
			RETURNING version`, resource, last, version+1, r.data.now().UnixMilli())
		err := row.Scan(&version)
		r.versions[resource] = version
		return err
	})
}

// documents writes what differs, parents before what hangs under them.
func (r *restoring) documents(ctx context.Context) error {
	return eachRow(ctx, r.from, `SELECT number, resource, id, parent, created_at, writer, body FROM documents ORDER BY number`, func(rows *sql.Rows) error {
		var number int64
		var kept keptDocument
		if err := rows.Scan(&number, &kept.resource, &kept.id, &kept.parent, &kept.created, &kept.writer, &kept.body); err != nil {
			return err
		}
		kept.parent.Int64 = r.numbers[kept.parent.Int64]
		live, err := r.document(ctx, kept)
		r.numbers[number], r.kept[live] = live, true
		return err
	})
}

// keptDocument is one of a backup, under the number that its parent has in the live file.
type keptDocument struct {
	resource       string
	id, created    int64
	parent, writer sql.NullInt64
	body           string
}

// document brings one back and returns its number.
func (r *restoring) document(ctx context.Context, kept keptDocument) (number int64, err error) {
	var present string
	var under sql.NullInt64
	row := r.tx.QueryRowContext(ctx, `SELECT number, parent, body FROM documents WHERE resource = ? AND id = ?`, kept.resource, kept.id)
	err = row.Scan(&number, &under, &present)
	now, version := r.data.now().UnixMilli(), r.versions[kept.resource]
	switch {
	case err == nil && present == kept.body && under == kept.parent:
		return number, nil
	case err == nil:
		r.done.Changed++
		_, err = r.tx.ExecContext(ctx, `UPDATE documents SET parent = ?, version = ?, updated_at = ?, writer = ?, body = ? WHERE number = ?`,
			kept.parent, version, now, kept.writer, kept.body, number)
	case errors.Is(err, sql.ErrNoRows):
		r.done.Added++
		row := r.tx.QueryRowContext(ctx, `INSERT INTO documents (resource, id, parent, version, created_at, updated_at, writer, body)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING number`, kept.resource, kept.id, kept.parent, version, kept.created, now, kept.writer, kept.body)
		err = row.Scan(&number)
	}
	return number, err
}

// removeOthers removes what the backup does not have.
func (r *restoring) removeOthers(ctx context.Context) error {
	var others []int64
	err := eachRow(ctx, r.tx, `SELECT number FROM documents`, func(rows *sql.Rows) error {
		var number int64
		err := rows.Scan(&number)
		if !r.kept[number] {
			others = append(others, number)
		}
		return err
	})
	for _, number := range others {
		err = errors.Join(err, r.data.remove(ctx, r.tx, clause{`number = ?`, []any{number}}))
	}
	r.done.Removed = int64(len(others))
	return err
}

// eachRow runs a query and visits its rows until visit returns an error.
func eachRow(ctx context.Context, tx querier, query string, visit func(rows *sql.Rows) error, args ...any) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return sqlite.Explain(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := visit(rows); err != nil {
			return sqlite.Explain(err)
		}
	}
	return sqlite.Explain(rows.Err())
}
