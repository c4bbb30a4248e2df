package db_test

import (
	"errors"
	"math"
	"os"
	"testing"
	"time"

	"latchkey/db"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/tokens"
)

func noRule(text string) model.Change {
	return on(func(object *model.Object) error {
		pattern, err := perms.ParsePattern(text)
		object.Rules = object.Rules.Without(pattern)
		return err
	})
}

func ruled(effect perms.Effect, resource, action string, until time.Time) model.Change {
	return setRule(perms.Rule{Effect: effect, Pattern: perms.Pattern{Resource: resource, Action: action}, Until: until})
}

// all are several changes, one after the other.
func all(changes ...model.Change) model.Change {
	return func(s *model.Target) (err error) {
		for _, change := range changes {
			err = errors.Join(err, change(s))
		}
		return err
	}
}

// roomEdit is an edit, and whether it does nothing but take away.
type roomEdit struct {
	kind     model.Kind
	name     string
	change   model.Change
	takeAway bool
}

func (w *world) roomEdits() map[string]roomEdit {
	user, role, always, soon := model.KindUser, model.KindRole, time.Time{}, w.clock().Add(time.Hour)
	unassign := on(func(user *model.Object) error { user.Unassign("support"); return nil })
	noGrace := on(func(user *model.Object) error {
		user.Access.Retiring, user.Access.RetiringUntil = tokens.Digest{}, time.Time{}
		return nil
	})
	return map[string]roomEdit{
		"remove a user":        {user, "ci", remove, true},
		"remove a role":        {role, "unused", remove, true},
		"disable":              {user, "ci", w.disable(), true},
		"end a grace":          {user, "retiring", noGrace, true},
		"unassign":             {user, "ci", unassign, true},
		"revoke a grant":       {user, "ci", noRule("orders:view"), true},
		"deny":                 {user, "ci", ruled(perms.Deny, "brands", "view", always), true},
		"deny what is allowed": {user, "ci", ruled(perms.Deny, "orders", "view", always), true},
		"revoke of a role":     {role, "support", noRule("brands:view"), true},
		"several":              {user, "ci", all(w.disable(), unassign, noRule("orders:view")), true},
		"disable and note":     {user, "ci", all(w.disable(), note("gone")), false},
		"add":                  {user, "new", add, false},
		"enable":               {user, "off", w.enable(digest("on")), false},
		"regenerate":           {user, "ci", w.regenerate(digest("fresh"), 0), false},
		"begin a grace":        {user, "ci", w.regenerate(digest("fresh"), time.Hour), false},
		"note":                 {user, "ci", note("more"), false},
		"rename":               {user, "ci", rename("other"), false},
		"grant":                {user, "ci", grant("orders:edit"), false},
		"revoke a deny":        {user, "ci", noRule("orders:delete"), false},
		"allow what is denied": {user, "ci", ruled(perms.Allow, "orders", "delete", always), false},
		"let a deny end":       {user, "ci", ruled(perms.Deny, "orders", "delete", soon), false},
		"assign":               {user, "retiring", assign("support"), false},
		"remove a resource":    {model.KindResource, "grafana", remove, false},
	}
}

// reopen opens the database anew, as nobody else has it open.
func (w *world) reopen(options db.Options) {
	w.t.Helper()
	options.Clock, options.Writable = w.clock, true
	database, err := db.Open(w.t.Context(), w.path, options)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = database.Close() })
	w.DB = database
}

// TestTakingAwayIsTheLastThingToFail: where more is to be left free than there is, an operator who comes over a network can
// save what does nothing but take away from users and roles, and can neither save nor stage anything else. An operator on
// the machine can do all of it as long as there is any space (D12).
func TestTakingAwayIsTheLastThingToFail(t *testing.T) {
	t.Parallel()
	full := db.Options{Reserve: true, MinFree: func(int64) int64 { return math.MaxInt64 }}
	for name := range newWorld(t).roomEdits() {
		w := newWorld(t)
		w.must(w.edit(ann, true, model.KindRole, add, "support", "unused"))
		w.must(w.edit(ann, true, model.KindRole, grant("brands:view"), "support"))
		w.saveEdit(ann, add, "ci", "off", "retiring")
		w.saveEdit(ann, all(w.enable(digest("ci")), grant("orders:view"), ruled(perms.Deny, "orders", "delete", time.Time{}), assign("support")), "ci")
		w.saveEdit(ann, w.enable(digest("old")), "retiring")
		w.saveEdit(ann, w.regenerate(digest("new"), time.Hour), "retiring")
		w.saveResource(ann, serve(grafana()), "grafana")
		edit := w.roomEdits()[name]
		w.reopen(full)
		if err := w.edit(bob, false, edit.kind, edit.change, edit.name); !errors.Is(err, db.ErrLittleLeft) {
			t.Errorf("%s: staged over a network: got %v, want %v", name, err, db.ErrLittleLeft)
		}
		w.reopen(db.Options{Reserve: true})
		w.must(w.edit(bob, false, edit.kind, edit.change, edit.name))
		w.reopen(full)
		if _, err := w.Save(t.Context(), bob, nil, ""); errors.Is(err, db.ErrLittleLeft) == edit.takeAway || (err != nil && !errors.Is(err, db.ErrFull)) {
			t.Errorf("%s: a draft saved over a network: got %v, want it saved: %t", name, err, edit.takeAway)
		}
		if edit.takeAway {
			continue // it is done
		}
		if err := w.edit(ann, true, edit.kind, edit.change, edit.name); !errors.Is(err, db.ErrLittleLeft) {
			t.Errorf("%s: saved over a network: got %v, want %v", name, err, db.ErrLittleLeft)
		}
		if _, err := w.Discard(t.Context(), bob, nil); err != nil {
			t.Errorf("%s: discarding over a network: %v", name, err)
		}
		w.reopen(db.Options{Reserve: true})
		w.must(w.edit(ann, true, edit.kind, edit.change, edit.name))
	}
}

// TestReserveIsMadeAgain: whoever makes a database makes its reserve, and whoever edits it finds it missing.
func TestReserveIsMadeAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want, err := db.DiskOf(w.path)
	if err != nil || want.Reserve != want.ReserveWanted || want.Reserve == 0 {
		t.Fatalf("a new database: got %+v, %v", want, err)
	}
	if err := os.Remove(db.ReserveOf(w.path)); err != nil {
		t.Fatal(err)
	}
	w.saveEdit(ann, add, "ci") // of a database that is not to keep one
	if disk, err := db.DiskOf(w.path); err != nil || disk.Reserve != 0 {
		t.Errorf("without a reserve: got %+v, %v", disk, err)
	}
	w.reopen(db.Options{Reserve: true})
	if disk, err := db.DiskOf(w.path); err != nil || disk.Reserve != want.Reserve {
		t.Errorf("opened: got %+v, %v", disk, err)
	}
	if err := os.Truncate(db.ReserveOf(w.path), 64<<10); err != nil {
		t.Fatal(err)
	}
	w.saveEdit(ann, note("x"), "ci")
	if disk, err := db.DiskOf(w.path); err != nil || disk.Reserve != want.Reserve {
		t.Errorf("after a save: got %+v, %v", disk, err)
	}
}
