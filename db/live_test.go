package db

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/db/drafts"
	"latchkey/db/engine"
	"latchkey/db/model"
	"latchkey/db/store"
	"latchkey/perms"
	"latchkey/tokens"
)

// forge writes a live row anew with a digest that is right.
func forge(change func(object *model.Object)) func(ctx context.Context, tx engine.Tx) error {
	return func(ctx context.Context, tx engine.Tx) error {
		live, err := store.Load(ctx, tx, model.KindUser, "ci")
		if err != nil {
			return err
		}
		object := live.Clone()
		change(object)
		if _, err := tx.Exec(ctx, `DELETE FROM objects WHERE id = ?`, live.ID); err != nil {
			return err
		}
		if err := insert(ctx, tx, *object); err != nil {
			return err
		}
		return store.InsertRoles(ctx, tx, *object)
	}
}

func insert(ctx context.Context, tx engine.Tx, object model.Object) error {
	if taken, err := store.Insert(ctx, tx, object); err != nil || taken {
		return errors.Join(err, errors.New("the row could not be written"))
	}
	return nil
}

func statement(text string) func(ctx context.Context, tx engine.Tx) error {
	return func(ctx context.Context, tx engine.Tx) error {
		_, err := tx.Exec(ctx, text)
		return err
	}
}

// TestAlteredLiveRowIsFound alters live rows behind the log's back, together with their digests.
func TestAlteredLiveRowIsFound(t *testing.T) {
	t.Parallel()
	everything := perms.Rule{Effect: perms.Allow, Pattern: perms.Pattern{Resource: "*", Action: "*"}}
	for name, test := range map[string]struct {
		forge func(ctx context.Context, tx engine.Tx) error
		want  string
	}{
		"rule":     {forge(func(o *model.Object) { o.Rules = o.Rules.With(everything) }), "revision 2: ci: the live one differs in rule *:*"},
		"token":    {forge(func(o *model.Object) { o.Access.Current = tokens.DigestOf("mine") }), "revision 2: ci: the live one differs in access"},
		"role":     {forge(func(o *model.Object) { o.Assign("support") }), "revision 2: ci: the live one differs in role support"},
		"name":     {forge(func(o *model.Object) { o.Name = "cl" }), "revision 2: ci: the live one differs in name"},
		"note":     {forge(func(o *model.Object) { o.Note, o.Email = "x", "y" }), "revision 2: ci: the live one differs in email, note"},
		"revision": {forge(func(o *model.Object) { o.Revision = 1 }), "revision 2: ci: the live one says that revision 1 changed it last"},
		"kind": {forge(func(o *model.Object) { o.Kind, o.Access = model.KindRole, tokens.Access{} }),
			"revision 2: ci: the live one is a role"},
		"copied":  {forge(func(o *model.Object) { o.ID, o.Name = 77, "cl" }), "revision 2: ci: not removed since"},
		"removed": {statement(`DELETE FROM objects WHERE name = 'ci'`), "revision 2: ci: not removed since"},
		"added": {func(ctx context.Context, tx engine.Tx) error {
			return insert(ctx, tx, model.Object{ID: 77, Kind: model.KindUser, Name: "eve", Revision: 2, CreatedAt: time.Unix(1, 0), ChangedAt: time.Unix(1, 0)})
		}, "revision 2: eve: live, and no revision has added it"},
		"revived": {func(ctx context.Context, tx engine.Tx) error {
			return insert(ctx, tx, model.Object{ID: 2, Kind: model.KindUser, Name: "gone", Revision: 2, CreatedAt: time.Unix(1, 0), ChangedAt: time.Unix(1, 0)})
		}, "revision 3: gone: removed there, and live all the same"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := threeRevisions(t)
			if _, err := database.History().Verify(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			if err := database.write(t.Context(), func(tx transaction) error { return test.forge(t.Context(), tx) }); err != nil {
				t.Fatal(err)
			}
			_, err := database.History().Verify(t.Context(), nil)
			if !errors.Is(err, model.ErrDamaged) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want ErrDamaged with %q", err, test.want)
			}
		})
	}
}

// threeRevisions: ci, gone and the role support are added, ci is enabled, gone is removed.
func threeRevisions(t *testing.T) *DB {
	t.Helper()
	path := filepath.Join(t.TempDir(), "latchkey.db")
	options := Options{Clock: func() time.Time { return time.Unix(1, 0) }, Writable: true}
	ann := drafts.Draft{Operator: model.Operator{Name: "os:ann"}}
	seed := []model.Object{{Kind: model.KindUser, Name: "ci"}, {Kind: model.KindUser, Name: "gone"}, {Kind: model.KindRole, Name: "support"}}
	if err := Create(t.Context(), path, options, ann.Operator, seed); err != nil {
		t.Fatal(err)
	}
	database, err := Open(t.Context(), path, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = database.Close() })
	enable := func(target *model.Target) (err error) {
		target.Next.Access, err = tokens.Enable(target.Next.Access, tokens.DigestOf("one"), options.Clock())
		return err
	}
	remove := func(target *model.Target) error {
		target.Next = nil
		return nil
	}
	for _, edit := range []Edit{
		{Kind: model.KindUser, Draft: ann, Names: []string{"ci"}, Change: enable},
		{Kind: model.KindUser, Draft: ann, Names: []string{"gone"}, Change: remove},
	} {
		if _, err := database.SaveEdit(t.Context(), edit, ""); err != nil {
			t.Fatal(err)
		}
	}
	return database
}
