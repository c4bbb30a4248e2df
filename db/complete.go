package db

import (
	"context"
	"database/sql"
	"fmt"

	"latchkey/db/internal/sqlite"
	"latchkey/db/model"
)

// Names for a shell that completes what somebody types. Each answer walks a short piece of an index, so that it takes
// no longer among a million users than among ten.
//
// A prefix is a range and no LIKE, which folds case and so could not use the index. U+10FFFF sorts after whatever a
// name may have.
const (
	namesRange    = ` FROM objects WHERE kind = ?1 AND name >= ?2 AND name < ?2 || char(0x10FFFF) ORDER BY name`
	namesQuery    = `SELECT name` + namesRange + ` LIMIT ?3`
	lastNameQuery = `SELECT name` + namesRange + ` DESC LIMIT 1`

	stagedNamesQuery = `
		SELECT json_extract(coalesce(next, base), '$.name') AS object FROM drafts
		WHERE operator = ?1 AND name = ?2 AND kind = ?3 AND object >= ?4 AND object < ?4 || char(0x10FFFF)
		ORDER BY object LIMIT ?5`
	draftNamesQuery = `
		SELECT DISTINCT name FROM drafts
		WHERE operator = ?1 AND name <> '' AND name >= ?2 AND name < ?2 || char(0x10FFFF)
		ORDER BY name LIMIT ?3`
)

// NamesWithPrefix lists the names of live objects that begin with prefix, sorted, at most limit (at least 1). Where
// there are more, the last one listed is the last of all: what the listed names begin with, all do, so that a shell
// which goes on to that point leaves none out.
func (d *DB) NamesWithPrefix(ctx context.Context, kind model.Kind, prefix string, limit int) ([]string, error) {
	var names []string
	err := d.read(ctx, func(tx *sql.Tx) error {
		var err error
		if names, err = texts(ctx, tx, namesQuery, kind, prefix, limit); err != nil || len(names) < limit {
			return err
		}
		last, err := texts(ctx, tx, lastNameQuery, kind, prefix)
		copy(names[limit-1:], last)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("looking up names: %w", err)
	}
	return names, nil
}

// StagedNames lists the names of the objects in a draft that begin with prefix, sorted, at most limit.
func (d *DB) StagedNames(ctx context.Context, draft Draft, kind model.Kind, prefix string, limit int) ([]string, error) {
	return texts(ctx, d.pool, stagedNamesQuery, draft.Operator.Name, draft.Name, kind, prefix, limit)
}

// DraftNames lists the names of an operator's drafts that begin with prefix, sorted, at most limit. The draft without
// a name is not among them.
func (d *DB) DraftNames(ctx context.Context, operator model.Operator, prefix string, limit int) ([]string, error) {
	return texts(ctx, d.pool, draftNamesQuery, operator.Name, prefix, limit)
}

// LatestRevisions lists the numbers of the latest revisions, the last one first, at most limit.
func (d *DB) LatestRevisions(ctx context.Context, limit int) ([]string, error) {
	return texts(ctx, d.pool, `SELECT CAST(number AS TEXT) FROM revisions ORDER BY number DESC LIMIT ?`, limit)
}

// texts runs a query of one column of text.
func texts(ctx context.Context, tx querier, query string, args ...any) ([]string, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, sqlite.Explain(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, sqlite.Explain(err)
		}
		list = append(list, text)
	}
	return list, sqlite.Explain(rows.Err())
}
