package db_test

import (
	"errors"
	"testing"

	"latchkey/db/model"
	"latchkey/perms/username"
)

// TestNewNamesAreRefused: nobody is added under a name that a path could not have. Who has such a name already keeps it:
// they authenticate, are found, and can be renamed and removed.
func TestNewNamesAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	adding := model.Add(func(*model.Object) {})
	for _, kind := range []model.Kind{model.KindUser, model.KindRole} {
		for _, save := range []bool{false, true} {
			if err := w.edit(ann, save, kind, adding, "fine", "team/ci"); !errors.Is(err, username.ErrUnusable) {
				t.Errorf("a %s, saved: %t: got %v, want %v", kind, save, err, username.ErrUnusable)
			}
		}
		if _, err := w.Object(t.Context(), kind, "fine"); !errors.Is(err, kind.Missing()) {
			t.Errorf("a %s of the same edit: got %v, want none", kind, err)
		}
	}
	w.saveEdit(ann, add, "team/ci", "count") // as it was once
	w.saveEdit(ann, w.enable(digest("token")), "team/ci")
	if err := w.edit(ann, true, model.KindUser, adding, "team/ci"); !errors.Is(err, model.ErrUserExists) {
		t.Errorf("added again: got %v, want %v", err, model.ErrUserExists)
	}
	if !w.accepts("Team/CI", "token") {
		t.Error("who has had the name before does not authenticate")
	}
	w.saveEdit(ann, rename("team.ci"), "team/ci")
	w.saveEdit(ann, remove, "count")
	if !w.accepts("team.ci", "token") || w.accepts("team/ci", "token") {
		t.Error("a user is not found under the new name, or still under the old one")
	}
}
