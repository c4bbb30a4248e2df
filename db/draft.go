package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"latchkey/db/internal/sqlitefile"
)

// Draft names one operator's unsaved edits. An operator has one draft without a name and any number with one.
type Draft struct {
	Operator Operator
	Name     string
}

// Staged is the draft of one user: what it began from and what a save would make of it.
type Staged struct {
	Base     *User // the live user when the draft began; nil: the draft adds it
	Next     *User // nil: the draft removes it
	Began    int64 // revision of Base; 0: the draft adds the user
	Live     int64 // revision of the user now; 0: there is none
	StagedAt time.Time
}

// ID is the number of the staged user.
func (s Staged) ID() int64 {
	if s.Next != nil {
		return s.Next.ID
	}
	return s.Base.ID
}

// Name is the user's name after the save, or before it where the draft removes the user.
func (s Staged) Name() string {
	if s.Next != nil {
		return s.Next.Name
	}
	return s.Base.Name
}

// Stale tells whether the live user has moved since the draft began: a save would be a conflict.
func (s Staged) Stale() bool { return s.Began != s.Live }

// Change is what a save would do to the user.
func (s Staged) Change() RecordedChange { return change{s.Base, s.Next}.record() }

// Differences lists the staged fields.
func (s Staged) Differences() []Difference { return s.Change().Differences() }

// matches tells whether the name is one the operator would use for this draft.
func (s Staged) matches(name string) bool {
	return s.Name() == name || (s.Base != nil && s.Base.Name == name)
}

// Staged lists what a draft holds, by name.
func (d *DB) Staged(ctx context.Context, draft Draft) ([]Staged, error) {
	return loadStaged(ctx, d.pool, draft)
}

// StagedOf is Staged for some users only; [ErrNotStaged] for a name that has no draft.
func (d *DB) StagedOf(ctx context.Context, draft Draft, names []string) ([]Staged, error) {
	all, err := loadStaged(ctx, d.pool, draft)
	if err != nil {
		return nil, err
	}
	return choose(all, names)
}

func loadStaged(ctx context.Context, tx querier, draft Draft) ([]Staged, error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT drafts.object_id, drafts.began, drafts.base, drafts.next, drafts.staged_at, coalesce(users.revision, 0)
		FROM drafts LEFT JOIN users ON users.id = drafts.object_id
		WHERE drafts.operator = ? AND drafts.name = ?`, draft.Operator.Name, draft.Name)
	if err != nil {
		return nil, fmt.Errorf("reading the draft: %w", sqlitefile.Explain(err))
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
	return list, sqlitefile.Explain(rows.Err())
}

func scanStaged(scan func(...any) error) (Staged, error) {
	var staged Staged
	var id, at int64
	var base, next sql.NullString
	if err := scan(&id, &staged.Began, &base, &next, &at, &staged.Live); err != nil {
		return Staged{}, sqlitefile.Explain(err)
	}
	staged.StagedAt = time.UnixMilli(at).UTC()
	var baseErr, nextErr error
	staged.Base, baseErr = decodeUser(base, id)
	staged.Next, nextErr = decodeUser(next, id)
	return staged, errors.Join(baseErr, nextErr)
}

// keepStaged stores the draft of one user, or forgets it where nothing is left of it.
func keepStaged(ctx context.Context, tx querier, draft Draft, staged Staged) error {
	if len(staged.Differences()) == 0 {
		return dropStaged(ctx, tx, draft, staged.ID())
	}
	base, err := encodeUser(staged.Base)
	if err != nil {
		return err
	}
	next, err := encodeUser(staged.Next)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		INSERT INTO drafts (operator, name, object_id, kind, began, base, next, staged_at)
		VALUES (?, ?, ?, 'user', ?, ?, ?, ?)
		ON CONFLICT (operator, name, object_id) DO UPDATE
		SET began = excluded.began, base = excluded.base, next = excluded.next, staged_at = excluded.staged_at`,
		draft.Operator.Name, draft.Name, staged.ID(), staged.Began, base, next, staged.StagedAt.UnixMilli())
	return sqlitefile.Explain(err)
}

func dropStaged(ctx context.Context, tx querier, draft Draft, id int64) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM drafts WHERE operator = ? AND name = ? AND object_id = ?`,
		draft.Operator.Name, draft.Name, id)
	return sqlitefile.Explain(err)
}

// Discard forgets the drafts of the named users, or all of them when no name is given, and says of whom.
// [ErrNotStaged] for a name that has none; then nothing is forgotten.
func (d *DB) Discard(ctx context.Context, draft Draft, names []string) ([]Staged, error) {
	var chosen []Staged
	err := d.transact(ctx, func(tx *sql.Tx) error {
		all, err := loadStaged(ctx, tx, draft)
		if err != nil {
			return err
		}
		if chosen, err = choose(all, names); err != nil {
			return err
		}
		for _, staged := range chosen {
			if err := dropStaged(ctx, tx, draft, staged.ID()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("discarding: %w", err)
	}
	return chosen, nil
}

// choose picks the drafts of the named users; all of them when no name is given.
func choose(all []Staged, names []string) ([]Staged, error) {
	if len(names) == 0 {
		return all, nil
	}
	var chosen []Staged
	var missing []string
	taken := map[int64]bool{}
	for _, name := range names {
		found := false
		for _, staged := range all {
			if !staged.matches(name) {
				continue
			}
			found = true
			if !taken[staged.ID()] {
				taken[staged.ID()] = true
				chosen = append(chosen, staged)
			}
		}
		if !found {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("%w for %s", ErrNotStaged, strings.Join(missing, ", "))
	}
	return chosen, nil
}
