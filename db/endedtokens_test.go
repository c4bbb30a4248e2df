package db_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"latchkey/db/drafts"
	"latchkey/db/model"
)

// TestStagedUnderAnEndedToken: each staged field belongs to the token that was shown to set it last, and counts as somebody
// else's once that token is not accepted any more; what a later edit has set anew, or the draft no longer holds, does not.
func TestStagedUnderAnEndedToken(t *testing.T) {
	t.Parallel()
	const none = ""
	end := func(w *world) { w.saveEdit(ann, w.regenerate(digest("second"), 0), "op") }
	for name, test := range map[string]struct {
		do    func(w *world, under func(token string, change model.Change, names ...string))
		ended string // field and label of each
	}{
		"accepted": {func(_ *world, under func(string, model.Change, ...string)) { under("first", note("x"), "tgt") }, none},
		"ended": {func(w *world, under func(string, model.Change, ...string)) {
			under("first", note("x"), "tgt")
			end(w)
		}, "tgt: note;"},
		"at the command line": {func(w *world, under func(string, model.Change, ...string)) {
			under("", note("x"), "tgt")
			end(w)
		}, none},
		"another field by the new token": {func(w *world, under func(string, model.Change, ...string)) {
			under("first", grant("orders:*"), "tgt")
			end(w)
			under("second", note("x"), "tgt")
		}, "tgt: rule orders:*;"},
		"the same field by the new token": {func(w *world, under func(string, model.Change, ...string)) {
			under("first", note("x"), "tgt")
			end(w)
			under("second", note("y"), "tgt")
		}, none},
		"the same field at the command line": {func(w *world, under func(string, model.Change, ...string)) {
			under("first", note("x"), "tgt")
			end(w)
			under("", note("y"), "tgt")
		}, none},
		"taken back": {func(w *world, under func(string, model.Change, ...string)) {
			under("first", note("x"), "tgt")
			under("first", grant("orders:*"), "tgt")
			end(w)
			under("", note(""), "tgt")
			under("", note("again"), "tgt")
		}, "tgt: rule orders:*;"},
		"a removal": {func(w *world, under func(string, model.Change, ...string)) {
			under("", note("x"), "tgt")
			under("first", remove, "tgt")
			end(w)
		}, "tgt: its removal;"},
		"a new user": {func(w *world, under func(string, model.Change, ...string)) {
			under("first", add, "new")
			end(w)
			under("second", note("x"), "new")
		}, "new: access name;"},
		"retiring, and then ended by time": {func(w *world, under func(string, model.Change, ...string)) {
			under("first", note("x"), "tgt")
			w.saveEdit(ann, w.regenerate(digest("second"), time.Hour), "op")
			staged, err := w.Staged(w.t.Context(), drafts.Draft{Operator: model.Operator{Name: opDraft.Operator.Name}})
			if err != nil || len(staged[0].Ended) > 0 {
				w.t.Errorf("in its grace: got %+v, %v", staged, err)
			}
			w.advance(time.Hour)
		}, "tgt: note;"},
		"disabled": {func(w *world, under func(string, model.Change, ...string)) {
			under("first", note("x"), "tgt")
			w.saveEdit(ann, w.disable(), "op")
		}, "tgt: note;"},
		"renamed": {func(w *world, under func(string, model.Change, ...string)) {
			under("first", note("x"), "tgt")
			w.saveEdit(ann, rename("other"), "op")
		}, none},
		"rebased": {func(w *world, under func(string, model.Change, ...string)) {
			under("first", note("x"), "tgt")
			end(w)
			w.saveEdit(ann, grant("orders:*"), "tgt")
			_, err := w.Rebase(w.t.Context(), opDraft, nil)
			w.must(err)
		}, "tgt: note;"},
		"beside a save of one's own": {func(w *world, under func(string, model.Change, ...string)) {
			under("first", note("x"), "tgt")
			end(w)
			w.saveEdit(opDraft, grant("orders:*"), "tgt")
		}, "tgt: note;"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.saveEdit(ann, add, "op", "tgt")
			w.saveEdit(ann, grant("*:*"), "op")
			w.saveEdit(ann, w.enable(digest("first")), "op")
			test.do(w, func(token string, change model.Change, names ...string) {
				draft := opDraft
				if token != "" {
					draft.Operator.Presented = digest(token)
				}
				w.stage(draft, change, names...)
			})
			draft := opDraft
			if name == "renamed" {
				draft.Operator = model.ActingAs("other", ann.Operator)
			}
			w.wantEnded(draft, test.ended)
		})
	}
}

var opDraft = drafts.Draft{Operator: model.Operator{Name: model.OperatorOf("op"), As: "op"}}

// wantEnded compares what a draft shows as staged under an ended token, and whether a save of all of it is refused.
func (w *world) wantEnded(draft drafts.Draft, want string) {
	w.t.Helper()
	acting := draft
	acting.Operator.As = "" // whether that user may act at all is not the question
	staged, err := w.Staged(w.t.Context(), acting)
	w.must(err)
	got := ""
	for _, one := range staged {
		if len(one.Ended) == 0 {
			continue
		}
		got += one.Label() + ":"
		for _, ended := range one.Ended {
			field := ended.Field
			if field == "" {
				field = "its removal"
			}
			got += " " + field
			if ended.Fingerprint != digest("first").Fingerprint() {
				w.t.Errorf("got the fingerprint %s", ended.Fingerprint)
			}
		}
		got += ";"
	}
	if got != want {
		w.t.Errorf("got %q, want %q", got, want)
	}
	open, err := w.Drafts(w.t.Context())
	w.must(err)
	for _, one := range open {
		if fmt.Sprint(one.Staged[0].Ended) != fmt.Sprint(staged[0].Ended) {
			w.t.Errorf("got %v in the list of drafts, want %v", one.Staged[0].Ended, staged[0].Ended)
		}
	}
	var refused *model.EndedTokensError
	_, err = w.Save(w.t.Context(), acting, nil, "")
	if errors.As(err, &refused) != (want != "") {
		w.t.Errorf("saving: got %v", err)
	}
	if want == "" {
		return
	}
	if _, err := w.SaveConfirmed(w.t.Context(), acting, nil, ""); err != nil {
		w.t.Errorf("saving what was confirmed: %v", err)
	}
}
