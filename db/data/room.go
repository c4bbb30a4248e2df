package data

import (
	"context"
	"database/sql"

	"latchkey/db/internal/sqlite"
)

// Of the space on a volume some is left for those who save: what clients can write as much as they like of is refused
// while there still is room (D12). Each transaction is reckoned with what it may write at most: to the WAL, and once more
// to the file when the WAL is moved there.
const (
	writeRoom = 64 << 10 // bytes that any transaction may write: pages of the tables' and indexes' inner nodes
	rowRoom   = 512      // and for each row, beside its content
	pageRoom  = 4 << 10  // and for each row, where the rows are apart

	requestLogRoom = 100 // bytes of a request log beside its texts: they have no index, and follow each other
)

// DefaultMinFree is the MinFree of a new Data: the smaller of 64 MiB and a twentieth of the volume.
func DefaultMinFree(size int64) int64 { return sqlite.DefaultMinFree(size) }

// requireFree returns [ErrLittleLeft] for a transaction that stores so many rows, with so many bytes in all, and would
// leave too little free. It is to be asked before anything is written.
func requireFree(ctx context.Context, d *Data, tx *sql.Tx, rows, bytes int) error {
	return d.writer.RequireFree(ctx, tx, writeRoom+2*int64(bytes+rows*rowRoom), d.MinFree)
}

// requireFreeToDelete is requireFree for a deletion of the documents that a clause finds, with all that hangs under them.
// It makes room in the file, and needs some in the WAL.
func requireFreeToDelete(ctx context.Context, d *Data, tx *sql.Tx, which clause) error {
	half := func(size int64) int64 { return d.MinFree(size) / 2 }
	var most int64 // every page is written
	row := tx.QueryRowContext(ctx, `SELECT page_count * page_size FROM pragma_page_count, pragma_page_size`)
	if err := row.Scan(&most); err != nil {
		return sqlite.Explain(err)
	}
	if d.writer.RequireFree(ctx, tx, most, half) == nil {
		return nil
	}
	var rows int64
	row = tx.QueryRowContext(ctx, `WITH RECURSIVE `+goneDocuments(which)+` SELECT count(*) FROM gone`, which.args...)
	if err := row.Scan(&rows); err != nil {
		return sqlite.Explain(err)
	}
	const trees = 4 // the table and its indexes
	return d.writer.RequireFree(ctx, tx, min(most, writeRoom+rows*trees*pageRoom), half)
}

// goneDocuments is a table gone of the documents that a clause finds and of all that hangs under them.
func goneDocuments(which clause) string {
	return `gone (number, resource) AS (
			SELECT number, resource FROM documents WHERE ` + which.text + `
			UNION ALL
			SELECT below.number, below.resource FROM gone JOIN documents AS below ON below.parent = gone.number)`
}
