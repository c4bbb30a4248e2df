package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"latchkey/db/internal/sqlite"
	"latchkey/db/model"
)

// maxDrafts is how many drafts with a name an operator may have.
const maxDrafts = 100

// Draft names one operator's unsaved edits. An operator has one draft without a name and up to a hundred with one.
type Draft struct {
	Operator model.Operator
	Name     string
}

// refuseManyDrafts returns [ErrTooManyDrafts] where the draft would be one more than an operator may have.
func refuseManyDrafts(ctx context.Context, tx querier, draft Draft) error {
	if draft.Name == "" {
		return nil
	}
	names, err := texts(ctx, tx, `SELECT DISTINCT name FROM drafts WHERE operator = ? AND name <> ''`, draft.Operator.Name)
	if err != nil || len(names) < maxDrafts || slices.Contains(names, draft.Name) {
		return err
	}
	return fmt.Errorf("%w: %s has %d with a name: save or discard one first", model.ErrTooManyDrafts, draft.Operator.Name, len(names))
}

func loadStaged(ctx context.Context, tx querier, draft Draft) ([]Staged, error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT drafts.object_id, drafts.began, drafts.base, drafts.next, drafts.staged_at, coalesce(objects.revision, 0)
		FROM drafts LEFT JOIN objects ON objects.id = drafts.object_id
		WHERE drafts.operator = ? AND drafts.name = ?`, draft.Operator.Name, draft.Name)
	if err != nil {
		return nil, fmt.Errorf("reading the draft: %w", sqlite.Explain(err))
	}
	defer rows.Close()
	var list []Staged
	for rows.Next() {
		staged, err := scanStaged(rows.Scan)
		if err != nil {
			return nil, fmt.Errorf("reading the draft: %w", err)
		}
		list = append(list, staged)
	}
	sortStaged(list)
	return list, sqlite.Explain(rows.Err())
}

func scanStaged(scan func(...any) error) (Staged, error) {
	var staged Staged
	var id, at int64
	var base, next sql.NullString
	if err := scan(&id, &staged.Began, &base, &next, &at, &staged.Live); err != nil {
		return Staged{}, sqlite.Explain(err)
	}
	staged.StagedAt = time.UnixMilli(at).UTC()
	var baseErr, nextErr error
	staged.Base, baseErr = model.DecodeObject(base, id)
	staged.Next, nextErr = model.DecodeObject(next, id)
	return staged, errors.Join(baseErr, nextErr)
}

// keepStaged stores the draft of one object, or forgets it where nothing is left of it.
func keepStaged(ctx context.Context, tx querier, draft Draft, staged Staged) error {
	if len(staged.Differences()) == 0 {
		return dropStaged(ctx, tx, draft, staged.ID())
	}
	base, err := model.EncodeObject(staged.Base)
	if err != nil {
		return err
	}
	next, err := model.EncodeObject(staged.Next)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO drafts (operator, name, object_id, kind, began, base, next, staged_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (operator, name, object_id) DO UPDATE
		SET began = excluded.began, base = excluded.base, next = excluded.next, staged_at = excluded.staged_at`,
		draft.Operator.Name, draft.Name, staged.ID(), staged.Kind(), staged.Began, base, next, staged.StagedAt.UnixMilli())
	return sqlite.Explain(err)
}

func dropStaged(ctx context.Context, tx querier, draft Draft, id int64) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM drafts WHERE operator = ? AND name = ? AND object_id = ?`,
		draft.Operator.Name, draft.Name, id)
	return sqlite.Explain(err)
}

// Discard forgets the drafts of the labelled objects, or all of them when no label is given, and says of which.
// [ErrNotStaged] for one that has none; then nothing is forgotten.
func (d *DB) Discard(ctx context.Context, draft Draft, labels []string) ([]Staged, error) {
	var chosen []Staged
	err := d.transact(ctx, func(tx *sql.Tx) error {
		all, err := loadStaged(ctx, tx, draft)
		if err != nil {
			return err
		}
		if chosen, err = choose(all, labels); err != nil {
			return err
		}
		for _, staged := range chosen {
			if err := dropStaged(ctx, tx, draft, staged.ID()); err != nil {
				return err
			}
		}
		return nil
	})
	err = d.settle(ctx, err, func(ctx context.Context) (bool, error) {
		left, err := loadStaged(ctx, d.pool, draft)
		return !slices.ContainsFunc(left, func(staged Staged) bool { return holds(chosen, staged.ID()) }), err
	})
	if err != nil {
		return nil, fmt.Errorf("discarding: %w", err)
	}
	return chosen, nil
}

func holds(list []Staged, id int64) bool {
	return slices.ContainsFunc(list, func(staged Staged) bool { return staged.ID() == id })
}

// isStaged tells whether a draft holds all that was to be staged.
func isStaged(ctx context.Context, tx querier, draft Draft, kept []Staged) (bool, error) {
	all, err := loadStaged(ctx, tx, draft)
	if err != nil {
		return false, err
	}
	for _, want := range kept {
		if want.object() == nil || len(want.Differences()) == 0 {
			continue // nothing is left of it; whether its row went is told by the others of the same transaction
		}
		found := slices.ContainsFunc(all, func(staged Staged) bool {
			return staged.ID() == want.ID() && staged.StagedAt.UnixMilli() == want.StagedAt.UnixMilli()
		})
		if !found {
			return false, nil
		}
	}
	return true, nil
}

// choose picks the drafts of the labelled objects; all of them when no label is given.
func choose(all []Staged, labels []string) ([]Staged, error) {
	if len(labels) == 0 {
		return all, nil
	}
	var chosen []Staged
	var missing []string
	taken := map[int64]bool{}
	for _, label := range labels {
		kind, name := model.ParseLabel(label)
		found := false
		for _, staged := range all {
			if !staged.matches(kind, name) {
				continue
			}
			found = true
			if !taken[staged.ID()] {
				taken[staged.ID()] = true
				chosen = append(chosen, staged)
			}
		}
		if !found {
			missing = append(missing, label)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("%w for %s", model.ErrNotStaged, model.SomeOf(missing))
	}
	return chosen, nil
}

// sortStaged puts roles before the users who may have them, each by name.
func sortStaged(list []Staged) {
	slices.SortStableFunc(list, func(a, b Staged) int {
		return cmp.Or(strings.Compare(string(a.Kind()), string(b.Kind())), strings.Compare(a.Name(), b.Name()))
	})
}
