package db

import (
	"context"
	"fmt"

	"latchkey/db/drafts"
	"latchkey/db/engine"
	"latchkey/db/model"
	"latchkey/db/store"
)

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

// Names looks up names for a shell that completes what somebody types. Each answer walks a short piece of an index, so
// that it takes no longer among a million users than among ten.
type Names struct {
	read func(ctx context.Context, work func(tx engine.Tx) error) error
}

// Live lists the names of live objects that begin with prefix, sorted, at most limit (at least 1). Where
// there are more, the last one listed is the last of all: what the listed names begin with, all do, so that a shell
// which goes on to that point leaves none out.
func (n Names) Live(ctx context.Context, kind model.Kind, prefix string, limit int) ([]string, error) {
	var names []string
	err := n.read(ctx, func(tx engine.Tx) error {
		var err error
		if names, err = store.Texts(ctx, tx, namesQuery, kind, prefix, limit); err != nil || len(names) < limit {
			return err
		}
		last, err := store.Texts(ctx, tx, lastNameQuery, kind, prefix)
		copy(names[limit-1:], last)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("looking up names: %w", err)
	}
	return names, nil
}

// Staged lists the names of the objects in a draft that begin with prefix, sorted, at most limit.
func (n Names) Staged(ctx context.Context, draft drafts.Draft, kind model.Kind, prefix string, limit int) ([]string, error) {
	return n.texts(ctx, stagedNamesQuery, draft.Operator.Name, draft.Name, kind, prefix, limit)
}

// Drafts lists the names of an operator's drafts that begin with prefix, sorted, at most limit. The draft without
// a name is not among them.
func (n Names) Drafts(ctx context.Context, operator model.Operator, prefix string, limit int) ([]string, error) {
	return n.texts(ctx, draftNamesQuery, operator.Name, prefix, limit)
}

// Revisions lists the numbers of the latest revisions, the last one first, at most limit.
func (n Names) Revisions(ctx context.Context, limit int) ([]string, error) {
	return n.texts(ctx, `SELECT CAST(number AS TEXT) FROM revisions ORDER BY number DESC LIMIT ?`, limit)
}

// Operators lists the operators who have drafts and whose names begin with prefix, sorted, at most limit.
func (n Names) Operators(ctx context.Context, prefix string, limit int) ([]string, error) {
	return n.texts(ctx, `SELECT DISTINCT operator FROM drafts
		WHERE operator >= ?1 AND operator < ?1 || char(0x10FFFF) ORDER BY operator LIMIT ?2`, prefix, limit)
}

func (n Names) texts(ctx context.Context, query string, args ...any) (list []string, err error) {
	err = n.read(ctx, func(tx engine.Tx) error {
		list, err = store.Texts(ctx, tx, query, args...)
		return err
	})
	return list, err
}
