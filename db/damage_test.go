package db_test

import (
	"database/sql"
	"errors"
	"testing"

	"latchkey/db/model"
)

// TestDamagedRowAuthenticatesNobody changes rows behind latchkey's back, as a flipped bit would: whatever the change,
// the right token opens nothing, and commands name the damage (D11).
func TestDamagedRowAuthenticatesNobody(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"effect flipped":    `UPDATE rules SET effect = iif(effect = 'allow', 'deny', 'allow')`,
		"wider pattern":     `UPDATE rules SET pattern = '*:*'`,
		"rule lost":         `DELETE FROM rules`,
		"rule added":        `INSERT INTO rules (object_id, pattern, effect) SELECT id, '*:*', 'allow' FROM objects`,
		"rule lives longer": `UPDATE rules SET until = 99999999999999`,
		"another user's id": `PRAGMA foreign_keys = 0; UPDATE objects SET id = id + 1; UPDATE rules SET object_id = object_id + 1`,
		"name":              `UPDATE objects SET note = note || name, name = 'ci'`,
		"note":              `UPDATE objects SET note = 'harmless'`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.saveEdit(ann, add, "ci")
			w.saveEdit(ann, w.enable(digest("one")), "ci")
			w.saveEdit(ann, grant("orders:view"), "ci")
			w.tamper(statement)
			_, err := w.Authenticate(t.Context(), "ci", digest("one"))
			if !errors.Is(err, model.ErrDamaged) {
				t.Errorf("authenticating: got %v, want ErrDamaged", err)
			}
			if _, err := w.User(t.Context(), "ci"); !errors.Is(err, model.ErrDamaged) {
				t.Errorf("reading: got %v, want ErrDamaged", err)
			}
			if _, err := w.Users(t.Context()); !errors.Is(err, model.ErrDamaged) {
				t.Errorf("listing: got %v, want ErrDamaged", err)
			}
		})
	}
}

func (w *world) tamper(statement string) {
	w.t.Helper()
	raw, err := sql.Open("sqlite", w.path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer raw.Close()
	if _, err := raw.ExecContext(w.t.Context(), statement); err != nil {
		w.t.Fatal(err)
	}
}

// TestSwappedDigestOpensNothing puts another user's token into a row.
func TestSwappedDigestOpensNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci", "mallory")
	w.saveEdit(ann, w.enable(digest("ci")), "ci")
	w.saveEdit(ann, w.enable(digest("mallory")), "mallory")
	w.tamper(`UPDATE objects SET token = (SELECT token FROM objects WHERE name = 'mallory') WHERE name = 'ci'`)
	if _, err := w.Authenticate(t.Context(), "ci", digest("mallory")); !errors.Is(err, model.ErrUnauthenticated) && !errors.Is(err, model.ErrDamaged) {
		t.Errorf("got %v, want ErrDamaged, or ErrUnauthenticated", err)
	}
	if got, err := w.serve().AuthenticateToken(t.Context(), digest("mallory")); err != nil || got.Name != "mallory" {
		t.Errorf("got %v, %v; the token is that of the sound row", got.Name, err)
	}
	w.wantAccepts("mallory", "mallory", true)
}
