package api_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms"
)

// denials is a request that denies n permissions, half of them of a resource with all its actions, half of an action on all
// resources.
func denials(n int) string {
	patterns := make([]string, 0, n)
	for i := range n / 2 {
		patterns = append(patterns, fmt.Sprintf(`"r%d:*","*:a%d"`, i, i))
	}
	return `{"effect":"deny","permission":[` + strings.Join(patterns, ",") + `]}`
}

// TestManyRulesHoldNoSaveUp: a user who may edit rules cannot delay the saves of others by setting a great many.
func TestManyRulesHoldNoSaveUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(t, model.KindUser, edits.SetRules(perms.Allow, []perms.Pattern{rule(t, "allow permissions:edit").Pattern}, time.Time{}), "editor")
	other, err := db.Open(t.Context(), w.path, db.Options{Clock: clock, Writable: true})
	must(t, err)
	defer other.Close()
	for _, attack := range []panelRequest{
		{path: "users/idle/permissions", body: denials(4000), status: 400},
		{path: "users/idle/permissions", body: denials(1000), status: 400, want: []string{"too many permissions: 1000, and 256 is the most in one edit"}},
		{path: "users/idle/permissions", body: denials(perms.MaxRules), status: 202},
		{path: "users/idle/permissions", body: `{"effect":"deny","permission":"one:*"}`, status: 409, want: []string{"idle: too many rules: it would have 257, and 256 is the most"}},
		{path: "users/editor/permissions?save=true", body: denials(perms.MaxRules - 2), status: 200},
		{path: "users/idle/permissions?draft=more", body: denials(perms.MaxRules), status: 202},
		{path: "users/viewer/permissions", body: denials(perms.MaxRules), status: 403},
		{method: "POST", path: "draft/save?draft=more", status: 200},
	} {
		attack.as = "editor"
		if attack.method == "" {
			attack.method = "PUT"
		}
		var done sync.WaitGroup
		done.Go(func() { w.requestAll(t, []panelRequest{attack}) })
		for i := range 5 {
			patient, cancel := context.WithTimeout(t.Context(), 5*time.Second) // a save takes milliseconds
			note := fmt.Sprint(attack.path, i)
			_, err := other.SaveEdit(patient, db.Edit{Kind: model.KindUser, Draft: drafts.Draft{Operator: model.Operator{Name: "os:ann"}},
				Names: []string{"off"}, Change: edits.Texts{Note: &note}.Set()}, "")
			cancel()
			if err != nil {
				t.Errorf("a save beside %s with %d bytes: %v", attack.path, len(attack.body), err)
			}
		}
		done.Wait()
	}
}
