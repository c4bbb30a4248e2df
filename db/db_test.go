package db_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/history"
	"latchkey/db/model"
	"latchkey/db/snapshot"
	"latchkey/perms"
	"latchkey/perms/verifiedtime"
	"latchkey/tokens"
)

var (
	ann = drafts.Draft{Operator: model.Operator{Name: "os:ann", KnownBy: "os user", Source: "test"}}
	bob = drafts.Draft{Operator: model.Operator{Name: "os:bob", KnownBy: "os user", Source: "test"}}
)

// world is a database on a real file with a clock that a test moves by hand.
type world struct {
	*db.DB
	t    testing.TB
	path string
	now  atomic.Int64
	mark atomic.Pointer[verifiedtime.Mark]
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, path: filepath.Join(t.TempDir(), "latchkey.db")}
	w.mark.Store(&verifiedtime.Mark{})
	w.now.Store(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC).Unix())
	if err := db.Create(t.Context(), w.path, db.Options{Clock: w.clock}, ann.Operator, nil); err != nil {
		t.Fatal(err)
	}
	w.DB = w.open(true)
	return w
}

func (w *world) open(writable bool) *db.DB {
	w.t.Helper()
	database, err := db.Open(w.t.Context(), w.path, db.Options{Clock: w.clock, ClockMark: w.clockMark, Writable: writable})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = database.Close() })
	return database
}

func (w *world) clock() time.Time { return time.Unix(w.now.Load(), 0).UTC() }

func (w *world) clockMark() verifiedtime.Mark { return *w.mark.Load() }

func (w *world) advance(by time.Duration) { w.now.Add(int64(by / time.Second)) }

func add(s *model.Target) error {
	if s.Next != nil {
		return model.ErrUserExists
	}
	s.Next = &model.Object{Kind: s.Kind, Name: s.Name}
	return nil
}

func remove(s *model.Target) error {
	if s.Next == nil {
		return model.ErrNoUser
	}
	s.Next = nil
	return nil
}

// on makes a change of a user who must be there.
func on(change func(user *model.Object) error) model.Change {
	return func(s *model.Target) error {
		if s.Next == nil {
			return model.ErrNoUser
		}
		return change(s.Next)
	}
}

func note(text string) model.Change {
	return on(func(user *model.Object) error { user.Note = text; return nil })
}

func rename(name string) model.Change {
	return on(func(user *model.Object) error { user.Name = name; return nil })
}

func (w *world) enable(fresh tokens.Digest) model.Change {
	return on(func(user *model.Object) (err error) {
		user.Access, err = tokens.Enable(user.Access, fresh, w.clock())
		return err
	})
}

// enableEach gives everybody a token: its own name.
func (w *world) enableEach() model.Change {
	return on(func(user *model.Object) (err error) {
		user.Access, err = tokens.Enable(user.Access, digest(user.Name), w.clock())
		return err
	})
}

func grant(text string) model.Change {
	return on(func(user *model.Object) error {
		pattern, err := perms.ParsePattern(text)
		user.Rules = user.Rules.With(perms.Rule{Effect: perms.Allow, Pattern: pattern})
		return err
	})
}

func digest(text string) tokens.Digest { return tokens.DigestOf(text) }

func (w *world) stage(draft drafts.Draft, change model.Change, names ...string) {
	w.t.Helper()
	if _, err := w.Stage(w.t.Context(), db.Edit{Kind: model.KindUser, Draft: draft, Names: names, Change: change}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) saveEdit(draft drafts.Draft, change model.Change, names ...string) history.Revision {
	w.t.Helper()
	edited, err := w.Confirmed(db.Lockout).SaveEdit(w.t.Context(), db.Edit{Kind: model.KindUser, Draft: draft, Names: names, Change: change}, "")
	if err != nil {
		w.t.Fatal(err)
	}
	return edited.Revision
}

func (w *world) save(draft drafts.Draft, names ...string) history.Revision {
	w.t.Helper()
	revision, err := w.Save(w.t.Context(), draft, names, "")
	if err != nil {
		w.t.Fatal(err)
	}
	return revision
}

// Authenticate is [db.DB.Authenticate] of a server that starts now.
func (w *world) Authenticate(ctx context.Context, name string, presented tokens.Digest) (snapshot.Identity, error) {
	server, err := db.Open(ctx, w.path, db.Options{Clock: w.clock, ClockMark: w.clockMark, Watched: true})
	if err != nil {
		return snapshot.Identity{}, err
	}
	defer server.Close()
	return server.Authenticate(ctx, name, presented)
}

func (w *world) accepts(name, token string) bool {
	w.t.Helper()
	_, err := w.Authenticate(w.t.Context(), name, digest(token))
	if err != nil && !errors.Is(err, model.ErrUnauthenticated) {
		w.t.Fatal(err)
	}
	return err == nil
}

func (w *world) wantAccepts(name, token string, want bool) {
	w.t.Helper()
	if got := w.accepts(name, token); got != want {
		w.t.Errorf("token %q of %s accepted: got %v, want %v", token, name, got, want)
	}
}

func TestStagingChangesNothingLive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.stage(ann, add, "ci")
	w.stage(ann, w.enable(digest("one")), "ci")
	w.wantAccepts("ci", "one", false)
	if _, err := w.User(t.Context(), "ci"); !errors.Is(err, model.ErrNoUser) {
		t.Errorf("a staged user is live: %v", err)
	}
	revision := w.save(ann)
	if revision.Number != 1 || len(revision.Changes) != 1 {
		t.Errorf("got revision %+v, want number 1 with one change", revision)
	}
	w.wantAccepts("ci", "one", true)
	staged, err := w.Staged(t.Context(), ann)
	if err != nil || len(staged) != 0 {
		t.Errorf("after the save: staged %v, %v; want nothing", staged, err)
	}
}

func TestEmptySaveAndDiscardDoNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if revision := w.save(ann); revision.Number != 0 {
		t.Errorf("got revision %d, want none", revision.Number)
	}
	if discarded, err := w.Discard(t.Context(), ann, nil); err != nil || len(discarded) != 0 {
		t.Errorf("got %v, %v; want nothing", discarded, err)
	}
	_, err := w.Save(t.Context(), ann, []string{"ci"}, "")
	if !errors.Is(err, model.ErrNotStaged) {
		t.Errorf("saving a name without draft: got %v, want ErrNotStaged", err)
	}
}

func TestOperatorsDoNotSeeEachOthersDrafts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.stage(ann, add, "ci")
	named := drafts.Draft{Operator: ann.Operator, Name: "night"}
	for _, other := range []drafts.Draft{bob, named} {
		if staged, err := w.Staged(t.Context(), other); err != nil || len(staged) != 0 {
			t.Errorf("%v sees %v, %v", other, staged, err)
		}
		if revision := w.save(other); revision.Number != 0 {
			t.Errorf("%v saved ann's draft", other)
		}
	}
}

func TestSecondSaveOfTheSameUserIsAConflict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci", "other")
	w.stage(ann, note("of ann"), "ci")
	w.stage(bob, note("of bob"), "ci")
	w.stage(bob, note("of bob"), "other")
	w.save(ann)
	_, err := w.Save(t.Context(), bob, nil, "")
	var conflict *model.ConflictError
	if !errors.As(err, &conflict) || !errors.Is(err, model.ErrConflict) {
		t.Fatalf("got %v, want a ConflictError", err)
	}
	if want := "ci: os:ann changed note in revision 2"; !strings.Contains(err.Error(), want) {
		t.Errorf("got %q, want it to contain %q", err, want)
	}
	if user, _ := w.User(t.Context(), "other"); user.Note != "" {
		t.Error("the conflict saved another user of the draft")
	}
	if w.save(bob, "other").Number != 3 {
		t.Error("the rest of the draft cannot be saved by name")
	}
}

func TestRemovedUserIsAConflict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci")
	w.stage(bob, note("x"), "ci")
	w.saveEdit(ann, remove, "ci")
	_, err := w.Save(t.Context(), bob, nil, "")
	if want := "os:ann removed it in revision 2"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want it to contain %q", err, want)
	}
}

func TestNameTakenMeanwhileIsAConflict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.stage(ann, add, "ci")
	w.stage(bob, add, "ci")
	w.save(ann)
	_, err := w.Save(t.Context(), bob, nil, "")
	if want := "the name was taken by os:ann in revision 1"; !errors.Is(err, model.ErrConflict) || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want a conflict with %q", err, want)
	}
}

func TestNamesCanBeSwappedInOneSave(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "left", "right")
	before, _ := w.User(t.Context(), "left")
	w.stage(ann, rename("spare"), "left")
	w.stage(ann, rename("left"), "right")
	w.stage(ann, rename("right"), "spare")
	w.save(ann)
	after, err := w.User(t.Context(), "right")
	if err != nil || after.ID != before.ID {
		t.Errorf("got %+v, %v; want the user who was left (%d)", after, err, before.ID)
	}
}

func TestAddingARemovedNameRevivesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci")
	w.saveEdit(ann, w.enable(digest("one")), "ci")
	w.stage(ann, remove, "ci")
	w.stage(ann, add, "ci")
	w.save(ann)
	w.wantAccepts("ci", "one", false)
	if _, err := w.User(t.Context(), "ci"); err != nil {
		t.Error(err)
	}
}

func TestSaveEditCarriesTheOwnDraftOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci")
	w.stage(ann, note("later"), "ci")
	w.saveEdit(ann, grant("orders:view"), "ci")
	if user, _ := w.User(t.Context(), "ci"); user.Note != "" || len(user.Rules) != 1 {
		t.Errorf("live: got %+v, want the rule and not the staged note", user)
	}
	w.save(ann)
	if user, _ := w.User(t.Context(), "ci"); user.Note != "later" || len(user.Rules) != 1 {
		t.Errorf("live: got %+v, want the rule and the note", user)
	}
}

func TestSaveEditOfAStagedFieldIsAConflict(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci")
	w.stage(ann, note("staged"), "ci")
	w.stage(ann, add, "new")
	for _, test := range []struct {
		name   string
		change model.Change
		want   string
	}{
		{"ci", note("direct"), "you have staged note"},
		{"ci", remove, "you have staged changes of it"},
		{"new", add, "you have staged a user of this name"},
	} {
		_, err := w.SaveEdit(t.Context(), db.Edit{Kind: model.KindUser, Draft: ann, Names: []string{test.name}, Change: test.change}, "")
		if !errors.Is(err, model.ErrConflict) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("got %v, want a conflict with %q", err, test.want)
		}
	}
	if head, _ := w.History().Head(t.Context()); head.Number != 1 {
		t.Errorf("got revision %d, want 1: nothing saved", head.Number)
	}
}

func TestEditOfSeveralIsAllOrNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci")
	edit := db.Edit{Kind: model.KindUser, Draft: ann, Names: []string{"ci", "nobody", "noone"}, Change: note("x")}
	if _, err := w.Stage(t.Context(), edit); !errors.Is(err, model.ErrNoUser) {
		t.Errorf("staging: got %v, want ErrNoUser", err)
	}
	if _, err := w.SaveEdit(t.Context(), edit, ""); !errors.Is(err, model.ErrNoUser) {
		t.Errorf("saving: got %v, want ErrNoUser", err)
	}
	staged, _ := w.Staged(t.Context(), ann)
	if user, _ := w.User(t.Context(), "ci"); user.Note != "" || len(staged) != 0 {
		t.Errorf("half of the edit was kept: %+v, %v", user, staged)
	}
}

func TestDraftWithoutDifferenceIsForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci")
	w.stage(ann, note("x"), "ci")
	w.stage(ann, note(""), "ci")
	w.stage(ann, add, "new")
	w.stage(ann, remove, "new")
	if staged, err := w.Staged(t.Context(), ann); err != nil || len(staged) != 0 {
		t.Errorf("got %v, %v; want nothing staged", staged, err)
	}
}

func TestSeenStateIsRequired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci")
	for _, save := range []bool{false, true} {
		edit := db.Edit{Kind: model.KindUser, Draft: ann, Names: []string{"ci"}, Change: grant("orders:view")}
		preview, err := w.Preview(t.Context(), edit, save)
		if err != nil || len(preview.Changed) != 1 {
			t.Fatalf("preview: got %+v, %v", preview, err)
		}
		w.saveEdit(bob, note(fmt.Sprint("meanwhile, before save=", save)), "ci")
		edit.Seen = preview.Seen
		if save {
			_, err = w.SaveEdit(t.Context(), edit, "")
		} else {
			_, err = w.Stage(t.Context(), edit)
		}
		if !errors.Is(err, model.ErrConflict) {
			t.Errorf("save %v: got %v, want a conflict", save, err)
		}
	}
}

func TestRetiringTokenEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci")
	w.saveEdit(ann, w.enable(digest("one")), "ci")
	w.stage(ann, func(s *model.Target) (err error) {
		s.Next.Access, err = tokens.Regenerate(s.Live.Access, s.Next.Access, digest("two"), time.Hour, w.clock())
		return err
	}, "ci")
	w.advance(2 * time.Hour) // the grace begins at the save, not when it was staged
	w.save(ann)
	w.wantAccepts("ci", "one", true)
	w.wantAccepts("ci", "two", true)
	w.advance(time.Hour)
	w.wantAccepts("ci", "one", false)
	w.wantAccepts("ci", "two", true)
}

func TestAnotherConnectionIsDecidedByTheSave(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	server := w.serve()
	w.saveEdit(ann, add, "ci")
	w.saveEdit(ann, w.enable(digest("one")), "ci")
	w.saveEdit(ann, grant("orders:view"), "ci")
	identity, err := server.Authenticate(t.Context(), "CI", digest("one"))
	if err != nil || identity.Name != "ci" || len(identity.Rules()) != 1 {
		t.Errorf("got %+v, %v; want ci with one rule", identity, err)
	}
	w.saveEdit(ann, on(func(user *model.Object) (err error) {
		user.Access, err = tokens.Disable(user.Access)
		return err
	}), "ci")
	if _, err := server.Authenticate(t.Context(), "ci", digest("one")); !errors.Is(err, model.ErrUnauthenticated) {
		t.Errorf("got %v, want ErrUnauthenticated", err)
	}
}

func TestServerConnectionsRefuseWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	server := w.open(false)
	_, err := server.Stage(t.Context(), db.Edit{Kind: model.KindUser, Draft: ann, Names: []string{"ci"}, Change: add})
	if !errors.Is(err, db.ErrUnwritable) {
		t.Errorf("got %v, want ErrUnwritable", err)
	}
}

func TestCancelledSaveSavesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := w.SaveEdit(ctx, db.Edit{Kind: model.KindUser, Draft: ann, Names: []string{"ci"}, Change: func(s *model.Target) error {
		cancel()
		return add(s)
	}}, "")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if head, _ := w.History().Head(t.Context()); head.Number != 0 {
		t.Errorf("got revision %d, want none", head.Number)
	}
}
