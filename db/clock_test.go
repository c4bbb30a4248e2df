package db_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/history"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/perms/verifiedtime"
	"latchkey/tokens"
)

// ruleUntil gives a rule that ends.
func ruleUntil(effect perms.Effect, text string, until time.Time) model.Change {
	return on(func(object *model.Object) error {
		object.Rules = object.Rules.With(rule(effect, text, until))
		return nil
	})
}

func revokeRule(text string) model.Change {
	return on(func(object *model.Object) error {
		pattern, err := perms.ParsePattern(text)
		object.Rules = object.Rules.Without(pattern)
		return err
	})
}

// newEndings is a world in which ci has a retiring token, a rule that ends and a deny that does, each in an hour.
func newEndings(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	hour := w.clock().Add(time.Hour)
	w.saveEdit(ann, add, "ci", "other")
	w.saveEdit(ann, w.enable(digest("old")), "ci")
	w.saveEdit(ann, w.regenerate(digest("new"), time.Hour), "ci")
	w.saveEdit(ann, ruleUntil(perms.Allow, "orders:view", hour), "ci")
	w.saveEdit(ann, grant("brands:*"), "ci")
	w.saveEdit(ann, ruleUntil(perms.Deny, "brands:delete", hour), "ci")
	return w
}

// doors are the ways in which who may do what is decided.
func (w *world) doors() map[string]*db.DB {
	doors := w.serveBothWays()
	doors["commands"] = w.open(false)
	return doors
}

// wantEndings asks every way for ci: whether the old token and the rule that ends count, and whether the deny does.
func (w *world) wantEndings(when string, doors map[string]*db.DB, goesOn, denied bool) {
	w.t.Helper()
	for name, door := range doors {
		identity, err := door.Identify(w.t.Context(), "ci", digest("new"))
		if err != nil {
			w.t.Fatalf("%s, %s: the current token: %v", when, name, err)
		}
		_, err = door.Identify(w.t.Context(), "ci", digest("old"))
		if got := err == nil; got != goesOn {
			w.t.Errorf("%s, %s: the retiring token: got %v, want accepted %t", when, name, err, goesOn)
		}
		for permission, want := range map[string]bool{"orders:view": goesOn, "brands:delete": !denied, "brands:view": true} {
			parsed, err := perms.ParsePermission(permission)
			w.must(err)
			if got := identity.Decide(perms.Request{Permission: parsed}).Allowed; got != want {
				w.t.Errorf("%s, %s: %s: got %t, want %t", when, name, permission, got, want)
			}
		}
		w.must(door.Holders(w.t.Context(), db.State{}, func(holders *db.Holders) error {
			holder, err := holders.Find(w.t.Context(), "ci")
			if got := perms.Decide(holder.Rules, perms.Permission{Resource: "orders", Action: "view"}, holders.Now).Allowed; got != goesOn {
				w.t.Errorf("%s, %s: orders:view among holders: got %t, want %t", when, name, got, goesOn)
			}
			return err
		}))
	}
}

// TestClockSetBack: what a save has shown to have ended does not begin again, and while the clock is behind nothing that ends
// counts as going on.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	w := newEndings(t)
	doors := w.doors()
	w.wantEndings("at first", doors, true, true)
	w.advance(2 * time.Hour)
	w.wantEndings("after the end", doors, false, false)
	w.saveEdit(ann, note("proves the time"), "other")
	w.advance(-2 * time.Hour)
	w.wantEndings("set back", doors, false, true)
	w.advance(2*time.Hour - verifiedtime.Tolerance)
	w.wantEndings("a minute behind", doors, false, false)
	w.advance(-time.Second)
	w.wantEndings("more than a minute behind", doors, false, true)
	w.advance(48 * time.Hour)
	w.wantEndings("right again", doors, false, false)
}

// TestClockMark: so it is where nobody has saved, but a server has seen the time.
func TestClockMark(t *testing.T) {
	t.Parallel()
	w := newEndings(t)
	doors := w.doors()
	w.mark.Store(&verifiedtime.Mark{At: w.clock().Add(2 * time.Hour)})
	w.wantEndings("set back", doors, false, true)
	w.advance(3 * time.Hour)
	w.wantEndings("right again", doors, false, false)
}

// TestSavesWhileTheClockIsBehind: only those that take away are made, none lowers what is proved, and what is shown before a
// save is refused as the save is.
func TestSavesWhileTheClockIsBehind(t *testing.T) {
	t.Parallel()
	w := newEndings(t)
	w.saveEdit(ann, w.enable(digest("other")), "other")
	w.saveEdit(ann, add, "gone", "denied")
	w.saveEdit(ann, ruleUntil(perms.Deny, "orders:*", time.Time{}), "denied")
	proved := w.clock().Add(24 * time.Hour)
	w.mark.Store(&verifiedtime.Mark{At: proved})
	for _, test := range []struct {
		name   string
		change model.Change
		user   string
		want   error
	}{
		{"add", add, "new", db.ErrClockBehind},
		{"enable", w.enable(digest("x")), "gone", db.ErrClockBehind},
		{"regenerate", w.regenerate(digest("x"), 0), "ci", db.ErrClockBehind},
		{"regenerate with a grace", w.regenerate(digest("x"), time.Hour), "ci", db.ErrClockBehind},
		{"grant", grant("orders:*"), "ci", db.ErrClockBehind},
		{"revoke a deny", revokeRule("orders:*"), "denied", db.ErrClockBehind},
		{"rename", rename("root"), "ci", db.ErrClockBehind},
		{"note", note("x"), "ci", db.ErrClockBehind},
		{"revoke", revokeRule("orders:view"), "ci", nil},
		{"deny", ruleUntil(perms.Deny, "*:*", time.Time{}), "ci", nil},
		{"disable", w.disable(), "other", nil},
		{"remove", remove, "gone", nil},
	} {
		edit := db.Edit{Kind: model.KindUser, Draft: ann, Names: []string{test.user}, Change: test.change}
		if _, err := w.Preview(t.Context(), edit, true); !errors.Is(err, test.want) {
			t.Errorf("%s: previewing a save: got %v, want %v", test.name, err, test.want)
		}
		if _, err := w.Stage(t.Context(), edit); err != nil {
			t.Errorf("%s: staging: got %v", test.name, err)
		}
		revision, err := w.Save(t.Context(), ann, nil, "")
		if !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
		if err == nil && !revision.SavedAt.Equal(proved) {
			t.Errorf("%s: saved at %v, want %v", test.name, revision.SavedAt, proved)
		}
		if _, err := w.Discard(t.Context(), ann, nil); err != nil {
			t.Fatal(err)
		}
	}
	w.mark.Store(&verifiedtime.Mark{})
	if now, err := w.Now(t.Context()); err != nil || !now.Behind() || !now.At().Equal(proved) {
		t.Errorf("got %+v, %v; want that the saves prove the time that was known", now, err)
	}
	edit := db.Edit{Kind: model.KindUser, Draft: bob, Names: []string{"ci", "denied"}, Change: w.disable()}
	if _, err := w.SaveEdit(t.Context(), edit, ""); !errors.Is(err, tokens.ErrNotEnabled) {
		t.Errorf("got %v, want the error of the edit itself", err)
	}
	w.advance(48 * time.Hour)
	w.saveEdit(ann, note("x"), "ci")
}

// TestResetClock: a save was made with the clock two years ahead.
func TestResetClock(t *testing.T) {
	t.Parallel()
	w := newEndings(t)
	doors := w.doors()
	right := w.clock().Add(time.Minute)
	ahead := 2 * 365 * 24 * time.Hour
	w.saveEdit(ann, add, "may", "staged")
	w.saveEdit(ann, w.enable(digest("may")), "may")
	if reset, err := w.ResetClock(t.Context(), ann.Operator, ""); err != nil || reset.Revision.Number != 0 {
		t.Errorf("a clock that is right: got %+v, %v", reset, err)
	}
	w.advance(ahead)
	w.saveEdit(ann, w.regenerate(digest("newest"), 24*time.Hour), "ci")
	w.saveEdit(ann, ruleUntil(perms.Allow, "products:*", w.clock().Add(time.Hour)), "ci")
	w.stage(bob, ruleUntil(perms.Allow, "orders:*", w.clock().Add(time.Hour)), "staged")
	w.stage(bob, note("kept"), "staged")
	w.mark.Store(&verifiedtime.Mark{At: w.clock()})
	w.now.Store(right.Unix())
	w.wantAccepts("ci", "new", false)
	w.wantAccepts("ci", "newest", true)

	asMay := model.ActingAs("may", ann.Operator)
	if _, err := w.ResetClock(t.Context(), asMay, ""); !errors.Is(err, perms.ErrRefused) {
		t.Errorf("by a user who may not do everything: got %v", err)
	}
	reset, err := w.ResetClock(t.Context(), ann.Operator, "the battery was empty")
	w.must(err)
	if !reset.Revision.SavedAt.Equal(right) || !reset.Proved.Equal(right.Add(ahead-time.Minute)) || !slices.Equal(reset.Drafts, []drafts.Draft{{Operator: model.Operator{Name: "os:bob"}}}) {
		t.Errorf("got %+v", reset)
	}
	for name, door := range doors {
		if now, err := door.Now(t.Context()); err != nil || now.Behind() {
			t.Errorf("%s: got %+v, %v", name, now, err)
		}
		for token, want := range map[string]bool{"old": false, "new": false, "newest": true} {
			if _, err := door.Identify(t.Context(), "ci", digest(token)); (err == nil) != want {
				t.Errorf("%s: token %s: got %v, want accepted %t", name, token, err, want)
			}
		}
	}
	ci, err := w.User(t.Context(), "ci")
	w.must(err)
	if got := fmt.Sprint(ci.Rules); got != "[deny brands:delete until 2026-11-23T13:00:00Z allow brands:*]" && got != "[allow brands:* deny brands:delete until 2026-11-23T13:00:00Z]" {
		t.Errorf("got the rules %s", got)
	}
	if got := w.pending(bob); got != "staged [{note  kept}]\n" {
		t.Errorf("got the drafts %q", got)
	}
	w.save(bob)
	w.saveEdit(ann, w.regenerate(digest("last"), time.Hour), "ci")
	w.wantAccepts("ci", "newest", true)
	if _, err := w.History().Verify(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

// TestResetClockOfNothing: a reset is recorded also where nothing ends.
func TestResetClockOfNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci")
	w.advance(-24 * time.Hour)
	reset, err := w.ResetClock(t.Context(), ann.Operator, "")
	w.must(err)
	if reset.Revision.Number != 2 || len(reset.Revision.Changes) != 0 {
		t.Errorf("got %+v", reset.Revision)
	}
	read, err := w.History().Revision(t.Context(), 2)
	w.must(err)
	var logged []int64
	w.must(w.History().Log(t.Context(), history.Filter{}, func(revision history.Revision) error {
		logged = append(logged, revision.Number)
		return nil
	}))
	if read.Number != 2 || !read.SavedAt.Equal(w.clock()) || !slices.Equal(logged, []int64{2, 1}) {
		t.Errorf("got %+v, and a log of %v", read, logged)
	}
	if verified, err := w.History().Verify(t.Context(), nil); err != nil || verified.Revisions != 2 {
		t.Errorf("got %+v, %v", verified, err)
	}
	w.saveEdit(ann, note("x"), "ci")
}

// TestResetClockLeavesDamagedRows: nobody gets in by them.
func TestResetClockLeavesDamagedRows(t *testing.T) {
	t.Parallel()
	w := newEndings(t)
	w.tamper(`UPDATE objects SET note = 'damaged' WHERE name = 'ci'`)
	w.advance(-24 * time.Hour)
	reset, err := w.ResetClock(t.Context(), ann.Operator, "")
	w.must(err)
	if len(reset.Revision.Changes) != 0 {
		t.Errorf("got %+v", reset.Revision)
	}
}
