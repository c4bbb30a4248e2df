package api_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms"
)

// TestLongListsAreRefused: requests about a draft and their responses are limited, for any user.
func TestLongListsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for count, status := range map[int]int{1000: 409, 1001: 400} {
		names := make([]string, count)
		for i := range names {
			names[i] = fmt.Sprintf("nobody%d", i)
		}
		body, err := json.Marshal(map[string]any{"names": names})
		must(t, err)
		for _, path := range []string{"draft/save", "draft/rebase"} {
			got := w.request(t, "idle", "POST", perms.BasePath+"/"+path, string(body))
			if got.status != status || len(got.body) > 300 {
				t.Errorf("%s of %d names: got %d with %d bytes, want %d with a few: %.300s", path, count, got.status, len(got.body), status, got.body)
			}
		}
	}
}

// TestDraftsOfAUserAreFew: a user with hardly any permission cannot fill the database with drafts.
func TestDraftsOfAUserAreFew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(t, model.KindUser, mayAlso(t, "tokens:rotate_own"), "idle")
	requests := []panelRequest{{as: "idle", method: "POST", path: "token", status: 202}}
	for i := range 100 {
		requests = append(requests, panelRequest{as: "idle", method: "POST", path: fmt.Sprint("token?draft=d", i), status: 202})
	}
	w.requestAll(t, append(requests,
		panelRequest{as: "idle", method: "POST", path: "token?draft=more", status: 409, want: []string{"too many drafts", "save or discard one"}},
		panelRequest{as: "idle", method: "POST", path: "token?draft=d7", status: 202},
		panelRequest{as: "idle", method: "POST", path: "token", status: 202},
		panelRequest{method: "PUT", path: "users/off?draft=more", body: `{"note":"another operator's"}`, status: 202},
	))
}

// TestDraftIsNoWindow: a draft does not show what others save to a user who may no longer view it.
func TestDraftIsNoWindow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(t, model.KindUser, mayAlso(t, "users:*"), "idle")
	w.saveEdit(t, model.KindUser, edits.AddUser("", ""), "carl")
	w.requestAll(t, []panelRequest{{as: "idle", method: "PUT", path: "users/carl", body: `{"email":"mine"}`, status: 202}})
	admins := "admins'"
	w.saveEdit(t, model.KindUser, edits.Texts{Email: &admins}.Set(), "carl")
	w.requestAll(t, []panelRequest{{as: "idle", method: "GET", path: "draft/diff", status: 200, want: []string{`"before":"admins'"`}}})

	w.saveEdit(t, model.KindUser, func(target *model.Target) error { target.Next.Rules = nil; return nil }, "idle")
	moved := "carl: the live state has moved; to be shown how takes users:view"
	w.requestAll(t, []panelRequest{
		{as: "idle", method: "GET", path: "users/carl", status: 403},
		{as: "idle", method: "GET", path: "draft", status: 200, want: []string{`"object":"carl"`, `"conflict":true`}},
		{as: "idle", method: "GET", path: "draft/diff", status: 200, want: []string{`{"object":"carl","field":"email","before":null,"after":"mine","conflict":true,"ended_token":null}`}},
		{as: "idle", method: "POST", path: "draft/save", status: 409, want: []string{"conflict, nothing was saved: " + moved}},
		{as: "idle", method: "POST", path: "draft/rebase", status: 409, want: []string{"conflict, not rebased: " + moved}},
	})
}

// mayAlso allows a user one more permission.
func mayAlso(t *testing.T, pattern string) model.Change {
	t.Helper()
	allowed := rule(t, "allow "+pattern)
	return edits.SetRules(allowed.Effect, []perms.Pattern{allowed.Pattern}, time.Time{})
}
