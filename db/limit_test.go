package db_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"latchkey/db"
	"latchkey/db/backup"
	"latchkey/db/model"
	"latchkey/perms"
)

// rulesNamed makes n rules of a sort.
func rulesNamed(n int, sort string) []perms.Rule {
	rules := make([]perms.Rule, n)
	for i := range rules {
		rules[i] = perms.Rule{Effect: perms.Allow, Pattern: perms.Pattern{Resource: fmt.Sprint(sort, i), Action: "*"}}
	}
	return rules
}

func setRules(n int, sort string) model.Change {
	return on(func(object *model.Object) error { object.Rules = object.Rules.With(rulesNamed(n, sort)...); return nil })
}

// TestRulesAndRolesHaveLimits: at the limit and not beyond it, however an edit comes.
func TestRulesAndRolesHaveLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci", "both", "many")
	w.must(w.edit(ann, true, model.KindRole, add, "support"))
	for _, save := range []bool{true, false} {
		for kind, name := range map[model.Kind]string{model.KindUser: "ci", model.KindRole: "support"} {
			if err := w.edit(ann, save, kind, setRules(perms.MaxRules+1, "a"), name); !errors.Is(err, perms.ErrTooMany) {
				t.Errorf("%s, saved %t: got %v, want ErrTooMany", name, save, err)
			}
			w.must(w.edit(ann, save, kind, setRules(perms.MaxRules, "a"), name))
			if err := w.edit(ann, save, kind, grant("one:more"), name); !errors.Is(err, perms.ErrTooMany) {
				t.Errorf("%s, one more, saved %t: got %v, want ErrTooMany", name, save, err)
			}
			w.must(w.edit(ann, save, kind, grant("a0:*"), name))
		}
	}
	for i := range perms.MaxRoles {
		role := fmt.Sprint("role", i)
		w.must(w.edit(ann, true, model.KindRole, add, role))
		w.saveEdit(ann, assign(role), "many")
	}
	for _, save := range []bool{true, false} {
		if err := w.edit(ann, save, model.KindUser, assign("support"), "many"); !errors.Is(err, perms.ErrTooMany) {
			t.Errorf("one role more, saved %t: got %v, want ErrTooMany", save, err)
		}
	}
	// Two drafts that fit by themselves.
	w.stage(bob, setRules(perms.MaxRules/2+1, "b"), "both")
	w.saveEdit(ann, setRules(perms.MaxRules/2, "a"), "both")
	if _, err := w.Rebase(t.Context(), bob, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Save(t.Context(), bob, nil, ""); !errors.Is(err, perms.ErrTooMany) {
		t.Errorf("a draft on a state that has grown: got %v, want ErrTooMany", err)
	}
	object, err := w.Object(t.Context(), model.KindUser, "both")
	if err != nil || len(object.Rules) != perms.MaxRules/2 {
		t.Errorf("got %d rules, %v; want %d", len(object.Rules), err, perms.MaxRules/2)
	}
}

// TestMoreThanTheLimitGoesOn: what a release without limits has saved counts, may shrink, and may not grow.
func TestMoreThanTheLimitGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.path = filepath.Join(t.TempDir(), "old.db")
	old := model.Object{Kind: model.KindUser, Name: "old", Rules: perms.Rules{}.With(rulesNamed(2*perms.MaxRules, "a")...)}
	if err := db.Create(t.Context(), w.path, db.Options{Clock: w.clock}, ann.Operator, []model.Object{old}); err != nil {
		t.Fatal(err)
	}
	w.DB = w.open(true)
	w.saveEdit(ann, w.enable(digest("one")), "old")
	identity, err := w.serve().Authenticate(t.Context(), "old", digest("one"))
	if err != nil || len(identity.Rules()) != 2*perms.MaxRules {
		t.Fatalf("got %d rules, %v; want %d", len(identity.Rules()), err, 2*perms.MaxRules)
	}
	copied := w.backup()
	w.saveEdit(ann, note("still edited"), "old")
	w.saveEdit(ann, on(func(user *model.Object) error { user.Rules = user.Rules[1:]; return nil }), "old")
	if err := w.edit(ann, true, model.KindUser, grant("one:more"), "old"); !errors.Is(err, perms.ErrTooMany) {
		t.Errorf("one more: got %v, want ErrTooMany", err)
	}
	if _, err := backup.Restore(t.Context(), w.DB, copied, ann.Operator, ""); err != nil {
		t.Errorf("restoring: %v", err)
	}
	if object, err := w.Object(t.Context(), model.KindUser, "old"); err != nil || len(object.Rules) != 2*perms.MaxRules {
		t.Errorf("restored: got %d rules, %v; want %d", len(object.Rules), err, 2*perms.MaxRules)
	}
}
