package db_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/perms/verifiedtime"
)

// newRulesWorld has reports, and rules for it: of ann's own, of a role, and of root, who may do everything.
func newRulesWorld(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	w.saveResource(ann, serve(reports()), "reports")
	for _, name := range []string{"alice", "bert", "root", "remover", "clerk"} {
		w.saveEdit(ann, add, name)
		w.saveEdit(ann, w.enable(digest(name)), name)
	}
	w.saveEdit(ann, grant("reports:view"), "alice")
	w.saveEdit(ann, grant("orders:view"), "alice")
	w.saveEdit(ann, grant("*:view"), "bert")
	w.saveEdit(ann, grant("*:*"), "root")
	w.saveEdit(ann, grant("resources:*"), "remover")
	w.must(w.edit(ann, true, model.KindRole, add, "office"))
	w.must(w.edit(ann, true, model.KindRole, grant("reports:*"), "office"))
	return w
}

func (w *world) remove(draft drafts.Draft, save, revoke bool, change model.Change, names ...string) error {
	w.t.Helper()
	edit := w.resourceEdit(draft, change, names...)
	edit.RevokeRules = revoke
	_, previewErr := w.Preview(w.t.Context(), edit, save)
	var err error
	if save {
		_, err = w.SaveEdit(w.t.Context(), edit, "")
	} else {
		_, err = w.Stage(w.t.Context(), edit)
	}
	if fmt.Sprint(err) != fmt.Sprint(previewErr) {
		w.t.Errorf("the preview said %v, the edit %v", previewErr, err)
	}
	return err
}

// TestRemovedResourceLeavesNoRules: a later resource of the name would be open to those who had the one before.
func TestRemovedResourceLeavesNoRules(t *testing.T) {
	t.Parallel()
	for _, save := range []bool{true, false} {
		w := newRulesWorld(t)
		err := w.remove(ann, save, false, remove, "reports")
		if !errors.Is(err, model.ErrRulesLeft) || !strings.Contains(err.Error(), "reports: of alice, role:office") {
			t.Fatalf("save %t: got %v, want ErrRulesLeft with alice and role:office", save, err)
		}
		w.must(w.remove(ann, save, true, remove, "reports"))
		if !save {
			if got := w.pending(ann); !strings.Contains(got, "alice") || !strings.Contains(got, "office") || strings.Contains(got, "bert") {
				t.Errorf("staged: got %s", got)
			}
			w.save(ann)
		}
		w.saveResource(ann, serve(reports()), "reports")
		for name, want := range map[string]bool{"alice": false, "bert": true, "root": true} {
			holder, err := w.holder(db.State{}, name)
			w.must(err)
			if got := perms.Decide(holder.Rules, perms.Permission{Resource: "reports", Action: "view"}, verifiedtime.Known(w.clock())).Allowed; got != want {
				t.Errorf("save %t: %s may view the new reports: %t, want %t", save, name, got, want)
			}
		}
		if holder, err := w.holder(db.State{}, "alice"); err != nil || len(holder.Rules) != 1 {
			t.Errorf("save %t: alice has %v (%v), want the rule for orders alone", save, holder.Rules, err)
		}
	}
}

// TestRulesForWhatStays stand against no removal: those of other resources, of what another one needs too, those that
// deny, and those that have ended. An embedded resource that is hidden is gone like any other.
func TestRulesForWhatStays(t *testing.T) {
	t.Parallel()
	w := newRulesWorld(t)
	other := reports()
	other.Path = "/api/v2/summaries"
	w.saveResource(ann, serve(other), "summaries") // takes the permissions of reports
	w.must(w.remove(ann, true, false, remove, "reports"))
	if err := w.remove(ann, true, false, remove, "summaries"); !errors.Is(err, model.ErrRulesLeft) {
		t.Errorf("the last that needs them: got %v", err)
	}
	if err := w.remove(ann, true, false, hide, "orders"); !errors.Is(err, model.ErrRulesLeft) || !strings.Contains(err.Error(), "of alice") {
		t.Errorf("an embedded one: got %v", err)
	}
	deny := perms.Rule{Effect: perms.Deny, Pattern: perms.Pattern{Resource: "coupons", Action: "delete"}}
	w.saveEdit(ann, on(func(user *model.Object) error { user.Rules = user.Rules.With(deny); return nil }), "bert")
	w.must(w.remove(ann, true, true, hide, "coupons"))
	if bert, err := w.holder(db.State{}, "bert"); err != nil || len(bert.Rules) != 2 {
		t.Errorf("a rule that denies went along: %v (%v)", bert.Rules, err)
	}
	w.must(w.remove(ann, true, false, hide, "users_token")) // the panel needs tokens:edit, whoever serves it

	w.saveEdit(ann, on(func(user *model.Object) error {
		user.Rules = user.Rules.With(perms.Rule{Pattern: perms.Pattern{Resource: "banners", Action: "view"}, Effect: perms.Allow, Until: w.clock().Add(time.Hour)})
		return nil
	}), "clerk")
	if err := w.remove(ann, true, false, hide, "banners"); !errors.Is(err, model.ErrRulesLeft) {
		t.Errorf("a rule with an end: got %v", err)
	}
	w.advance(2 * time.Hour)
	w.must(w.remove(ann, true, false, hide, "banners"))
}

// TestRulesLeftAtTheSave: what was right when it was staged is looked at again.
func TestRulesLeftAtTheSave(t *testing.T) {
	t.Parallel()
	w := newRulesWorld(t)
	w.must(w.remove(ann, false, true, remove, "reports"))
	w.saveEdit(bob, grant("reports:create"), "clerk")
	if _, err := w.Save(t.Context(), ann, nil, ""); !errors.Is(err, model.ErrRulesLeft) || !strings.Contains(err.Error(), "of clerk") {
		t.Errorf("a rule that was saved since: got %v", err)
	}
	if _, err := w.Save(t.Context(), ann, []string{"resource:reports"}, ""); !errors.Is(err, model.ErrRulesLeft) || !strings.Contains(err.Error(), "alice") {
		t.Errorf("without the revocations that were staged with it: got %v", err)
	}
	w.saveEdit(bob, func(s *model.Target) error { s.Next.Rules = nil; return nil }, "clerk")
	w.save(ann)

	// What was staged with a new resource stands against its removal from the draft, too.
	w.stageResource(bob, serve(reports()), "reports")
	w.stage(bob, grant("reports:view"), "clerk")
	if err := w.remove(bob, false, false, remove, "reports"); !errors.Is(err, model.ErrRulesLeft) {
		t.Errorf("added and removed in a draft: got %v", err)
	}
	w.must(w.remove(bob, false, true, remove, "reports"))
	if got := w.pending(bob); got != "" {
		t.Errorf("nothing should be left of the draft: %s", got)
	}
	// So it does against a rollback.
	w.saveResource(ann, serve(reports()), "reports")
	added := w.head()
	w.saveEdit(ann, grant("reports:view"), "clerk")
	if _, err := w.rollBack(added, true); !errors.Is(err, model.ErrRulesLeft) {
		t.Errorf("a rollback: got %v", err)
	}
}

// TestRulesForNothing are not saved: a later resource of the name would be open to those who have them.
func TestRulesForNothing(t *testing.T) {
	t.Parallel()
	w := newRulesWorld(t)
	w.stage(bob, grant("reports:view"), "clerk")
	w.must(w.remove(ann, true, true, remove, "reports"))
	removal := w.head()
	if _, err := w.Save(t.Context(), bob, nil, ""); !errors.Is(err, model.ErrRuleForNothing) || !strings.Contains(err.Error(), "reports:view: of clerk") {
		t.Errorf("staged before the removal: got %v", err)
	}
	w.saveEdit(ann, grant("permissions:edit"), "remover")
	w.saveEdit(ann, grant("gone:*"), "remover")
	remover := drafts.Draft{Operator: model.ActingAs("remover", ann.Operator)}
	w.stage(remover, grant("gone:view"), "clerk")
	if _, err := w.Save(t.Context(), remover, nil, ""); !errors.Is(err, model.ErrRuleForNothing) || strings.Contains(err.Error(), "clerk") || strings.Contains(err.Error(), "gone") {
		t.Errorf("by one who may not view users: got %v", err)
	}
	if got := w.pending(bob); !strings.Contains(got, "clerk") {
		t.Errorf("what was refused should be staged still: %s", got)
	}
	if _, err := w.StageRollback(t.Context(), ann, removal); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Save(t.Context(), ann, []string{"alice"}, ""); !errors.Is(err, model.ErrRuleForNothing) || !strings.Contains(err.Error(), "of alice") {
		t.Errorf("a rollback without its resource: got %v", err)
	}
	w.save(ann)
	w.save(bob)
}

// TestRevokedRulesAreJudged as the edits that they are; and whose rules are left is for those who may see it.
func TestRevokedRulesAreJudged(t *testing.T) {
	t.Parallel()
	w := newRulesWorld(t)
	remover := drafts.Draft{Operator: model.ActingAs("remover", ann.Operator)}
	err := w.remove(remover, true, false, remove, "reports")
	if !errors.Is(err, model.ErrRulesLeft) || strings.Contains(err.Error(), "alice") || strings.Contains(err.Error(), "office") {
		t.Errorf("by one who may not view users: got %v", err)
	}
	for _, save := range []bool{true, false} {
		if err := w.remove(remover, save, true, remove, "reports"); !errors.Is(err, perms.ErrRefused) {
			t.Errorf("by one who may edit no rules: got %v", err)
		}
	}
	w.saveEdit(ann, grant("permissions:edit"), "remover")
	w.saveEdit(ann, grant("roles:edit"), "remover")
	if err := w.remove(remover, true, true, remove, "reports"); !errors.Is(err, perms.ErrRefused) {
		t.Errorf("by one who may do less than those with the rules: got %v", err)
	}
	for _, pattern := range []string{"reports:*", "orders:view"} {
		w.saveEdit(ann, grant(pattern), "remover")
	}
	if err := w.remove(remover, true, true, remove, "reports"); err != nil {
		t.Errorf("by one who may do it all: got %v", err)
	}
}

// TestAdmitted names who may use a resource from the start, by wildcards too.
func TestAdmitted(t *testing.T) {
	t.Parallel()
	w := newRulesWorld(t)
	w.must(w.remove(ann, true, true, remove, "reports"))
	w.saveEdit(ann, add, "off")
	w.saveEdit(ann, grant("*:*"), "off")
	w.stageResource(bob, serve(reports()), "reports")
	got, err := w.Admitted(t.Context(), bob.Operator, db.StagedBy(bob), "reports", 20)
	w.must(err)
	if want := "[{bert *:view} {root *:*}] false"; fmt.Sprint(got.Users, got.More) != want {
		t.Errorf("got %v %t, want %s", got.Users, got.More, want)
	}
	if got, err := w.Admitted(t.Context(), bob.Operator, db.StagedBy(bob), "reports", 1); err != nil || len(got.Users) != 1 || !got.More {
		t.Errorf("one at most: got %+v, %v", got, err)
	}
	if got, err := w.Admitted(t.Context(), bob.Operator, db.State{}, "reports", 20); err != nil || len(got.Users) > 0 {
		t.Errorf("of a resource that is not there: got %+v, %v", got, err)
	}
	remover := model.ActingAs("remover", ann.Operator)
	if got, err := w.Admitted(t.Context(), remover, db.StagedBy(bob), "reports", 20); err != nil || len(got.Users) > 0 || got.More {
		t.Errorf("to one who may not view users: got %+v, %v", got, err)
	}
}
