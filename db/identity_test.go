package db_test

import (
	"errors"
	"testing"

	"latchkey/db"
	"latchkey/perms"
	"latchkey/tokens"
)

var viewOrders = perms.Request{Permission: perms.Permission{Resource: "orders", Action: "view"}}

// TestStill: what ends an answer that lasts, and what does not.
func TestStill(t *testing.T) {
	t.Parallel()
	disable := on(func(user *db.Object) (err error) {
		user.Access, err = tokens.Disable(user.Access)
		return err
	})
	for name, test := range map[string]struct {
		change func(w *world)
		want   bool
	}{
		"nothing happened":  {func(*world) {}, true},
		"staged, not saved": {func(w *world) { w.stage(ann, disable, "ci") }, true},
		"disabled":          {func(w *world) { w.saveEdit(ann, disable, "ci") }, false},
		"removed":           {func(w *world) { w.saveEdit(ann, remove, "ci") }, false},
		"another of the name, with the same token": {func(w *world) {
			w.saveEdit(ann, remove, "ci")
			w.saveEdit(ann, add, "ci")
			w.saveEdit(ann, w.enable(digest("one")), "ci")
			w.saveEdit(ann, grant("orders:view"), "ci")
		}, false},
		"regenerated": {func(w *world) {
			w.saveEdit(ann, on(func(user *db.Object) (err error) {
				user.Access, err = tokens.Regenerate(user.Access, user.Access, digest("two"), 0, w.clock())
				return err
			}), "ci")
		}, false},
		"permission denied": {func(w *world) {
			w.saveEdit(ann, setRule(perms.Rule{Effect: perms.Deny, Pattern: perms.Pattern{Resource: "*", Action: "*"}}), "ci")
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.saveEdit(ann, add, "ci")
			w.saveEdit(ann, w.enable(digest("one")), "ci")
			w.saveEdit(ann, grant("orders:view"), "ci")
			server := w.serve()
			identity, err := server.Authenticate(t.Context(), "ci", digest("one"))
			if err != nil || !identity.Decide(viewOrders, w.clock()).Allowed {
				t.Fatalf("got %+v, %v: nothing is tested", identity, err)
			}
			test.change(w)
			if got, err := server.Still(t.Context(), identity, viewOrders); got != test.want || err != nil {
				t.Errorf("got %v, %v; want %v", got, err, test.want)
			}
		})
	}
}

// TestStillOfNoDatabase: nothing can be told, which is not a yes.
func TestStillOfNoDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci")
	w.saveEdit(ann, w.enable(digest("one")), "ci")
	server := w.serve()
	identity, err := server.Authenticate(t.Context(), "ci", digest("one"))
	if err := errors.Join(err, server.Close()); err != nil {
		t.Fatal(err)
	}
	if got, err := server.Still(t.Context(), identity, viewOrders); got || err == nil {
		t.Errorf("got %v, %v; want an error", got, err)
	}
	if (db.Identity{}).Decide(perms.Request{AnyUser: true}, w.clock()).Allowed {
		t.Error("nobody may do something")
	}
}
