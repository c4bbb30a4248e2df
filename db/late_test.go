package db_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/model"
	"latchkey/perms"
)

// edits are all ways to write for an operator, each with an effect as long as "ci" may do everything and what
// [lateWorld] has staged is there.
var lateEdits = map[string]func(ctx context.Context, d *db.DB, draft drafts.Draft) error{
	"stage": func(ctx context.Context, d *db.DB, draft drafts.Draft) error {
		_, err := d.Stage(ctx, db.Edit{Kind: model.KindUser, Draft: draft, Names: []string{"other"}, Change: note("late")})
		return err
	},
	"stage nothing": func(ctx context.Context, d *db.DB, draft drafts.Draft) error {
		_, err := d.Stage(ctx, db.Edit{Kind: model.KindUser, Draft: draft})
		return err
	},
	"save an edit": func(ctx context.Context, d *db.DB, draft drafts.Draft) error {
		_, err := d.SaveEdit(ctx, db.Edit{Kind: model.KindUser, Draft: draft, Names: []string{"other"}, Change: note("late")}, "")
		return err
	},
	"save": func(ctx context.Context, d *db.DB, draft drafts.Draft) error {
		_, err := d.Save(ctx, draft, []string{"staged"}, "")
		return err
	},
	"discard": func(ctx context.Context, d *db.DB, draft drafts.Draft) error {
		_, err := d.Discard(ctx, draft, nil)
		return err
	},
	"discard another's": func(ctx context.Context, d *db.DB, draft drafts.Draft) error {
		staged, err := d.Staged(ctx, ann)
		return errors.Join(err, d.DiscardOf(ctx, draft.Operator, ann, staged))
	},
	"rebase": func(ctx context.Context, d *db.DB, draft drafts.Draft) error {
		_, err := d.Rebase(ctx, draft, []string{"stale"})
		return err
	},
	"stage a rollback": func(ctx context.Context, d *db.DB, draft drafts.Draft) error {
		_, err := d.StageRollback(ctx, draft, 1)
		return err
	},
	"save a rollback": func(ctx context.Context, d *db.DB, draft drafts.Draft) error {
		_, err := d.SaveRollback(ctx, draft, 1, "")
		return err
	},
}

// lateWorld has ci, who may do everything, and is returned as an operator who has shown the token "one".
func lateWorld(t *testing.T) (*world, drafts.Draft) {
	t.Helper()
	w := newWorld(t)
	w.saveEdit(ann, add, "gone") // what the rollback takes away
	w.saveEdit(ann, add, "ci", "other", "staged", "stale")
	w.saveEdit(ann, grant("*:*"), "ci")
	w.saveEdit(ann, w.enable(digest("one")), "ci")
	operator := model.Operator{Name: model.OperatorOf("ci"), As: "ci", Presented: digest("one")}
	draft := drafts.Draft{Operator: operator}
	w.stage(draft, note("staged"), "staged")
	w.stage(draft, note("stale"), "stale")
	w.stage(ann, note("of another"), "other")
	w.saveEdit(ann, rename("stale2"), "stale")
	return w, draft
}

// written is all that an edit may have written.
func (w *world) written() string {
	w.t.Helper()
	return fmt.Sprint(w.everybodysDrafts(), w.describe(), w.head())
}

// TestRevokedTokenEditsNothing: an operator who has shown a token edits with what that token is at the time of the
// transaction, not with what it was when it was shown (H11).
func TestRevokedTokenEditsNothing(t *testing.T) {
	t.Parallel()
	revocations := map[string]func(w *world){
		"not":         nil,
		"disabled":    func(w *world) { w.saveEdit(ann, w.disable(), "ci") },
		"regenerated": func(w *world) { w.saveEdit(ann, w.regenerate(digest("two"), 0), "ci") },
		"removed":     func(w *world) { w.saveEdit(ann, remove, "ci") },
		"renamed":     func(w *world) { w.saveEdit(ann, rename("ci2"), "ci") },
		"retired, and the grace is over": func(w *world) {
			w.saveEdit(ann, w.regenerate(digest("two"), time.Hour), "ci")
			w.advance(time.Hour)
		},
	}
	for how, revoke := range revocations {
		for what, edit := range lateEdits {
			w, draft := lateWorld(t)
			if revoke != nil {
				revoke(w)
			}
			before := w.written()
			err := edit(t.Context(), w.DB, draft)
			switch {
			case revoke == nil && (err != nil || what != "stage nothing" && w.written() == before):
				t.Errorf("%s: %v, and no effect: the test is blind", what, err)
			case revoke != nil && (!errors.Is(err, db.ErrActor) || w.written() != before):
				t.Errorf("%s, the token was %s: got %v, want ErrActor and no effect", what, how, err)
			}
		}
	}
}

// TestTokenThatRetiredMeanwhile: whether the token that was shown is retiring is found in the transaction too.
func TestTokenThatRetiredMeanwhile(t *testing.T) {
	t.Parallel()
	w, draft := lateWorld(t)
	w.saveEdit(ann, w.regenerate(digest("two"), time.Hour), "ci")
	own := db.Edit{Kind: model.KindUser, Draft: draft, Names: []string{"ci"}, Change: w.regenerate(digest("three"), 0)}
	var refused *perms.RefusedError
	if _, err := w.SaveEdit(t.Context(), own, ""); !errors.As(err, &refused) {
		t.Errorf("got %v of a token of one's own, by a token that is retiring", err)
	}
	other := db.Edit{Kind: model.KindUser, Draft: draft, Names: []string{"other"}, Change: note("by a retiring token")}
	if _, err := w.SaveEdit(t.Context(), other, ""); err != nil {
		t.Errorf("got %v of another edit, which a token may make as long as it is accepted", err)
	}
	own.Draft.Operator.Presented = digest("two")
	if _, err := w.SaveEdit(t.Context(), own, ""); err != nil {
		t.Errorf("got %v, by the new token", err)
	}
}

// TestGuardedWritesNothing: every write transaction of a guarded database begins with the check, which sees what is saved.
func TestGuardedWritesNothing(t *testing.T) {
	t.Parallel()
	var errGuard = errors.New("not now")
	for what, edit := range lateEdits {
		w, draft := lateWorld(t)
		before := w.written()
		asked := 0
		err := edit(t.Context(), w.Guarded(func(ctx context.Context) error {
			asked++
			if _, err := w.serve().Authenticate(ctx, "ci", digest("one")); err != nil {
				t.Errorf("%s: got %v within the transaction", what, err)
			}
			return errGuard
		}), draft)
		if !errors.Is(err, errGuard) || asked != 1 || w.written() != before {
			t.Errorf("%s: got %v, asked %d times; want the guard's error, once, and no effect", what, err, asked)
		}
	}
}
