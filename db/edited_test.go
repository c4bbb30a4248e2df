package db_test

import (
	"slices"
	"testing"

	"latchkey/db"
	"latchkey/db/model"
)

// TestEditedTellsWhatAnEditHasDone: changes, the save if there is one, and each warning of the change once.
func TestEditedTellsWhatAnEditHasDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ann", "bob")
	warns := func(text string) model.Change {
		return model.Existing(func(target *model.Target) error {
			target.Next.Note = text
			target.Warn("%s is odd", text)
			if target.Name == "bob" {
				target.Warn("%s even more so", target.Name)
			}
			return nil
		})
	}
	edit := db.Edit{Kind: model.KindUser, Draft: ann, Names: []string{"ann", "bob"}, Change: warns("staged")}
	staged, err := w.Stage(t.Context(), edit)
	w.must(err)
	want := []string{"staged is odd", "bob even more so"}
	if !slices.Equal(staged.Warnings, want) || len(staged.Changes) != 2 || staged.Revision.Number != 0 {
		t.Errorf("staged: got %+v, want the warnings %q, two changes and no save", staged, want)
	}
	_, err = w.Discard(t.Context(), ann, nil)
	w.must(err)
	edit.Change = warns("saved")
	saved, err := w.SaveEdit(t.Context(), edit, "")
	w.must(err)
	want = []string{"saved is odd", "bob even more so"}
	if !slices.Equal(saved.Warnings, want) || len(saved.Changes) != 2 || saved.Revision.Number != 2 {
		t.Errorf("saved: got %+v, want the warnings %q, two changes and revision 2", saved, want)
	}
	again, err := w.SaveEdit(t.Context(), edit, "")
	w.must(err)
	if len(again.Changes) != 0 || again.Revision.Number != 0 {
		t.Errorf("again: got %+v, want nothing changed", again)
	}
}
