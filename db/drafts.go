package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"latchkey/db/internal/sqlite"
	"latchkey/db/model"
	"latchkey/perms"
)

// OpenDraft is one draft of any operator and what it holds.
type OpenDraft struct {
	Draft  Draft    // of the operator, the name alone is known
	Staged []Staged // resources first, then roles, then users, by name; never empty
}

// Drafts lists every operator's drafts, by operator and name.
func (d *DB) Drafts(ctx context.Context) ([]OpenDraft, error) {
	rows, err := d.pool.QueryContext(ctx, `
		SELECT drafts.operator, drafts.name,
			drafts.object_id, drafts.began, drafts.base, drafts.next, drafts.staged_at, coalesce(objects.revision, 0)
		FROM drafts LEFT JOIN objects ON objects.id = drafts.object_id ORDER BY drafts.operator, drafts.name`)
	if err != nil {
		return nil, fmt.Errorf("reading the drafts: %w", sqlite.Explain(err))
	}
	defer rows.Close()
	var list []OpenDraft
	for rows.Next() {
		var draft Draft
		staged, err := scanStaged(func(columns ...any) error {
			return rows.Scan(append([]any{&draft.Operator.Name, &draft.Name}, columns...)...)
		})
		if err != nil {
			return nil, fmt.Errorf("reading the drafts: %w", err)
		}
		if len(list) == 0 || list[len(list)-1].Draft != draft {
			list = append(list, OpenDraft{Draft: draft})
		}
		last := &list[len(list)-1]
		last.Staged = append(last.Staged, staged)
	}
	for _, draft := range list {
		sortStaged(draft.Staged)
	}
	return list, sqlite.Explain(rows.Err())
}

// DraftOperators lists the operators who have drafts and whose names begin with prefix, sorted, at most limit.
func (d *DB) DraftOperators(ctx context.Context, prefix string, limit int) ([]string, error) {
	return texts(ctx, d.pool, `SELECT DISTINCT operator FROM drafts
		WHERE operator >= ?1 AND operator < ?1 || char(0x10FFFF) ORDER BY operator LIMIT ?2`, prefix, limit)
}

// RequireEverything returns a perms.RefusedError unless the user whom the operator acts as may do everything: what it
// takes to meddle with another operator's draft or with the whole database. An operator who acts as nobody may.
func (d *DB) RequireEverything(ctx context.Context, operator model.Operator) error {
	if operator.As == "" {
		return nil
	}
	return d.read(ctx, func(tx *sql.Tx) error { return d.requireEverything(ctx, tx, operator) })
}

func (d *DB) requireEverything(ctx context.Context, tx querier, operator model.Operator) error {
	if operator.As == "" {
		return nil
	}
	rules, err := actorRules(ctx, tx, operator)
	if err != nil || perms.Everything(rules, d.clock()) {
		return err
	}
	everything := perms.Permission{Resource: "*", Action: "*"}
	return &perms.RefusedError{Name: operator.As, Missing: everything,
		Reason: fmt.Sprintf("it takes %s, without end and nothing denied, which %s lacks", everything, operator.As)}
}

// DiscardOf is [DB.Discard] of another operator's draft, by operator, and no more of it than was seen: what is no longer
// as it was then is a [ConflictError], and nothing is forgotten.
func (d *DB) DiscardOf(ctx context.Context, operator model.Operator, draft Draft, seen []Staged) error {
	err := d.transact(ctx, func(tx *sql.Tx) error {
		if err := d.requireEverything(ctx, tx, operator); err != nil {
			return err
		}
		all, err := loadStaged(ctx, tx, draft)
		if err != nil {
			return err
		}
		conflict := &model.ConflictError{Undone: "nothing was forgotten", Hint: "run the command again to see what is staged there now"}
		for _, old := range seen {
			if !unchanged(all, old) {
				conflict.Add(old.Label(), "it is no longer staged as it was when you were asked")
			}
		}
		if err := conflict.OrNil(); err != nil {
			return err
		}
		for _, old := range seen {
			err = errors.Join(err, dropStaged(ctx, tx, draft, old.ID()))
		}
		return err
	})
	err = d.settle(ctx, err, func(ctx context.Context) (bool, error) {
		left, err := loadStaged(ctx, d.pool, draft)
		return len(seen) > 0 && !holds(left, seen[0].ID()), err
	})
	if err != nil {
		return fmt.Errorf("discarding: %w", err)
	}
	return nil
}

// unchanged tells whether a draft still holds what was seen in it.
func unchanged(all []Staged, seen Staged) bool {
	for _, staged := range all {
		if staged.ID() == seen.ID() {
			return staged.Began == seen.Began && len(model.Compare(staged.Next.Record(), seen.Next.Record())) == 0
		}
	}
	return false
}
