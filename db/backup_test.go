package db_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"latchkey/db"
	"latchkey/db/backup"
	"latchkey/db/model"
)

// backup makes a backup of the world and opens it.
func (w *world) backup() *db.DB {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), "backup.db")
	if _, err := backup.Write(w.t.Context(), w.DB, path); err != nil {
		w.t.Fatal(err)
	}
	copied, err := db.Open(w.t.Context(), path, db.Options{Clock: w.clock})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = copied.Close() })
	return copied
}

// stateOf is everything that saves made of a database, but for when and in which revision.
func stateOf(t *testing.T, database *db.DB) map[string]model.Record {
	t.Helper()
	state := map[string]model.Record{}
	for _, kind := range []model.Kind{model.KindRole, model.KindUser} {
		objects, err := database.Objects(t.Context(), kind)
		if err != nil {
			t.Fatal(err)
		}
		for _, object := range objects {
			state[model.Label(kind, object.Name)] = object.Record()
		}
	}
	return state
}

func TestBackupIsWholePrivateAndNew(t *testing.T) {
	w := newWorld(t)
	w.saveEdit(ann, add, "ci", "other")
	w.saveEdit(ann, w.enable(digest("one")), "ci")
	w.stage(bob, note("staged"), "other")
	path := filepath.Join(t.TempDir(), "backup.db")
	newest, err := backup.Write(t.Context(), w.DB, path)
	if err != nil || newest.Number != 2 {
		t.Fatalf("got revision %d, %v; want 2", newest.Number, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v, %v; want 0600", info.Mode(), err)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if err != nil || !slices.Equal(left, []string{path}) {
		t.Errorf("got the files %q, %v; want the backup alone", left, err)
	}
	if _, err := backup.Write(t.Context(), w.DB, path); !errors.Is(err, db.ErrExists) {
		t.Errorf("over an existing file: got %v, want ErrExists", err)
	}
	copied, err := db.Open(t.Context(), path, db.Options{Clock: w.clock, Watched: true})
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	if _, err := copied.Authenticate(t.Context(), "ci", digest("one")); err != nil {
		t.Errorf("the copy does not know the token: %v", err)
	}
	if staged, err := copied.Staged(t.Context(), bob); err != nil || len(staged) != 1 {
		t.Errorf("the copy has the drafts %v, %v; want bob's", staged, err)
	}
}

// TestDamagedDatabaseIsNotBackedUp: a backup that cannot be trusted is worse than the one before.
func TestDamagedDatabaseIsNotBackedUp(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"a row":    `UPDATE objects SET note = 'other'`,
		"a record": `UPDATE revisions SET message = 'other'`,
		"a draft":  `UPDATE drafts SET next = '{'`,
		"a number": `UPDATE counters SET last = 0 WHERE name = 'object'`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.saveEdit(ann, add, "ci")
			w.stage(bob, note("staged"), "ci")
			w.tamper(statement)
			path := filepath.Join(t.TempDir(), "backup.db")
			if _, err := backup.Write(t.Context(), w.DB, path); !errors.Is(err, model.ErrDamaged) {
				t.Errorf("got %v, want ErrDamaged", err)
			}
			if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
		})
	}
}

// TestRestoreBringsBackAllButTokens makes every kind of change after a backup and goes back.
func TestRestoreBringsBackAllButTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "kept", "replaced", "disabled", "removed", "off", "swap-a", "swap-b")
	for _, name := range []string{"kept", "replaced", "disabled", "removed"} {
		w.saveEdit(ann, w.enable(digest(name)), name)
		w.saveEdit(ann, grant("orders:view"), name)
	}
	want := stateOf(t, w.DB)
	copied := w.backup()

	w.saveEdit(ann, w.regenerate(digest("fresh"), 0), "replaced")
	w.saveEdit(ann, w.disable(), "disabled")
	w.saveEdit(ann, remove, "removed")
	w.saveEdit(ann, w.enable(digest("new")), "off")
	w.saveEdit(ann, add, "added")
	w.saveEdit(ann, w.enable(digest("added")), "added")
	w.saveEdit(ann, note("changed"), "kept")
	w.stage(ann, rename("swap-c"), "swap-b")
	w.stage(ann, rename("swap-b"), "swap-a")
	w.save(ann)

	w.saveEdit(ann, add, "removed") // somebody else of the name
	w.saveEdit(ann, w.enable(digest("namesake")), "removed")

	restored, err := backup.Restore(t.Context(), w.DB, copied, bob.Operator, "restore")
	if err != nil {
		t.Fatal(err)
	}
	w.wantAccepts("removed", "namesake", false)
	for name, token := range map[string]string{"replaced": "replaced", "disabled": "disabled", "removed": "removed", "off": "new", "added": "added"} {
		w.wantAccepts(name, token, false)
	}
	w.wantAccepts("kept", "kept", true)
	w.wantAccepts("replaced", "fresh", true)
	var ended []string
	for _, token := range restored.Revoked {
		ended = append(ended, token.Name+" "+token.Fingerprint)
	}
	slices.Sort(ended)
	wantEnded := []string{}
	for _, name := range []string{"disabled", "removed", "replaced"} {
		wantEnded = append(wantEnded, name+" "+digest(name).Fingerprint())
	}
	if !slices.Equal(ended, wantEnded) {
		t.Errorf("tokens that stay revoked: got %q, want %q", ended, wantEnded)
	}
	got := stateOf(t, w.DB)
	for _, state := range []map[string]model.Record{got, want} { // access apart, which is checked above
		for label, record := range state {
			state[label] = slices.DeleteFunc(record, func(field model.Field) bool { return field.Key == "access" })
		}
	}
	for label, record := range want {
		if differences := model.Compare(record, got[label]); len(differences) > 0 {
			t.Errorf("%s: %v", label, differences)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %d objects, want %d", len(got), len(want))
	}
	if _, err := w.History().Verify(t.Context(), nil); err != nil {
		t.Errorf("the log afterwards: %v", err)
	}
	again, err := backup.Restore(t.Context(), w.DB, copied, bob.Operator, "restore")
	if err != nil || again.Revision.Number != 0 {
		t.Errorf("again: got revision %d, %v; want none", again.Revision.Number, err)
	}
}

// TestRestoreOfAnotherLineIsRefused: the numbers of a stranger's objects mean nothing here.
func TestRestoreOfAnotherLineIsRefused(t *testing.T) {
	t.Parallel()
	w, other := newWorld(t), newWorld(t)
	w.saveEdit(ann, add, "ci")
	other.saveEdit(ann, add, "mallory")
	if _, err := backup.Restore(t.Context(), w.DB, other.backup(), ann.Operator, ""); !errors.Is(err, model.ErrOtherLine) {
		t.Errorf("another database: got %v, want ErrOtherLine", err)
	}
	later := w.backup()
	if _, err := backup.Restore(t.Context(), other.DB, later, ann.Operator, ""); !errors.Is(err, model.ErrOtherLine) {
		t.Errorf("the same number of revisions: got %v, want ErrOtherLine", err)
	}
	empty := newWorld(t)
	if _, err := backup.Restore(t.Context(), w.DB, empty.backup(), ann.Operator, ""); !errors.Is(err, model.ErrOtherLine) {
		t.Errorf("one in which nothing was ever saved: got %v, want ErrOtherLine", err)
	}
	if restored, err := backup.Restore(t.Context(), empty.DB, empty.backup(), ann.Operator, ""); err != nil || restored.Revision.Number != 0 {
		t.Errorf("one of nothing onto nothing: got revision %d, %v; want none", restored.Revision.Number, err)
	}
	if _, err := w.User(t.Context(), "ci"); err != nil {
		t.Error(err)
	}
}

// TestRestoreMendsDamagedRows: what nobody is authenticated by any more is written anew, with the token it had.
func TestRestoreMendsDamagedRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci", "other")
	w.saveEdit(ann, w.enable(digest("one")), "ci")
	w.saveEdit(ann, grant("orders:view"), "ci")
	copied := w.backup()
	w.tamper(`UPDATE rules SET pattern = '*:*'`)
	if damages, err := backup.Damages(t.Context(), w.DB); err != nil || len(damages) != 1 {
		t.Fatalf("got the damages %v, %v; want one", damages, err)
	}
	restored, err := backup.Restore(t.Context(), w.DB, copied, ann.Operator, "mend")
	if err != nil || len(restored.Revision.Changes) != 1 {
		t.Fatalf("got %+v, %v; want one change", restored, err)
	}
	w.wantAccepts("ci", "one", true)
	if damages, err := backup.Damages(t.Context(), w.DB); err != nil || len(damages) != 0 {
		t.Errorf("got the damages %v, %v; want none", damages, err)
	}
	if _, err := w.History().Verify(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

// TestRestoreBelievesNoDamagedToken: what a damaged row says of its token counts as far as the record says so too, or a
// restore would make a revoked token one that a save wrote.
func TestRestoreBelievesNoDamagedToken(t *testing.T) {
	t.Parallel()
	revoked := "x'" + digest("revoked").Hex() + "'"
	for name, test := range map[string]struct {
		damage string
		works  bool // the right token does, although the backup has another one
	}{
		"the revoked token":       {`token = ` + revoked, false},
		"the revoked one retires": {`retiring_until = 1000000000000000, retiring = ` + revoked, false},
		"no token":                {`token = NULL, token_issued_at = NULL`, false},
		"another token":           {`token = zeroblob(32)`, false},
		"another note":            {`note = 'damaged'`, true},
	} {
		for _, latest := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, the latest backup %t", name, latest), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.saveEdit(ann, add, "ci")
				w.saveEdit(ann, w.enable(digest("revoked")), "ci")
				copied := w.backup()
				w.saveEdit(ann, w.regenerate(digest("fresh"), 0), "ci")
				if latest {
					copied = w.backup()
				}
				w.tamper(`UPDATE objects SET ` + test.damage + ` WHERE name = 'ci'`)
				if _, err := backup.Restore(t.Context(), w.DB, copied, ann.Operator, "mend"); err != nil {
					t.Fatal(err)
				}
				w.wantAccepts("ci", "revoked", false)
				w.wantAccepts("ci", "fresh", latest || test.works)
				if damages, err := backup.Damages(t.Context(), w.DB); err != nil || len(damages) != 0 {
					t.Errorf("got the damages %v, %v; want none", damages, err)
				}
			})
		}
	}
}
