package db_test

import (
	"testing"

	"latchkey/db"
	"latchkey/db/model"
)

// TestReadIsOfOneState: whatever one View tells goes together, although others save meanwhile.
func TestReadIsOfOneState(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci")
	reader := w.open(false)
	err := reader.Read(t.Context(), func(view db.View) error {
		before, err := view.History().Head(t.Context())
		if err != nil {
			return err
		}
		w.saveEdit(ann, note("changed"), "ci")
		w.stage(ann, note("staged"), "ci")
		user, err := view.User(t.Context(), "ci")
		if err != nil || user.Note != "" {
			t.Errorf("got the note %q, %v; want the one before the save", user.Note, err)
		}
		again, err := view.History().Head(t.Context())
		if err != nil || again.Number != before.Number {
			t.Errorf("got revision %d, %v; want %d", again.Number, err, before.Number)
		}
		if staged, err := view.Staged(t.Context(), ann); err != nil || len(staged) > 0 {
			t.Errorf("got %v, %v; want nothing staged", staged, err)
		}
		names, err := view.Names().Live(t.Context(), model.KindUser, "", 10)
		if err != nil || len(names) != 1 {
			t.Errorf("got the names %q, %v", names, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if user, err := reader.User(t.Context(), "ci"); err != nil || user.Note != "changed" {
		t.Errorf("got the note %q, %v; want that of the save", user.Note, err)
	}
}
