package db_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/perms/verifiedtime"
	"latchkey/tokens"
)

func (w *world) everybodysDrafts() []string {
	w.t.Helper()
	list, err := w.Drafts(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	var lines []string
	for _, draft := range list {
		for _, staged := range draft.Staged {
			lines = append(lines, fmt.Sprintf("%s/%s %s stale=%t", draft.Draft.Operator.Name, draft.Draft.Name, staged.Label(), staged.Stale()))
		}
	}
	return lines
}

func TestDraftsOfEverybody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if got := w.everybodysDrafts(); got != nil {
		t.Errorf("got %v, want none", got)
	}
	w.saveEdit(ann, add, "ci")
	nightly := drafts.Draft{Operator: ann.Operator, Name: "nightly"}
	w.stage(bob, note("bob's"), "ci")
	w.stage(nightly, add, "zoe", "amy")
	w.stage(ann, remove, "ci")
	if _, err := w.Stage(t.Context(), db.Edit{Kind: model.KindRole, Draft: nightly, Names: []string{"support"}, Change: add}); err != nil {
		t.Fatal(err)
	}
	w.saveEdit(bob, grant("orders:view"), "ci") // bob's draft goes on from there, ann's does not
	want := []string{"os:ann/ ci stale=true",
		"os:ann/nightly role:support stale=false", "os:ann/nightly amy stale=false", "os:ann/nightly zoe stale=false",
		"os:bob/ ci stale=false"}
	if got := w.everybodysDrafts(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	for prefix, want := range map[string][]string{"": {"os:ann", "os:bob"}, "os:b": {"os:bob"}, "user:": nil} {
		if got, err := w.Names().Operators(t.Context(), prefix, 9); err != nil || !slices.Equal(got, want) {
			t.Errorf("operators with %q: got %q, %v, want %q", prefix, got, err, want)
		}
	}
}

func (w *world) staged(draft drafts.Draft) []drafts.Staged {
	w.t.Helper()
	staged, err := w.Staged(w.t.Context(), draft)
	if err != nil {
		w.t.Fatal(err)
	}
	return staged
}

func TestDiscardOfForgetsWhatWasSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci")
	w.stage(bob, note("first"), "ci")
	w.stage(bob, add, "left", "right")
	seen := w.staged(bob)

	w.advance(time.Minute)
	w.stage(bob, note("second"), "ci")
	var conflict *model.ConflictError
	if err := w.DiscardOf(t.Context(), ann.Operator, bob, seen); !errors.As(err, &conflict) || !strings.Contains(err.Error(), "nothing was forgotten: ci") {
		t.Errorf("something else staged meanwhile: got %v, want a conflict about ci", err)
	}
	if got := len(w.staged(bob)); got != 3 {
		t.Errorf("after the conflict: got %d staged, want 3", got)
	}

	seen = w.staged(bob)
	w.stage(bob, add, "later") // was not shown, so it is not lost
	if err := w.DiscardOf(t.Context(), ann.Operator, bob, seen); err != nil {
		t.Fatal(err)
	}
	if left := w.staged(bob); len(left) != 1 || left[0].Label() != "later" {
		t.Errorf("got %v, want later alone", left)
	}
	if err := w.DiscardOf(t.Context(), ann.Operator, bob, seen[:1]); !errors.Is(err, model.ErrConflict) {
		t.Errorf("forgotten already: got %v, want a conflict", err)
	}
}

func TestDiscardOfTakesEverything(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rules   []string
		refused bool
	}{
		"everything":         {[]string{"allow *:*"}, false},
		"nothing":            {nil, true},
		"all of users":       {[]string{"allow users:*", "allow tokens:*"}, true},
		"all but one denied": {[]string{"allow *:*", "deny orders:view"}, true},
		"for a while":        {[]string{"allow *:* until"}, true},
	} {
		w := newWorld(t)
		w.saveEdit(ann, add, "alice", "ci")
		w.saveEdit(ann, w.enable(digest("alice's")), "alice")
		for _, rule := range test.rules {
			words := strings.Fields(rule)
			w.saveEdit(ann, on(func(user *model.Object) error {
				pattern, err := perms.ParsePattern(words[1])
				set := perms.Rule{Effect: perms.Effect(words[0]), Pattern: pattern}
				if len(words) > 2 {
					set.Until = w.clock().Add(time.Hour)
				}
				user.Rules = user.Rules.With(set)
				return err
			}), "alice")
		}
		w.stage(bob, note("bob's"), "ci")
		alice := model.Operator{Name: "user:alice", As: "alice"}
		for doing, err := range map[string]error{
			"asked before": w.RequireEverything(t.Context(), alice),
			"discarding":   w.DiscardOf(t.Context(), alice, bob, w.staged(bob)),
		} {
			if got := errors.Is(err, perms.ErrRefused); got != test.refused || err != nil && !got {
				t.Errorf("%s, %s: got %v, want refused %t", name, doing, err, test.refused)
			}
		}
		if got := len(w.staged(bob)) == 1; got != test.refused {
			t.Errorf("%s: still staged: got %t, want %t", name, got, test.refused)
		}
	}
	w := newWorld(t)
	if err := w.RequireEverything(t.Context(), model.Operator{Name: "user:gone", As: "gone"}); !errors.Is(err, db.ErrActor) {
		t.Errorf("as somebody who is not there: got %v, want ErrActor", err)
	}
	if err := w.RequireEverything(t.Context(), ann.Operator); err != nil {
		t.Errorf("as nobody: got %v, want nil", err)
	}
}

// TestDraftsAreFew: each operator has so many with a name and no more, until one is gone.
func TestDraftsAreFew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci")
	named := func(name string) drafts.Draft { return drafts.Draft{Operator: ann.Operator, Name: name} }
	for i := range 100 {
		w.stage(named(fmt.Sprint("d", i)), note("staged"), "ci")
	}
	more := db.Edit{Kind: model.KindUser, Draft: named("more"), Names: []string{"ci"}, Change: note("staged")}
	_, stageErr := w.Stage(t.Context(), more)
	_, previewErr := w.Preview(t.Context(), more, false)
	for doing, err := range map[string]error{"staging": stageErr, "previewing": previewErr} {
		if !errors.Is(err, model.ErrTooManyDrafts) {
			t.Errorf("%s in one more: got %v, want ErrTooManyDrafts", doing, err)
		}
	}
	more.Change = note("")
	if _, err := w.Stage(t.Context(), more); err != nil {
		t.Errorf("an edit that changes nothing makes no draft: got %v", err)
	}
	w.stage(named("d7"), note("again"), "ci")
	w.stage(ann, note("without a name"), "ci")
	w.stage(drafts.Draft{Operator: bob.Operator, Name: "more"}, note("bob's"), "ci")
	if _, err := w.Discard(t.Context(), named("d7"), nil); err != nil {
		t.Fatal(err)
	}
	w.stage(named("more"), note("staged"), "ci")
}

func TestOwners(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "off", "zoe", "amy", "bea")
	for _, name := range []string{"zoe", "amy", "bea"} {
		w.saveEdit(ann, w.enable(digest(name)), name)
	}
	w.saveEdit(ann, w.regenerate(digest("fresh"), time.Hour), "bea")
	w.stage(ann, w.enable(digest("staged")), "off")
	looked := 0
	owners, err := w.Owners(t.Context(), func(access tokens.Access) bool {
		looked++
		return !access.Current.Equal(digest("zoe"))
	})
	if err != nil || looked != 3 || len(owners) != 2 {
		t.Fatalf("got %v, %v after %d looks, want amy and bea after 3", owners, err, looked)
	}
	amy, bea := owners[0], owners[1]
	user, err := w.User(t.Context(), "amy")
	if err != nil || amy.Name != "amy" || amy.UserID != user.ID || amy.Access != user.Access {
		t.Errorf("got %+v, %v, want what is read of %+v", amy, err, user)
	}
	if !bea.Access.Accepts(digest("fresh"), verifiedtime.Known(w.clock()), tokens.Limits{}) || !bea.Access.Accepts(digest("bea"), verifiedtime.Known(w.clock()), tokens.Limits{}) ||
		bea.Access.Accepts(digest("bea"), verifiedtime.Known(w.clock().Add(time.Hour)), tokens.Limits{}) {
		t.Errorf("got %+v, want the fresh token and for an hour the retiring one", bea.Access)
	}
}

// BenchmarkOwners looks for the owner of one token among so many users.
func BenchmarkOwners(b *testing.B) {
	const users = 100_000
	w := newWorld(b)
	names := make([]string, users)
	for i := range names {
		names[i] = fmt.Sprintf("user%06d", i)
	}
	w.saveEdit(ann, func(s *model.Target) error {
		s.Next = &model.Object{Kind: s.Kind, Name: s.Name, Access: tokens.Access{Current: digest(s.Name), IssuedAt: w.clock()}}
		return nil
	}, names...)
	leaked := digest("user077777")
	b.ResetTimer()
	for b.Loop() {
		owners, err := w.Owners(b.Context(), func(access tokens.Access) bool {
			return access.Current.Fingerprint() == leaked.Fingerprint()
		})
		if err != nil || len(owners) != 1 {
			b.Fatalf("got %v, %v", owners, err)
		}
	}
}
