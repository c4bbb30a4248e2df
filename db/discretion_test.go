package db_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"latchkey/db/drafts"
	"latchkey/db/model"
)

// rules replaces the rules of a user.
func rules(allowed ...string) model.Change {
	return on(func(user *model.Object) error {
		user.Rules = nil
		for _, pattern := range allowed {
			if err := grant(pattern)(&model.Target{Kind: user.Kind, Name: user.Name, Next: user}); err != nil {
				return err
			}
		}
		return nil
	})
}

// told is all that a draft and what fails on it tell of the live state.
func (w *world) told(draft drafts.Draft) string {
	w.t.Helper()
	var told strings.Builder
	for _, staged := range w.staged(draft) {
		conflict, found := staged.Conflict()
		fmt.Fprintln(&told, staged.Label(), staged.DifferencesToLive(), staged.Current, conflict, found)
	}
	_, saveErr := w.Save(w.t.Context(), draft, nil, "")
	_, rebaseErr := w.Rebase(w.t.Context(), draft, nil)
	for _, err := range []error{saveErr, rebaseErr} {
		if !errors.Is(err, model.ErrConflict) {
			w.t.Errorf("got %v, want a conflict", err)
		}
		fmt.Fprintln(&told, err)
	}
	for _, staged := range w.staged(draft) {
		fmt.Fprintln(&told, staged.Label())
	}
	return told.String()
}

// TestDraftShowsNoMoreThanItsOperatorMayView: whatever was staged with permissions that are gone, the draft is no window to
// what others save since.
func TestDraftShowsNoMoreThanItsOperatorMayView(t *testing.T) {
	t.Parallel()
	ed := drafts.Draft{Operator: model.Operator{Name: "user:ed", As: "ed"}}
	for allowed, shown := range map[string]bool{
		"":               false,
		"users:edit":     false,
		"roles:view":     false,
		"users:view":     true,
		"revisions:view": true,
	} {
		t.Run(allowed, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.saveEdit(ann, add, "ed", "carl", "gone", "moved")
			w.saveEdit(ann, w.enable(digest("ed's")), "ed")
			w.saveEdit(ann, rules("*:*"), "ed")
			w.stage(ed, note("staged"), "carl", "gone", "moved")
			w.stage(ed, add, "taken")
			w.saveEdit(ann, rules(strings.Fields(allowed)...), "ed")
			w.saveEdit(ann, note("secret"), "carl")
			w.saveEdit(ann, remove, "gone")
			w.saveEdit(ann, rename("elsewhere"), "moved")
			w.saveEdit(ann, add, "taken")
			told := w.told(ed)
			for _, of := range []string{"secret", "os:ann", "in revision", "changed note", "removed it", "the name was taken", "elsewhere"} {
				if got := strings.Contains(told, of); got != shown {
					t.Errorf("%q is told: got %t, want %t: %s", of, got, shown, told)
				}
			}
			if got := strings.Count(told, "the live state has moved"); (got > 0) == shown {
				t.Errorf("that it has moved and no more is told %d times: %s", got, told)
			}
		})
	}
}

// TestSaveThatMeetsATakenNameTellsOfNobody, who may add users and view none.
func TestSaveThatMeetsATakenNameTellsOfNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ed := drafts.Draft{Operator: model.Operator{Name: "user:ed", As: "ed"}}
	w.saveEdit(ann, add, "ed")
	w.saveEdit(ann, w.enable(digest("ed's")), "ed")
	w.saveEdit(ann, rules("users:create"), "ed")
	w.stage(ed, add, "taken")
	w.saveEdit(ann, add, "taken")
	_, err := w.Save(t.Context(), ed, nil, "")
	if !errors.Is(err, model.ErrConflict) || strings.Contains(err.Error(), "os:ann") || !strings.Contains(err.Error(), "users:view") {
		t.Errorf("got %v, want a conflict that names no operator", err)
	}
}
