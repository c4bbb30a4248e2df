package db_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/model"
	"latchkey/db/snapshot"
	"latchkey/perms"
)

var errEnough = errors.New("enough")

func (w *world) holders(state db.State) []db.Holder {
	w.t.Helper()
	var list []db.Holder
	err := w.Holders(w.t.Context(), state, func(holders *db.Holders) error {
		return holders.Each(w.t.Context(), func(holder db.Holder) error {
			list = append(list, holder)
			return nil
		})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

func (w *world) holder(state db.State, name string) (found db.Holder, err error) {
	err = w.Holders(w.t.Context(), state, func(holders *db.Holders) error {
		found, err = holders.Find(w.t.Context(), name)
		return err
	})
	return found, err
}

// liveHolders are the live users as the other readers of the package give them.
func (w *world) liveHolders() []db.Holder {
	w.t.Helper()
	users, userErr := w.Users(w.t.Context())
	list, roleErr := w.Objects(w.t.Context(), model.KindRole)
	if err := errors.Join(userErr, roleErr); err != nil {
		w.t.Fatal(err)
	}
	roles := map[string]*model.Object{}
	for i := range list {
		roles[list[i].Name] = &list[i]
	}
	var holders []db.Holder
	for _, user := range users {
		holders = append(holders, db.Holder{Name: user.Name, Enabled: user.Access.Enabled() && !user.Access.Suspended, HasToken: user.Access.Enabled(),
			Suspended: user.Access.Suspended, Rules: user.Effective(roles)})
	}
	return holders
}

func (w *world) edit(draft drafts.Draft, save bool, kind model.Kind, change model.Change, names ...string) error {
	w.t.Helper()
	edit := db.Edit{Kind: kind, Draft: draft, Names: names, Change: change}
	var err error
	if save {
		_, err = w.SaveEdit(w.t.Context(), edit, "")
	} else {
		_, err = w.Stage(w.t.Context(), edit)
	}
	return err
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func assign(role string) model.Change {
	return on(func(user *model.Object) error { user.Assign(role); return nil })
}

func setRule(rule perms.Rule) model.Change {
	return on(func(object *model.Object) error { object.Rules = object.Rules.With(rule); return nil })
}

func TestHoldersOfADraft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.must(w.edit(ann, true, model.KindRole, add, "support"))
	w.must(w.edit(ann, true, model.KindRole, grant("orders:view"), "support"))
	w.saveEdit(ann, add, "bob", "ci", "old", "zoe")
	w.saveEdit(ann, assign("support"), "bob", "zoe")
	w.must(w.edit(ann, false, model.KindRole, grant("orders:edit"), "support"))
	w.stage(ann, remove, "ci")
	w.stage(ann, rename("renamed"), "old")
	w.stage(ann, add, "anna", "zz")
	w.stage(ann, assign("support"), "anna")

	two := []perms.Rule{roleRule("orders:edit"), roleRule("orders:view")}
	want := []db.Holder{{Name: "anna", Rules: two}, {Name: "bob", Rules: two}, {Name: "renamed"}, {Name: "zoe", Rules: two}, {Name: "zz"}}
	if got := w.holders(db.StagedBy(ann)); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, name := range []string{"ci", "old", "nobody"} {
		if _, err := w.holder(db.StagedBy(ann), name); !errors.Is(err, model.ErrNoUser) {
			t.Errorf("%s in the draft: got %v, want ErrNoUser", name, err)
		}
	}
	for _, state := range []db.State{{}, db.StagedBy(bob)} {
		if got := w.holders(state); !reflect.DeepEqual(got, w.liveHolders()) {
			t.Errorf("not ann's draft: got %v, want the live users", got)
		}
	}
	w.must(w.edit(bob, true, model.KindUser, add, "anna")) // ann's staged one counts in her draft, and it alone
	if got := w.holders(db.StagedBy(ann)); !reflect.DeepEqual(got, want) {
		t.Errorf("after somebody took the name: got %v, want %v", got, want)
	}
}

func roleRule(pattern string) perms.Rule {
	parsed, err := perms.ParsePattern(pattern)
	if err != nil {
		panic(err)
	}
	return perms.Rule{Effect: perms.Allow, Pattern: parsed, Role: "support"}
}

func TestHoldersOfRevisions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci")
	if got := w.holders(db.AsOf(0)); len(got) != 0 {
		t.Errorf("before the first save: got %v, want nobody", got)
	}
	for _, number := range []int64{-1, 2} {
		err := w.Holders(t.Context(), db.AsOf(number), func(*db.Holders) error { return nil })
		if !errors.Is(err, model.ErrNoRevision) {
			t.Errorf("revision %d: got %v, want ErrNoRevision", number, err)
		}
	}
	if _, err := w.holder(db.AsOf(0), "ci"); !errors.Is(err, model.ErrNoUser) {
		t.Errorf("ci before the first save: got %v, want ErrNoUser", err)
	}
	saved := w.clock()
	w.advance(time.Hour)
	w.saveEdit(ann, note("x"), "ci")
	err := w.Holders(t.Context(), db.AsOf(1), func(holders *db.Holders) error {
		if got := holders.Revision; got.Number != 1 || !got.SavedAt.Equal(saved) || got.Operator.Name != "os:ann" {
			t.Errorf("got revision %+v, want 1, saved at %v by os:ann", got, saved)
		}
		return nil
	})
	w.must(err)
	w.tamper(`UPDATE changes SET after = replace(after, 'off', 'off"],["rule orders:view","maybe') WHERE revision = 1`)
	if _, err := w.holder(db.AsOf(1), "ci"); !errors.Is(err, model.ErrDamaged) {
		t.Errorf("a record that makes no sense: got %v, want ErrDamaged", err)
	}
}

func TestEachEndsAtTheFirstError(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "a", "b", "c")
	for name, state := range map[string]db.State{"live": {}, "draft": db.StagedBy(ann), "past": db.AsOf(1)} {
		visits := 0
		err := w.Holders(t.Context(), state, func(holders *db.Holders) error {
			return holders.Each(t.Context(), func(db.Holder) error { visits++; return errEnough })
		})
		if !errors.Is(err, errEnough) || visits != 1 {
			t.Errorf("%s: got %v after %d visits, want the error after 1", name, err, visits)
		}
	}
}

func TestHoldersRefuseDamage(t *testing.T) {
	t.Parallel()
	for _, statement := range []string{
		`UPDATE rules SET effect = 'deny'`,
		`DELETE FROM rules WHERE object_id = (SELECT id FROM objects WHERE kind = 'role')`,
		`DELETE FROM assignments`,
		`UPDATE objects SET token = NULL, token_issued_at = NULL WHERE name = 'ci'`,
	} {
		w := newWorld(t)
		w.must(w.edit(ann, true, model.KindRole, add, "support"))
		w.must(w.edit(ann, true, model.KindRole, grant("orders:view"), "support"))
		w.saveEdit(ann, add, "ci")
		w.saveEdit(ann, w.enable(digest("one")), "ci")
		w.saveEdit(ann, assign("support"), "ci")
		w.tamper(statement)
		if _, err := w.holder(db.State{}, "ci"); !errors.Is(err, model.ErrDamaged) {
			t.Errorf("%s: finding: got %v, want ErrDamaged", statement, err)
		}
		err := w.Holders(t.Context(), db.State{}, func(holders *db.Holders) error {
			return holders.Each(t.Context(), func(db.Holder) error { return nil })
		})
		if !errors.Is(err, model.ErrDamaged) {
			t.Errorf("%s: visiting: got %v, want ErrDamaged", statement, err)
		}
	}
}

// TestHoldersAgree runs random edits of users and roles. Whatever is asked in whichever way, the answers agree: with
// what authenticates a request, with the state after the save that was foreseen, and with what was live at each save.
func TestHoldersAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		defer w.Close()
		history := [][]db.Holder{nil}
		for range rapid.IntRange(3, 25).Draw(rt, "steps") {
			save := rapid.Bool().Draw(rt, "save")
			kind, change, name := randomEdit(rt, w)
			err := w.edit(ann, save, kind, change, name)
			if !save && err == nil && rapid.IntRange(0, 3).Draw(rt, "save all") == 0 {
				foreseen := w.holders(db.StagedBy(ann))
				_, err = w.Save(t.Context(), ann, nil, "")
				if got := w.liveHolders(); err == nil && !reflect.DeepEqual(got, foreseen) {
					rt.Fatalf("foreseen %v, saved %v", foreseen, got)
				}
			}
			if head, _ := w.History().Head(t.Context()); int(head.Number) == len(history) {
				history = append(history, w.liveHolders())
			}
		}
		for number, want := range history {
			if got := w.holders(db.AsOf(int64(number))); !reflect.DeepEqual(got, want) {
				rt.Fatalf("revision %d: got %v, want %v", number, got, want)
			}
		}
		for _, state := range []db.State{{}, db.StagedBy(ann), db.AsOf(int64(len(history) - 1))} {
			checkFinds(rt, w, state)
		}
		checkAuthenticate(rt, w)
	})
}

// randomEdit draws an edit of a few users and roles. Some are refused, as that of a user who is not there.
func randomEdit(rt *rapid.T, w *world) (model.Kind, model.Change, string) {
	kind := rapid.SampledFrom([]model.Kind{model.KindUser, model.KindUser, model.KindRole}).Draw(rt, "kind")
	name := rapid.SampledFrom([]string{"u0", "u1", "u2"}).Draw(rt, "name")
	if kind == model.KindRole {
		name = rapid.SampledFrom([]string{"r0", "r1"}).Draw(rt, "role")
	}
	rule := perms.Rule{Effect: rapid.SampledFrom([]perms.Effect{perms.Allow, perms.Deny}).Draw(rt, "effect")}
	rule.Pattern, _ = perms.ParsePattern(rapid.SampledFrom([]string{"orders:view", "orders:*", "*:view", "*:*"}).Draw(rt, "pattern"))
	if rapid.Bool().Draw(rt, "ends") {
		rule.Until = w.clock().Add(time.Duration(rapid.IntRange(-2, 2).Draw(rt, "hours")) * time.Hour)
	}
	changes := map[string]model.Change{"add": add, "remove": remove, "rule": setRule(rule)}
	names := []string{"add", "add", "rule", "rule", "remove"}
	if kind == model.KindUser {
		changes["enable"] = w.enable(digest(name))
		changes["assign"] = assign(rapid.SampledFrom([]string{"r0", "r1"}).Draw(rt, "assigned"))
		changes["rename"] = rename(rapid.SampledFrom([]string{"u3", "u4"}).Draw(rt, "new name"))
		names = append(names, "enable", "assign", "rename")
	}
	return kind, changes[rapid.SampledFrom(names).Draw(rt, "change")], name
}

func checkFinds(rt *rapid.T, w *world, state db.State) {
	for _, want := range w.holders(state) {
		if got, err := w.holder(state, want.Name); err != nil || !reflect.DeepEqual(got, want) {
			rt.Fatalf("found %v, %v; visited %v", got, err, want)
		}
	}
}

func checkAuthenticate(rt *rapid.T, w *world) {
	for _, holder := range w.holders(db.State{}) {
		identity := snapshot.Identity{}
		accepted := false
		for _, token := range []string{"u0", "u1", "u2"} { // a renamed user keeps its token
			found, err := w.Authenticate(context.Background(), holder.Name, digest(token))
			if err == nil {
				identity, accepted = found, true
			}
		}
		if accepted != holder.Enabled || accepted && fmt.Sprint(identity.Rules()) != fmt.Sprint(holder.Rules) {
			rt.Fatalf("authenticated %v with %v; visited %+v", accepted, identity.Rules(), holder)
		}
	}
}
