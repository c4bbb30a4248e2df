package db_test

import (
	"errors"
	"testing"
	"time"

	"latchkey/db"
	"latchkey/db/model"
	"latchkey/tokens"
)

// TestStagedDisableEndsTheLiveToken: a draft remembers that it has disabled access, also when it enables it again.
func TestStagedDisableEndsTheLiveToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(ann, add, "ci")
	w.saveEdit(ann, w.enable(digest("live")), "ci")
	w.stage(ann, on(func(user *model.Object) (err error) {
		user.Access, err = tokens.Disable(user.Access)
		return err
	}), "ci")
	w.stage(ann, w.enable(digest("second")), "ci")
	regenerate := func(s *model.Target) (err error) {
		s.Next.Access, err = tokens.Regenerate(s.Live.Access, s.Next.Access, digest("third"), time.Hour, w.clock())
		return err
	}
	_, err := w.Stage(t.Context(), db.Edit{Kind: model.KindUser, Draft: ann, Names: []string{"ci"}, Change: regenerate})
	if !errors.Is(err, tokens.ErrNothingToRetire) {
		t.Errorf("got %v, want ErrNothingToRetire", err)
	}
	w.save(ann)
	w.wantAccepts("ci", "live", false)
	w.wantAccepts("ci", "second", true)
	w.stage(ann, regenerate, "ci")
	w.save(ann)
	w.wantAccepts("ci", "second", true) // the save has ended what the draft had to remember
	w.wantAccepts("ci", "third", true)
}
