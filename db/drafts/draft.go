package drafts

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"latchkey/db/engine"
	"latchkey/db/model"
	"latchkey/db/store"
)

// Draft names one operator's unsaved edits. An operator has one draft without a name and up to a hundred with one.
type Draft struct {
	Operator model.Operator
	Name     string
}

// maxDrafts is how many drafts with a name an operator may have.
const maxDrafts = 100

// RefuseMany returns [model.ErrTooManyDrafts] where the draft would be one more than an operator may have.
func RefuseMany(ctx context.Context, tx engine.Tx, draft Draft) error {
	if draft.Name == "" {
		return nil
	}
	names, err := store.Texts(ctx, tx, `SELECT DISTINCT name FROM drafts WHERE operator = ? AND name <> ''`, draft.Operator.Name)
	if err != nil || len(names) < maxDrafts || slices.Contains(names, draft.Name) {
		return err
	}
	return fmt.Errorf("%w: %s has %d with a name: save or discard one first", model.ErrTooManyDrafts, draft.Operator.Name, len(names))
}

// columns are those of [scanStaged], of drafts and the live objects beside them.
const columns = `drafts.object_id, drafts.kind, drafts.began, drafts.base, drafts.next, drafts.staged_at, drafts.tokens,
	coalesce(objects.revision, 0), coalesce(objects.name, '')`

// Load reads what a draft holds: resources first, then roles, then users, by name. [model.ErrDamaged] where something of it
// cannot be read.
func Load(ctx context.Context, tx engine.Tx, draft Draft) ([]Staged, error) {
	list, err := LoadAny(ctx, tx, draft)
	for _, staged := range list {
		err = errors.Join(err, staged.Damaged)
	}
	return list, err
}

// LoadAny is Load that keeps what cannot be read, as [Staged.Damaged], so that it can be shown and discarded.
func LoadAny(ctx context.Context, tx engine.Tx, draft Draft) ([]Staged, error) {
	var list []Staged
	err := tx.Each(ctx, func(row engine.Row) error {
		staged, err := scanStaged(row)
		list = append(list, staged)
		return err
	}, `SELECT `+columns+` FROM drafts LEFT JOIN objects ON objects.id = drafts.object_id
		WHERE drafts.operator = ? AND drafts.name = ?`, draft.Operator.Name, draft.Name)
	if err != nil {
		return nil, fmt.Errorf("reading the draft: %w", err)
	}
	sortStaged(list)
	return list, layOver(ctx, tx, list)
}

// layOver notes over which catalogue staged resources are laid: by the staged settings, else by the live ones.
func layOver(ctx context.Context, tx engine.Tx, list []Staged) error {
	if !slices.ContainsFunc(list, func(staged Staged) bool { return staged.Kind() == model.KindResource }) {
		return nil
	}
	set, err := store.Settings(ctx, tx)
	for _, staged := range list {
		if staged.Kind() == model.KindSetting && staged.Damaged == nil && staged.Next != nil {
			set = staged.Next.Settings
		}
	}
	for i := range list {
		list[i].Embedded = set.Embedded()
	}
	return err
}

// scanStaged reads the draft of one object, behind the columns that go before.
func scanStaged(row engine.Row, before ...any) (Staged, error) {
	var staged Staged
	var id, at int64
	var kind model.Kind
	var name string
	var base, next, tokens sql.NullString
	if err := row.Scan(append(before, &id, &kind, &staged.Began, &base, &next, &at, &tokens, &staged.Live, &name)...); err != nil {
		return Staged{}, err
	}
	staged.StagedAt = time.UnixMilli(at).UTC()
	var baseErr, nextErr, tokensErr error
	staged.Base, baseErr = model.DecodeObject(base, id)
	staged.Next, nextErr = model.DecodeObject(next, id)
	staged.Under, tokensErr = DecodeTokens(tokens)
	if err := errors.Join(baseErr, nextErr, tokensErr); err != nil {
		known := &model.Object{ID: id, Kind: kind, Name: cmp.Or(name, fmt.Sprint("#", id))}
		staged.Base, staged.Next = known, known
		staged.Damaged = fmt.Errorf("reading the draft of %s: %w", staged.Label(), err)
	}
	return staged, nil
}

// Keep stores the draft of one object, or forgets it where nothing is left of it.
func Keep(ctx context.Context, tx engine.Tx, draft Draft, staged Staged) error {
	if len(staged.Differences()) == 0 {
		return Drop(ctx, tx, draft, staged.ID())
	}
	base, err := model.EncodeObject(staged.Base)
	if err != nil {
		return err
	}
	next, err := model.EncodeObject(staged.Next)
	if err != nil {
		return err
	}
	tokens, err := staged.encodeTokens()
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO drafts (operator, name, object_id, kind, began, base, next, staged_at, tokens)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (operator, name, object_id) DO UPDATE SET began = excluded.began, base = excluded.base, next = excluded.next,
			staged_at = excluded.staged_at, tokens = excluded.tokens`,
		draft.Operator.Name, draft.Name, staged.ID(), staged.Kind(), staged.Began, base, next, staged.StagedAt.UnixMilli(), tokens)
	return err
}

// Drop forgets the draft of one object.
func Drop(ctx context.Context, tx engine.Tx, draft Draft, id int64) error {
	_, err := tx.Exec(ctx, `DELETE FROM drafts WHERE operator = ? AND name = ? AND object_id = ?`,
		draft.Operator.Name, draft.Name, id)
	return err
}
