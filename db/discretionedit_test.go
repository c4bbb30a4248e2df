package db_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"latchkey/db/drafts"
	"latchkey/db/model"
)

// TestRoleInUseNamesNobody to who may not view users: at an edit, staged or saved, at a rollback and at the save of a draft.
func TestRoleInUseNamesNobody(t *testing.T) {
	t.Parallel()
	ed := drafts.Draft{Operator: model.Operator{Name: "user:ed", As: "ed"}}
	for allowed, want := range map[string]string{
		"roles:*":            "role is in use: sup: number of users who have it: 2",
		"roles:* users:view": "role is in use: sup: cy, zed",
	} {
		w := newWorld(t)
		w.saveEdit(ann, add, "ed", "zed", "cy")
		w.saveEdit(ann, w.enable(digest("ed's")), "ed")
		w.must(w.edit(ann, true, model.KindRole, add, "sup"))
		w.saveEdit(ann, rules("*:*"), "ed")
		w.must(w.edit(ed, false, model.KindRole, remove, "sup"))
		w.saveEdit(ann, rules(strings.Fields(allowed)...), "ed")
		w.saveEdit(ann, on(func(user *model.Object) error { user.Roles = []string{"sup"}; return nil }), "cy", "zed")
		_, saveErr := w.Save(t.Context(), ed, nil, "")
		_, discardErr := w.Discard(t.Context(), ed, nil)
		w.must(discardErr)
		_, rollbackErr := w.StageRollback(t.Context(), ed, 3) // which added it
		for what, err := range map[string]error{
			"the save of a draft": saveErr,
			"a rollback":          rollbackErr,
			"an edit":             w.edit(ed, false, model.KindRole, remove, "sup"),
			"a saved edit":        w.edit(ed, true, model.KindRole, remove, "sup"),
		} {
			if !errors.Is(err, model.ErrRoleInUse) || fmt.Sprint(err) != want {
				t.Errorf("%s with %s: got %v, want %s", what, allowed, err, want)
			}
		}
	}
}
