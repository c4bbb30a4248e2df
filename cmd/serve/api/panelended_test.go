package api_test

import (
	"crypto/rand"
	"testing"
	"time"

	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/tokens"
)

// renewToken gives a user of the world another token in place of the present one, as an administrator does.
func (w *world) renewToken(t *testing.T, name string, grace time.Duration) {
	t.Helper()
	fresh, err := tokens.New(rand.Reader)
	must(t, err)
	w.saveEdit(t, model.KindUser, edits.Regenerate(edits.Fresh{Digest: fresh.Digest(), Now: now}, grace), name)
	w.tokens[name] = fresh
}

// TestDraftOfAStolenToken: what was staged under a token that has ended is saved with the rest of the draft by nobody who has
// not named or confirmed it.
func TestDraftOfAStolenToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(t, model.KindUser, edits.AddUser("", ""), "thief", "other")
	stage := func(path, body string) panelRequest {
		return panelRequest{method: "PUT", path: path, body: body, status: 202}
	}
	save := func(body string, status int, want ...string) panelRequest {
		return panelRequest{method: "POST", path: "draft/save", body: body, status: status, want: want}
	}
	w.requestAll(t, []panelRequest{stage("users/thief/permissions", `{"permission":"orders:*"}`),
		stage("users/viewer?draft=second", `{"note":"by the thief"}`)})
	w.renewToken(t, "admin", time.Hour)
	w.requestAll(t, []panelRequest{{method: "GET", path: "draft", status: 200, want: []string{`"ended_tokens":[]`}}})
	w.renewToken(t, "admin", 0)
	refused := "some of the draft was staged under a token that has ended"
	w.requestAll(t, []panelRequest{
		stage("users/other", `{"note":"mine"}`),
		save("", 409, refused, `"thief":"rule orders:*, under token `),
		save("{}", 409, refused),
		save(`{"names":[]}`, 409, refused),
		save(`{"confirm":false}`, 409, refused),
		save(`{"confirm":1}`, 400, "confirm"),
		{method: "POST", path: "draft/save?draft=second", status: 409, want: []string{`"viewer":"note, under token `}},
		{method: "POST", path: "draft/rebase", status: 204},
		save("", 409, refused),
		{method: "GET", path: "draft/diff", status: 200, want: []string{`"field":"rule orders:*","before":null,"after":"allow","conflict":false,"ended_token":"`}},
		save(`{"names":["other"]}`, 200),
		save("", 409, refused),
		stage("users/thief", `{"note":"mine, of the same user"}`),
		save("", 409, refused),
		stage("users/thief/permissions", `{"permission":"orders:*","effect":"deny"}`), // whoever sets it last has staged it
		save("", 200),
		{method: "POST", path: "draft/save?draft=second", body: `{"confirm":true}`, status: 200},
	})
}

// TestDraftWithItsOwnToken: that a draft ends the token under which it is staged keeps nobody from saving it, but for what else
// was staged under it.
func TestDraftWithItsOwnToken(t *testing.T) {
	t.Parallel()
	for path, status := range map[string]int{"": 200, "users/viewer": 409, "users/admin": 409} {
		w := newWorld(t)
		requests := []panelRequest{{method: "POST", path: "token", status: 202}}
		if path != "" {
			requests = append(requests, panelRequest{method: "PUT", path: path, body: `{"note":"by whom?"}`, status: 202})
		}
		w.requestAll(t, append(requests, panelRequest{method: "POST", path: "draft/save", status: status}))
	}
}

// TestDraftOfAUserWithoutAToken: whose access has ended has no token under which anything could be staged.
func TestDraftOfAUserWithoutAToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(t, model.KindUser, mayAlso(t, "*:*"), "idle")
	w.requestAll(t, []panelRequest{{as: "idle", method: "DELETE", path: "users/off", status: 202}})
	w.saveEdit(t, model.KindUser, edits.Disable(), "idle")
	fresh, err := tokens.New(rand.Reader)
	must(t, err)
	w.saveEdit(t, model.KindUser, edits.Enable(edits.Fresh{Digest: fresh.Digest(), Now: now}), "idle")
	w.tokens["idle"] = fresh
	w.requestAll(t, []panelRequest{
		{as: "idle", method: "POST", path: "draft/save", status: 409, want: []string{`"off":"its removal, under token `}},
		{as: "idle", method: "GET", path: "draft", status: 200, want: []string{`"action":"remove"`, `"ended_tokens":["`}},
	})
}
