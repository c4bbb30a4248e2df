package db_test

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"latchkey/db/history"
	"latchkey/db/model"
)

// table is a whole table in the hands of somebody who can write the file. The number of the revision comes first.
type table struct {
	name    string
	columns []string
	rows    [][]any
}

func (t table) clone() table {
	t.rows = slices.Clone(t.rows)
	for i, row := range t.rows {
		t.rows[i] = slices.Clone(row)
	}
	return t
}

// forger reads and writes the log behind latchkey's back.
type forger struct {
	t     testing.TB
	raw   *sql.DB
	saved []table // revisions, changes
}

func newForger(w *world) *forger {
	w.t.Helper()
	raw, err := sql.Open("sqlite", w.path+"?_pragma=synchronous(off)&_pragma=ignore_check_constraints(1)&_pragma=foreign_keys(0)")
	if err != nil {
		w.t.Fatal(err)
	}
	raw.SetMaxOpenConns(1)
	w.t.Cleanup(func() { _ = raw.Close() })
	f := &forger{t: w.t, raw: raw}
	for _, name := range []string{"revisions", "changes"} {
		f.saved = append(f.saved, f.read(name))
	}
	return f
}

func (f *forger) read(name string) table {
	f.t.Helper()
	rows, err := f.raw.QueryContext(f.t.Context(), "SELECT * FROM "+name+" ORDER BY 1, 2")
	if err != nil {
		f.t.Fatal(err)
	}
	defer rows.Close()
	read := table{name: name}
	if read.columns, err = rows.Columns(); err != nil {
		f.t.Fatal(err)
	}
	for rows.Next() {
		row, places := make([]any, len(read.columns)), make([]any, len(read.columns))
		for i := range row {
			places[i] = &row[i]
		}
		if err := rows.Scan(places...); err != nil {
			f.t.Fatal(err)
		}
		read.rows = append(read.rows, row)
	}
	if err := rows.Err(); err != nil {
		f.t.Fatal(err)
	}
	return read
}

// write puts the tables in place of those that are there, and tells whether they can stand so.
func (f *forger) write(tables []table) bool {
	f.t.Helper()
	tx, err := f.raw.BeginTx(f.t.Context(), nil)
	if err != nil {
		f.t.Fatal(err)
	}
	defer tx.Rollback()
	for _, table := range tables {
		if _, err := tx.ExecContext(f.t.Context(), "DELETE FROM "+table.name); err != nil {
			f.t.Fatal(err)
		}
		marks := strings.TrimSuffix(strings.Repeat("?, ", len(table.columns)), ", ")
		for _, row := range table.rows {
			if _, err := tx.ExecContext(f.t.Context(), "INSERT INTO "+table.name+" VALUES ("+marks+")", row...); err != nil {
				return false
			}
		}
	}
	if err := tx.Commit(); err != nil {
		f.t.Fatal(err)
	}
	return true
}

// loggedWorld has a log with everything in it: several objects in a save, roles, removals, tokens, messages.
func loggedWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.stage(ann, add, "other", "ci")
	w.must(w.edit(ann, false, model.KindRole, add, "support"))
	if _, err := w.Save(t.Context(), ann, nil, "the first"); err != nil {
		t.Fatal(err)
	}
	w.saveEdit(bob, w.enable(digest("one")), "ci")
	w.stage(bob, assign("support"), "other")
	w.stage(bob, grant("orders:view"), "ci")
	w.must(w.edit(bob, false, model.KindRole, grant("*:view"), "support"))
	if _, err := w.Save(t.Context(), bob, nil, ""); err != nil {
		t.Fatal(err)
	}
	w.saveEdit(ann, remove, "other")
	w.saveEdit(ann, note("the last"), "ci")
	return w
}

// otherValues are what a field could be instead.
func otherValues(value any) []any {
	switch value := value.(type) {
	case int64:
		return []any{value + 1, value - 1, value + 100, -value, int64(0)}
	case string:
		return []any{value + "x", "", strings.Replace(value, "o", "0", 1), value[:max(len(value)-1, 0)], value + "\x00", nil, "role", "user"}
	case []byte:
		flipped, last := bytes.Clone(value), bytes.Clone(value)
		flipped[0] ^= 1
		last[len(last)-1] ^= 128
		return []any{flipped, last, value[1:], make([]byte, len(value))}
	}
	return []any{"", "null", `[["name","x"]]`}
}

// forgeries are all tables that one edit, deletion, insertion or swap makes of a table.
func forgeries(original table) map[string]table {
	all := map[string]table{}
	for i, row := range original.rows {
		for column, name := range original.columns {
			for _, value := range otherValues(row[column]) {
				forged := original.clone()
				forged.rows[i][column] = value
				all[fmt.Sprintf("%s of row %d becomes %.40q", name, i, fmt.Sprint(value))] = forged
			}
			for j := range i {
				forged := original.clone()
				forged.rows[i][column], forged.rows[j][column] = forged.rows[j][column], forged.rows[i][column]
				all[fmt.Sprintf("%s of rows %d and %d swapped", name, i, j)] = forged
			}
		}
		forged := original.clone()
		forged.rows = slices.Delete(forged.rows, i, i+1)
		all[fmt.Sprintf("row %d deleted", i)] = forged
		for column := range 2 {
			for _, key := range []int64{-1, 0, 1, 2, 3, 4, 5, 6, 7, 100} {
				forged := original.clone()
				fresh := slices.Clone(row)
				if _, isNumber := fresh[column].(int64); !isNumber {
					continue
				}
				fresh[column] = key
				forged.rows = append(forged.rows, fresh)
				all[fmt.Sprintf("row %d inserted again with %d as %s", i, key, original.columns[column])] = forged
			}
		}
	}
	return all
}

// firstTouched is the first revision that has a row in one of the tables alone, the greatest number for none. A change that
// is moved before the first revision was taken from its own, and a revision moved behind the last leaves a gap.
func firstTouched(original, forged table) int64 {
	var touched []int64
	for _, pair := range [][2]table{{original, forged}, {forged, original}} {
		for _, row := range pair[0].rows {
			if !slices.ContainsFunc(pair[1].rows, func(other []any) bool { return reflect.DeepEqual(row, other) }) {
				number, _ := row[0].(int64) // the tables are STRICT
				touched = append(touched, number)
			}
		}
	}
	slices.Sort(touched)
	positive := slices.DeleteFunc(slices.Clone(touched), func(number int64) bool { return number < 1 })
	switch {
	case len(touched) == 0:
		return math.MaxInt64
	case original.name == "revisions":
		return min(touched[0], int64(len(original.rows))+1)
	case len(positive) == 0:
		return touched[0]
	}
	return positive[0]
}

// TestEveryForgeryIsLocated makes every single edit of every column of every row of the log, every deletion, insertion
// and swap, and asks for the first revision that is wrong (R1).
func TestEveryForgeryIsLocated(t *testing.T) {
	t.Parallel()
	w := loggedWorld(t)
	f := newForger(w)
	tried := 0
	for at, original := range f.saved {
		for what, forged := range forgeries(original) {
			want := firstTouched(original, forged)
			tables := slices.Clone(f.saved)
			tables[at] = forged
			if want == math.MaxInt64 || !f.write(tables) {
				continue // it changes nothing, or no table can be so
			}
			tried++
			_, err := w.History().Verify(t.Context(), nil)
			var found *history.LogError
			if !errors.As(err, &found) || !errors.Is(err, model.ErrDamaged) || found.Revision != want {
				t.Errorf("%s: %s: got %v, want a LogError at revision %d", original.name, what, err, want)
			}
		}
	}
	if tried < 500 {
		t.Errorf("got %d forgeries, want at least 500", tried)
	}
	f.write(f.saved)
	if verified, err := w.History().Verify(t.Context(), nil); err != nil || verified.Revisions != 5 {
		t.Errorf("as it was: got %+v, %v; want 5 revisions", verified, err)
	}
}

// rechain gives the revisions the heads that their text calls for, by a computation of its own.
func rechain(tables []table) {
	previous := make([]byte, 32)
	for _, row := range tables[0].rows {
		sum := sha256.New()
		number := func(value any) { _ = binary.Write(sum, binary.BigEndian, value) }
		text := func(value any) {
			content, _ := value.(string)
			number(int64(len(content)))
			sum.Write([]byte(content))
		}
		sum.Write(previous)
		number(row[0])
		number(row[1])
		for _, value := range row[2:6] {
			text(value)
		}
		changes := slices.DeleteFunc(slices.Clone(tables[1].rows), func(change []any) bool { return change[0] != row[0] })
		number(int64(len(changes)))
		for _, change := range changes {
			number(change[1])
			for _, value := range change[2:] {
				text(value)
			}
		}
		previous = sum.Sum(nil)
		row[6] = previous
	}
}

// TestRecomputedChainIsFoundByAKeptHead: one who computes all heads anew is found only against a head kept elsewhere.
func TestRecomputedChainIsFoundByAKeptHead(t *testing.T) {
	t.Parallel()
	w := loggedWorld(t)
	head, err := w.History().Head(t.Context())
	w.must(err)
	third, err := w.History().Revision(t.Context(), 3)
	w.must(err)
	f := newForger(w)
	forged := []table{f.saved[0].clone(), f.saved[1].clone()}
	rechain(forged)
	if !reflect.DeepEqual(forged[0].rows, f.saved[0].rows) {
		t.Fatal("the heads are not what the documented computation gives")
	}
	for kept, want := range map[*model.Head]int64{nil: 0, &head.Head: 5, &third.Head: 3} {
		if got, err := w.History().Verify(t.Context(), kept); err != nil || got != (history.Verified{Revisions: 5, Head: head.Head, Kept: want}) {
			t.Errorf("kept %s: got %+v, %v; want it in order, kept %d", kept, got, err, want)
		}
	}

	forged[0].rows[1][2] = "os:mallory"
	rechain(forged)
	f.write(forged)
	if _, err := w.History().Verify(t.Context(), nil); err != nil {
		t.Errorf("without a kept head: got %v, want nothing found", err)
	}
	for _, kept := range []*model.Head{&head.Head, &third.Head, {}} {
		var found *history.LogError
		if _, err := w.History().Verify(t.Context(), kept); !errors.As(err, &found) || found.Revision != 0 {
			t.Errorf("against a kept head: got %v, want a LogError of no revision in particular", err)
		}
	}
}

func TestVerifyAnEmptyLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if got, err := w.History().Verify(t.Context(), nil); err != nil || got != (history.Verified{}) {
		t.Errorf("got %+v, %v; want nothing, in order", got, err)
	}
	if _, err := w.History().Verify(t.Context(), &model.Head{}); !errors.Is(err, model.ErrDamaged) {
		t.Errorf("against a kept head: got %v, want ErrDamaged", err)
	}
}

func TestParseHead(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("0a", 32)
	if head, err := model.ParseHead(text); err != nil || head.String() != text {
		t.Errorf("got %s, %v; want the same", head, err)
	}
	for _, text := range []string{"", "0a", text[1:], text + "0a", strings.Repeat("xy", 32)} {
		if _, err := model.ParseHead(text); err == nil {
			t.Errorf("%q: got no error, want one", text)
		}
	}
}
