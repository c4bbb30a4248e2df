package api_test

import (
	"sync/atomic"
	"testing"
	"time"

	"latchkey/cmd/serve/api"
)

// TestSaveLimit: what a user saves counts, if it makes a revision, and nothing else does; beyond the limit it can be staged.
// What only takes away, and the own token, have budgets of their own.
func TestSaveLimit(t *testing.T) {
	t.Parallel()
	var passed atomic.Int64
	w := newWorld(t, func(config *api.Config) {
		config.SaveLimit = api.Rate{Events: 2, Per: time.Hour}
		config.Clock = func() time.Time { return now.Add(time.Duration(passed.Load())) }
	})
	revision := func() int64 {
		head, err := w.users.History().Head(t.Context())
		must(t, err)
		return head.Number
	}
	before := revision()
	w.requestAll(t, []panelRequest{
		{method: "PUT", path: "users/idle?save=true", body: `{"note":"one"}`, status: 200, want: []string{`"revision":`}},
		{method: "PUT", path: "users/idle?save=true", body: `{"note":"one"}`, status: 200, want: []string{`"saved":null`}}, // unchanged
		{method: "PUT", path: "users/none?save=true", body: `{"note":"one"}`, status: 404},
		{method: "PUT", path: "users/idle?save=true", body: `{"notes":"two"}`, status: 400},
		{method: "POST", path: "draft/save", status: 204}, // nothing is staged
		{method: "PUT", path: "users/idle", body: `{"note":"two"}`, status: 202},
		{method: "POST", path: "draft/save", status: 200},
		{method: "PUT", path: "users/idle?save=true", body: `{"note":"three"}`, status: 429, want: []string{"this user may save 2 times in 1h0m0s", "Retry-After:[3600]"}},
		{method: "PUT", path: "users/idle", body: `{"note":"three"}`, status: 202},
		{method: "POST", path: "draft/save", status: 200}, // from the budget of taking away
		{method: "POST", path: "users/idle/token?save=true", status: 200},
		{method: "POST", path: "users/idle/token?save=true", status: 429},
		{method: "DELETE", path: "users/limited/token?save=true", status: 429, want: []string{"Retry-After:[3600]"}},
		{method: "PUT", path: "users/idle", body: `{"note":"four"}`, status: 202},
		{method: "POST", path: "draft/save", status: 429, want: []string{"Retry-After:[3600]"}},
		{method: "POST", path: "token?save=true", body: `{"grace":"2h"}`, status: 200, want: []string{`"revision":`}},
	})
	if got := revision() - before; got != 5 {
		t.Errorf("got %d revisions, want 5", got)
	}
	w.requestAll(t, []panelRequest{
		{as: "limited", method: "PUT", path: "users/viewer?save=true", body: `{"note":"by another user"}`, status: 200},
		{method: "DELETE", path: "users/viewer/token?save=true", status: 429},
		{as: "limited", method: "PUT", path: "users/viewer?save=true", body: `{"note":"again"}`, status: 200},
		{as: "limited", method: "PUT", path: "users/viewer?save=true", body: `{"note":"once more"}`, status: 429},
	})
	passed.Store(int64(time.Hour))
	w.requestAll(t, []panelRequest{{method: "POST", path: "draft/save", status: 200}})
}
