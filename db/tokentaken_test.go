package db_test

import (
	"errors"
	"testing"
	"time"

	"latchkey/db/model"
	"latchkey/tokens"
)

// TestNoTokenOfAnother: no two users have one token, live or retiring, by whatever edit.
func TestNoTokenOfAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci", "cd")
	w.saveEdit(ann, w.enable(digest("old")), "ci")
	w.saveEdit(ann, on(func(user *model.Object) (err error) {
		user.Access, err = tokens.Regenerate(user.Access, user.Access, digest("new"), time.Hour, w.clock())
		return err
	}), "ci")
	refused := func(what string, err error) {
		if !errors.Is(err, model.ErrTokenTaken) {
			t.Errorf("%s: got %v, want ErrTokenTaken", what, err)
		}
	}
	for _, token := range []string{"old", "new"} {
		err := w.edit(ann, true, model.KindUser, w.enable(digest(token)), "cd")
		refused("enable with "+token, err)
	}
	w.stage(ann, w.enable(digest("new")), "cd")
	_, err := w.Save(t.Context(), ann, nil, "")
	refused("a draft", err)
	if _, err := w.Discard(t.Context(), ann, []string{"cd"}); err != nil {
		t.Fatal(err)
	}
	w.wantAccepts("ci", "old", true)
	w.wantAccepts("cd", "new", false)
	w.saveEdit(ann, add, "ce", "cf")
	err = w.edit(ann, true, model.KindUser, w.enable(digest("same")), "ce", "cf")
	refused("two users in one save", err)
	if got, err := w.serve().AuthenticateToken(t.Context(), digest("old")); err != nil || got.Name != "ci" || !got.Retiring {
		t.Errorf("by the retiring token: got %q, retiring %t, %v", got.Name, got.Retiring, err)
	}
}
