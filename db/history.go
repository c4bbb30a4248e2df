package db

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"latchkey/db/internal/sqlite"
	"latchkey/db/model"
)

// LogFilter chooses revisions; the zero value chooses all. What is set must hold together.
type LogFilter struct {
	User     string    // canonical: saves that changed a user who is, or at the time was, called so
	Role     string    // the same for a role
	Resource string    // the same for a resource
	Operator string    // as the log has it, such as "os:ann"
	Since    time.Time // saved then or later
	Until    time.Time // saved before
	Skip     int64     // not the newest so many of them
	Limit    int       // at most so many, the newest of the others; 0: no limit
}

// errEnough ends a visit of the log that has seen as many revisions as were asked for.
var errEnough = errors.New("enough")

// Log visits the revisions that a filter chooses, newest first, each with its changes by label. It holds one of them at a
// time, and one state of the database until it is done: visit must not take long, nor write. An error of visit ends it.
//
// [ErrNoUser], [ErrNoRole] or [ErrNoResource] where the filter names one that there never was.
func (d *DB) Log(ctx context.Context, filter LogFilter, visit func(Revision) error) error {
	err := d.read(ctx, func(tx *sql.Tx) error {
		conditions, args, err := filter.conditions(ctx, tx)
		if err != nil {
			return err
		}
		query := loggedQuery + conditions + "ORDER BY revisions.number DESC"
		visited, skipped := 0, int64(0)
		return eachLogged(ctx, tx, query, args, func(logged *loggedRevision) error {
			if skipped < filter.Skip {
				skipped++
				return nil
			}
			revision, err := logged.decode()
			if err == nil {
				err = visit(revision)
			}
			if visited++; err == nil && visited == filter.Limit {
				err = errEnough
			}
			return err
		})
	})
	if err = ignore(err, errEnough); err != nil {
		return fmt.Errorf("reading the log: %w", err)
	}
	return nil
}

const countRevisionsQuery = `SELECT count(*) FROM revisions `

// CountLog tells how many revisions a filter chooses; Skip and Limit do not count. Errors as of [DB.Log].
func (d *DB) CountLog(ctx context.Context, filter LogFilter) (count int64, err error) {
	err = d.read(ctx, func(tx *sql.Tx) error {
		conditions, args, err := filter.conditions(ctx, tx)
		if err != nil {
			return err
		}
		query := countRevisionsQuery + conditions //nolint:gosec // the conditions are ours; values are arguments
		row := tx.QueryRowContext(ctx, query, args...)
		return sqlite.Explain(row.Scan(&count))
	})
	if err != nil {
		return 0, fmt.Errorf("counting the log: %w", err)
	}
	return count, nil
}

// conditions are what selects the revisions of a filter.
func (f LogFilter) conditions(ctx context.Context, tx querier) (string, []any, error) {
	var conditions []string
	var args []any
	where := func(condition string, values ...any) {
		conditions, args = append(conditions, condition), append(args, values...)
	}
	for _, object := range []struct {
		kind model.Kind
		name string
	}{{model.KindUser, f.User}, {model.KindRole, f.Role}, {model.KindResource, f.Resource}} {
		if object.name == "" {
			continue
		}
		begins, err := everCalled(ctx, tx, object.kind, object.name)
		if err != nil {
			return "", nil, err
		}
		where("revisions.number IN (SELECT revision FROM changes WHERE object_id IN ("+calledQuery+"))", object.kind, begins, begins)
	}
	if f.Operator != "" {
		where("revisions.operator = ?", f.Operator)
	}
	if !f.Since.IsZero() {
		where("revisions.saved_at >= ?", f.Since.UnixMilli())
	}
	if !f.Until.IsZero() {
		where("revisions.saved_at < ?", f.Until.UnixMilli())
	}
	if len(conditions) == 0 {
		return "", nil, nil
	}
	return "WHERE " + strings.Join(conditions, " AND ") + " ", args, nil
}

// calledQuery finds all objects of a kind that have or once had a name, also removed ones: their records begin with it.
const calledQuery = `SELECT object_id FROM changes WHERE kind = ? AND (instr(before, ?) = 1 OR instr(after, ?) = 1)`

// everCalled is how the record of an object of this name begins. [ErrNoUser] or [ErrNoRole] where there never was one.
func everCalled(ctx context.Context, tx querier, kind model.Kind, name string) (begins string, err error) {
	content, err := json.Marshal(model.Record{{Key: model.FieldName, Value: name}})
	if err != nil {
		return "", err
	}
	begins = strings.TrimSuffix(string(content), "]") // another field may follow
	var found bool
	row := tx.QueryRowContext(ctx, "SELECT EXISTS ("+calledQuery+")", kind, begins, begins)
	if err := row.Scan(&found); err != nil {
		return "", sqlite.Explain(err)
	}
	if !found {
		return "", fmt.Errorf("%w: %s", kind.Missing(), name)
	}
	return begins, nil
}

// Revision reads the record of one save. [ErrNoRevision] where there was none of this number.
func (d *DB) Revision(ctx context.Context, number int64) (Revision, error) {
	var revision Revision
	err := d.read(ctx, func(tx *sql.Tx) (err error) {
		revision, err = readRevision(ctx, tx, number)
		return err
	})
	return revision, err
}

func readRevision(ctx context.Context, tx querier, number int64) (revision Revision, err error) {
	query := loggedQuery + "WHERE revisions.number = ?"
	err = eachLogged(ctx, tx, query, []any{number}, func(logged *loggedRevision) (err error) {
		revision, err = logged.decode()
		return err
	})
	if err == nil && revision.Number == 0 {
		err = fmt.Errorf("%w: %d", model.ErrNoRevision, number)
	}
	return revision, err
}

// Between compares the states after two revisions, of which 0 is the state before the first: every object that is not
// the same, by label. [ErrNoRevision] where one of them is none.
func (d *DB) Between(ctx context.Context, from, to int64) ([]model.RecordedChange, error) {
	var changes []model.RecordedChange
	err := d.read(ctx, func(tx *sql.Tx) error {
		for _, number := range []int64{from, to} {
			if number == 0 {
				continue
			}
			if _, err := readRevision(ctx, tx, number); err != nil {
				return err
			}
		}
		stretch, err := readStretch(ctx, tx, min(from, to), max(from, to))
		for _, change := range stretch {
			if from > to {
				change.Before, change.After = change.After, change.Before
			}
			if len(change.Differences()) > 0 {
				changes = append(changes, change)
			}
		}
		return err
	})
	sortChanges(changes)
	return changes, err
}

// readStretch sums up what the revisions after one and up to another did to each object: its first record before and
// its last one after.
func readStretch(ctx context.Context, tx querier, after, upTo int64) ([]model.RecordedChange, error) {
	objects := map[int64]*loggedChange{}
	query := loggedQuery + "WHERE revisions.number > ? AND revisions.number <= ? ORDER BY revisions.number"
	err := eachLogged(ctx, tx, query, []any{after, upTo}, func(logged *loggedRevision) error {
		for _, change := range logged.changes {
			if objects[change.id] == nil {
				objects[change.id] = &change
			}
			objects[change.id].after = change.after
		}
		return nil
	})
	changes := make([]model.RecordedChange, 0, len(objects))
	for _, stored := range objects {
		change, decodeErr := stored.decode()
		err = errors.Join(err, decodeErr)
		changes = append(changes, change)
	}
	return changes, err
}

// sortChanges puts roles before users, each by name.
func sortChanges(changes []model.RecordedChange) {
	slices.SortFunc(changes, func(a, b model.RecordedChange) int {
		return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Name(), b.Name()),
			cmp.Compare(a.ObjectID, b.ObjectID))
	})
}
