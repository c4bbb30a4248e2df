package db_test

import (
	"errors"
	"testing"

	"latchkey/db/drafts"
	"latchkey/db/model"
)

// TestDamagedDraftIsDiscarded: what cannot be read of a draft is shown, is never saved, and can be discarded by its own
// operator and by another one. The rest of the draft is as good as before.
func TestDamagedDraftIsDiscarded(t *testing.T) {
	t.Parallel()
	for name, discard := range map[string]func(w *world, damaged drafts.Staged) error{
		"by name": func(w *world, _ drafts.Staged) error {
			_, err := w.Discard(w.t.Context(), ann, []string{"ci"})
			return err
		},
		"by another": func(w *world, damaged drafts.Staged) error {
			return w.DiscardOf(w.t.Context(), bob.Operator, ann, []drafts.Staged{damaged})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.saveEdit(ann, add, "ci", "other")
			w.stage(ann, note("staged"), "ci", "other")
			w.tamper(`UPDATE drafts SET next = '{' WHERE object_id = (SELECT id FROM objects WHERE name = 'ci')`)
			staged, err := w.Staged(t.Context(), ann)
			w.must(err)
			if len(staged) != 2 || !errors.Is(staged[0].Damaged, model.ErrDamaged) || staged[0].Label() != "ci" || staged[1].Damaged != nil {
				t.Fatalf("got %+v, want the one of ci damaged", staged)
			}
			if _, conflict := staged[0].Conflict(); !conflict {
				t.Error("nothing stands against saving the damaged one")
			}
			if _, err := w.Save(t.Context(), ann, nil, ""); !errors.Is(err, model.ErrDamaged) {
				t.Errorf("saving: got %v, want ErrDamaged", err)
			}
			w.must(discard(w, staged[0]))
			w.save(ann)
			if user, err := w.User(t.Context(), "other"); err != nil || user.Note != "staged" {
				t.Errorf("got the note %q, %v; want the rest of the draft saved", user.Note, err)
			}
			if user, err := w.User(t.Context(), "ci"); err != nil || user.Note != "" {
				t.Errorf("got the note %q, %v; want ci as it was", user.Note, err)
			}
		})
	}
}
