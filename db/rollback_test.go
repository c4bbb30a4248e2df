package db_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/perms/verifiedtime"
	"latchkey/tokens"
)

func rule(effect perms.Effect, text string, until time.Time) perms.Rule {
	pattern, err := perms.ParsePattern(text)
	if err != nil {
		panic(err)
	}
	return perms.Rule{Effect: effect, Pattern: pattern, Until: until}
}

func (w *world) disable() model.Change {
	return on(func(user *model.Object) (err error) {
		user.Access, err = tokens.Disable(user.Access)
		return err
	})
}

func (w *world) regenerate(fresh tokens.Digest, grace time.Duration) model.Change {
	return func(s *model.Target) (err error) {
		s.Next.Access, err = tokens.Regenerate(s.Live.Access, s.Next.Access, fresh, grace, w.clock())
		return err
	}
}

// describe is everything live by label, in one comparable form.
func (w *world) describe() map[string]string {
	w.t.Helper()
	state := map[string]string{}
	for _, kind := range []model.Kind{model.KindUser, model.KindRole} {
		objects, err := w.Objects(w.t.Context(), kind)
		w.must(err)
		for _, object := range objects {
			state[model.Label(kind, object.Name)] = fmt.Sprint(object.Record())
		}
	}
	return state
}

// rollBack stages as bob, looks that nothing is live yet, and saves; or saves at once.
func (w *world) rollBack(number int64, save bool) ([]db.Unrestored, error) {
	w.t.Helper()
	if save {
		edited, err := w.SaveRollback(w.t.Context(), bob, number, "back")
		return edited.Unrestored, err
	}
	before := w.describe()
	edited, err := w.StageRollback(w.t.Context(), bob, number)
	if err != nil {
		return nil, err
	}
	if !maps.Equal(before, w.describe()) {
		w.t.Error("staging a rollback changed the live state")
	}
	staged, err := w.Staged(w.t.Context(), bob)
	w.must(err)
	if len(staged) != len(edited.Changes) {
		w.t.Errorf("got %d staged objects, want the %d that were told", len(staged), len(edited.Changes))
	}
	_, err = w.Save(w.t.Context(), bob, nil, "back")
	return edited.Unrestored, err
}

func TestRollbackGoesBack(t *testing.T) {
	t.Parallel()
	role := func(change model.Change) func(w *world) {
		return func(w *world) { w.must(w.edit(ann, true, model.KindRole, change, "support")) }
	}
	user := func(change model.Change) func(w *world) {
		return func(w *world) { w.saveEdit(ann, change, "ci") }
	}
	for name, save := range map[string]func(w *world){
		"note":          user(note("x")),
		"email":         user(on(func(o *model.Object) error { o.Email = "c@example.org"; return nil })),
		"name":          user(rename("build")),
		"rule added":    user(grant("*:view")),
		"rule replaced": user(setRule(rule(perms.Deny, "orders:view", time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)))),
		"rule revoked":  user(on(func(o *model.Object) error { o.Rules = nil; return nil })),
		"role taken":    user(on(func(o *model.Object) error { o.Unassign("support"); return nil })),
		"role given":    user(assign("other")),
		"role's rule":   role(grant("orders:edit")),
		"role's note":   role(note("x")),
		"user added":    func(w *world) { w.saveEdit(ann, add, "new") },
		"user removed":  func(w *world) { w.saveEdit(ann, remove, "off") },
		"role removed":  func(w *world) { w.must(w.edit(ann, true, model.KindRole, remove, "other")) },
		"enabled":       func(w *world) { w.saveEdit(ann, w.enable(digest("new")), "off") },
		"names swapped": func(w *world) {
			w.stage(ann, rename("spare"), "ci")
			w.stage(ann, rename("ci"), "off")
			w.stage(ann, rename("off"), "spare")
			w.save(ann)
		},
		"role added and given": func(w *world) {
			w.must(w.edit(ann, false, model.KindRole, add, "fresh"))
			w.stage(ann, assign("fresh"), "ci")
			w.stage(ann, add, "new")
			w.stage(ann, assign("fresh"), "new")
			w.save(ann)
		},
		"role taken and removed": func(w *world) {
			w.stage(ann, on(func(o *model.Object) error { o.Unassign("support"); return nil }), "ci", "off")
			w.must(w.edit(ann, false, model.KindRole, remove, "support"))
			w.save(ann)
		},
		"user removed with a role that went too": func(w *world) {
			w.stage(ann, remove, "ci", "off")
			w.must(w.edit(ann, false, model.KindRole, remove, "support"))
			w.save(ann)
		},
	} {
		for _, atOnce := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " at once ", atOnce), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.must(w.edit(ann, true, model.KindRole, add, "support", "other"))
				w.saveEdit(ann, add, "ci", "off")
				w.saveEdit(ann, assign("support"), "ci", "off")
				w.saveEdit(ann, grant("orders:view"), "ci")
				before := w.describe()
				save(w)
				if maps.Equal(before, w.describe()) {
					t.Fatal("nothing was changed")
				}
				if left, err := w.rollBack(5, atOnce); err != nil || len(left) > 0 {
					t.Fatalf("rolling back: got %v, %v; want nothing left", left, err)
				}
				if got := w.describe(); !maps.Equal(got, before) {
					t.Errorf("got %v, want %v", got, before)
				}
				again, err := w.rollBack(5, atOnce)
				if strings.Contains(name, "removed") {
					if !errors.Is(err, model.ErrConflict) {
						t.Errorf("adding again twice: got %v, want a conflict", err)
					}
					return
				}
				if err != nil || len(again) > 0 || !maps.Equal(w.describe(), before) {
					t.Errorf("rolling back again: got %v, %v; want nothing to do", again, err)
				}
				if head, _ := w.History().Head(t.Context()); head.Number != 6 {
					t.Errorf("got revision %d, want 6: the second rollback saves nothing", head.Number)
				}
			})
		}
	}
}

// TestRollbackRevivesNoToken: whatever access was, a token that was replaced or disabled stays dead.
func TestRollbackRevivesNoToken(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		save func(w *world)
		why  []db.Why
		live []string // tokens that count after the rollback
	}{
		"disabled":              {func(w *world) { w.saveEdit(ann, w.disable(), "ci") }, []db.Why{db.AccessStaysOff}, nil},
		"regenerated":           {func(w *world) { w.saveEdit(ann, w.regenerate(digest("two"), 0), "ci") }, []db.Why{db.TokenStays}, []string{"two"}},
		"regenerated, retiring": {func(w *world) { w.saveEdit(ann, w.regenerate(digest("two"), time.Hour), "ci") }, []db.Why{db.TokenStays}, []string{"one", "two"}},
		"removed":               {func(w *world) { w.saveEdit(ann, remove, "ci") }, []db.Why{db.AccessStaysOff}, nil},
		"disabled, enabled since": {func(w *world) {
			w.saveEdit(ann, w.disable(), "ci")
			w.saveEdit(ann, w.enable(digest("two")), "ci")
		}, []db.Why{db.TokenStays}, []string{"two"}},
	} {
		for _, atOnce := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " at once ", atOnce), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.saveEdit(ann, add, "ci")
				w.saveEdit(ann, w.enable(digest("one")), "ci")
				test.save(w)
				left, err := w.rollBack(3, atOnce)
				w.must(err)
				var why []db.Why
				for _, field := range left {
					why = append(why, field.Why)
					if field.Label() != "ci" || field.Field != "access" || !strings.HasPrefix(field.Was, "on, token ") {
						t.Errorf("got %+v, want the access of ci", field)
					}
				}
				if !slices.Equal(why, test.why) {
					t.Errorf("got %v, want %v", why, test.why)
				}
				for _, token := range []string{"one", "two"} {
					w.wantAccepts("ci", token, slices.Contains(test.live, token))
				}
			})
		}
	}
}

func TestRollbackLeavesOutEndedRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	soon, later := w.clock().Add(time.Hour), w.clock().Add(24*time.Hour)
	w.saveEdit(ann, add, "ci")
	w.saveEdit(ann, setRule(rule(perms.Allow, "orders:view", soon)), "ci")
	w.saveEdit(ann, setRule(rule(perms.Allow, "orders:edit", later)), "ci")
	w.saveEdit(ann, remove, "ci")
	w.advance(time.Hour)
	left, err := w.rollBack(4, false)
	w.must(err)
	if len(left) != 1 || left[0].Why != db.RuleEnded || left[0].Field != "rule orders:view" {
		t.Errorf("got %+v, want the rule orders:view", left)
	}
	user, err := w.User(t.Context(), "ci")
	w.must(err)
	if want := (perms.Rules{rule(perms.Allow, "orders:edit", later)}); !slices.Equal(user.Rules, want) {
		t.Errorf("got %v, want %v", user.Rules, want)
	}
}

func TestRollbackConflicts(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		since func(w *world)
		want  string
	}{
		"field changed since": {func(w *world) { w.saveEdit(ann, note("later"), "ci") }, "ci: os:ann changed note in revision 4"},
		"both changed since": {func(w *world) {
			w.saveEdit(ann, note("later"), "ci")
			w.saveEdit(bob, setRule(rule(perms.Deny, "orders:view", time.Time{})), "ci")
		}, "ci: os:ann changed note in revision 4, os:bob changed rule orders:view in revision 5"},
		"removed since":  {func(w *world) { w.saveEdit(ann, remove, "ci") }, "ci: os:ann removed it in revision 4"},
		"staged":         {func(w *world) { w.stage(bob, note("mine"), "ci") }, "ci: you have staged note"},
		"removal staged": {func(w *world) { w.stage(bob, remove, "ci") }, "ci: you have staged"},
		"stale draft": {func(w *world) {
			w.stage(bob, on(func(o *model.Object) error { o.Email = "x"; return nil }), "ci")
			w.saveEdit(ann, grant("*:view"), "ci")
		}, "ci: your draft of it is older than the live state"},
	} {
		for _, atOnce := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " at once ", atOnce), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.saveEdit(ann, add, "ci", "other")
				w.saveEdit(ann, note("before"), "ci")
				w.stage(ann, note("after"), "ci", "other")
				w.stage(ann, grant("orders:view"), "ci")
				w.save(ann)
				test.since(w)
				before, head := w.describe(), w.head()
				pending := w.pending(bob)
				_, err := w.rollBack(3, atOnce)
				if name == "stale draft" && atOnce { // a save looks at the live objects, and carries the draft on
					w.must(err)
					return
				}
				if !errors.Is(err, model.ErrConflict) || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want a conflict with %q", err, test.want)
				}
				if !maps.Equal(before, w.describe()) || w.head() != head || w.pending(bob) != pending {
					t.Error("the conflict left something behind")
				}
			})
		}
	}
}

func (w *world) head() int64 {
	w.t.Helper()
	head, err := w.History().Head(w.t.Context())
	w.must(err)
	return head.Number
}

func (w *world) pending(draft drafts.Draft) string {
	w.t.Helper()
	staged, err := w.Staged(w.t.Context(), draft)
	w.must(err)
	var text strings.Builder
	for _, one := range staged {
		fmt.Fprintln(&text, one.Label(), one.Differences())
	}
	return text.String()
}

// TestRollbackRefusesWhatCannotStand: names taken since, roles gone since, roles in use.
func TestRollbackRefusesWhatCannotStand(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		save func(w *world) // revision 3 is rolled back
		err  error
		want string
	}{
		"name of a removed user": {func(w *world) {
			w.saveEdit(ann, remove, "ci")
			w.saveEdit(ann, add, "ci")
		}, model.ErrConflict, "ci: the name was taken by os:ann in revision 4"},
		"old name": {func(w *world) {
			w.saveEdit(ann, rename("build"), "ci")
			w.saveEdit(ann, rename("ci"), "other")
		}, model.ErrConflict, "ci: the name was taken by os:ann in revision 4"},
		"old name, by one who changed in the revision too": {func(w *world) {
			w.stage(ann, rename("build"), "ci")
			w.stage(ann, note("x"), "other")
			w.save(ann)
			w.saveEdit(ann, rename("ci"), "other")
		}, model.ErrConflict, "ci: the name was taken by os:ann in revision 4"},
		"name staged": {func(w *world) {
			w.saveEdit(ann, remove, "ci")
			w.stage(bob, add, "ci")
		}, model.ErrConflict, "ci: you have staged a user of this name"},
		"role gone": {func(w *world) {
			w.saveEdit(ann, on(func(o *model.Object) error { o.Unassign("support"); return nil }), "ci")
			w.must(w.edit(ann, true, model.KindRole, remove, "support"))
		}, model.ErrConflict, "ci: role:support was removed or renamed since"},
		"role in use": {func(w *world) {
			w.must(w.edit(ann, true, model.KindRole, add, "fresh"))
			w.saveEdit(ann, assign("fresh"), "other")
		}, model.ErrRoleInUse, "other"},
		"never was": {func(*world) {}, model.ErrNoRevision, "3"},
	} {
		for _, atOnce := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " at once ", atOnce), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.must(w.edit(ann, true, model.KindRole, add, "support"))
				w.stage(ann, add, "ci", "other")
				w.stage(ann, assign("support"), "ci")
				w.save(ann)
				test.save(w)
				before, head := w.describe(), w.head()
				_, err := w.rollBack(3, atOnce)
				if !errors.Is(err, test.err) || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want %v with %q", err, test.err, test.want)
				}
				if !maps.Equal(before, w.describe()) || w.head() != head {
					t.Error("the refusal left something behind")
				}
			})
		}
	}
}

func TestRollbackGoesIntoTheDraft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci")
	w.saveEdit(ann, note("x"), "ci")
	w.stage(bob, grant("orders:view"), "ci")
	edited, err := w.StageRollback(t.Context(), bob, 2)
	w.must(err)
	if len(edited.Changes) != 1 || fmt.Sprint(edited.Changes[0].Differences()) != "[{note x }]" {
		t.Errorf("got %+v, want the note alone", edited.Changes)
	}
	if got, want := w.pending(bob), "ci [{note x } {rule orders:view  allow}]\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := w.SaveRollback(t.Context(), bob, 2, ""); !errors.Is(err, model.ErrConflict) {
		t.Errorf("saving beside a draft of the same field: got %v, want a conflict", err)
	}
	w.must(w.edit(bob, false, model.KindUser, note("x"), "ci"))
	if _, err := w.SaveRollback(t.Context(), bob, 2, ""); err != nil || w.pending(bob) != "ci [{rule orders:view  allow}]\n" {
		t.Errorf("saving beside a draft of another field: got %v and %q, want it carried on", err, w.pending(bob))
	}
}

// withoutPast leaves out of a state what a rollback does not bring back: access, and rules that have ended.
func withoutPast(objects []model.Object, now time.Time) map[string]string {
	state := map[string]string{}
	for _, object := range objects {
		object.Access = tokens.Access{}
		for _, rule := range object.Rules {
			if !rule.InForce(verifiedtime.Known(now)) {
				object.Rules = object.Rules.Without(rule.Pattern)
			}
		}
		state[model.Label(object.Kind, object.Name)] = fmt.Sprint(object.Record())
	}
	return state
}

func (w *world) everything() []model.Object {
	w.t.Helper()
	users, userErr := w.Users(w.t.Context())
	roles, roleErr := w.Objects(w.t.Context(), model.KindRole)
	w.must(errors.Join(userErr, roleErr))
	return append(users, roles...)
}

// TestRollbackOfTheLastRevision saves random edits and rolls each save back: the state is the one before it, but for
// tokens, none of which is revived.
func TestRollbackOfTheLastRevision(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		defer w.Close()
		w.DB = w.Confirmed(db.Lockout) // a rollback may take the last *:*
		for range rapid.IntRange(3, 25).Draw(rt, "steps") {
			before, head := w.everything(), w.head()
			kind, change, name := randomEdit(rt, w)
			save := rapid.Bool().Draw(rt, "save")
			_ = w.edit(ann, save, kind, change, name)
			if !save && rapid.Bool().Draw(rt, "save all") {
				_, _ = w.Save(t.Context(), ann, nil, "")
			}
			if w.head() == head || rapid.Bool().Draw(rt, "leave it") {
				continue
			}
			rollLastBack(rt, w, before)
		}
		if _, err := w.History().Verify(t.Context(), nil); err != nil {
			rt.Fatal(err)
		}
	})
}

func rollLastBack(rt *rapid.T, w *world, before []model.Object) {
	after := w.everything()
	if _, err := w.rollBack(w.head(), rapid.Bool().Draw(rt, "at once")); err != nil {
		rt.Fatalf("rolling back: %v", err)
	}
	now := w.everything()
	if got, want := withoutPast(now, w.clock()), withoutPast(before, w.clock()); !maps.Equal(got, want) {
		rt.Fatalf("got %v, want %v", got, want)
	}
	for _, object := range now {
		same := func(other model.Object) bool { return other.ID == object.ID && other.Access == object.Access }
		if object.Access.Enabled() && !slices.ContainsFunc(after, same) {
			rt.Fatalf("%s has access that it did not have before the rollback", object.Name)
		}
	}
}

// TestUsersOfARoleAreCounted: a role may have more users than a message should name.
func TestUsersOfARoleAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.edit(ann, true, model.KindRole, add, "support"))
	for n := range 9 {
		name := fmt.Sprint("user", n)
		w.saveEdit(ann, add, name)
		w.saveEdit(ann, assign("support"), name)
	}
	err := w.edit(ann, true, model.KindRole, remove, "support")
	if !errors.Is(err, model.ErrRoleInUse) || !strings.HasSuffix(err.Error(), "user4 and 4 more") {
		t.Errorf("got %v, want the first five and the number of the others", err)
	}
}
