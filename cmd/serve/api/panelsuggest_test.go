package api_test

import (
	"net/http"
	"strings"
	"testing"

	"latchkey/db/model"
	"latchkey/perms"
)

// TestSuggestionsNameOnlyWhatTheCallerMayView: a request that was authorized for something else is no way to find out names.
func TestSuggestionsNameOnlyWhatTheCallerMayView(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.requestAll(t, []panelRequest{{method: "POST", path: "roles?save=true", body: `{"name":"clerk"}`, status: http.StatusCreated}})
	for _, one := range []struct {
		method, path, body   string
		without, with, named string
	}{
		{"GET", "users/idel/token", "", "tokens:view", "users:view", "idle"},
		{"PUT", "users/idle/roles?save=true", `{"role":"clerks"}`, "users:* permissions:*", "roles:view", "clerk"},
	} {
		asked := func(allowed string) string {
			w.viewerMay(t, allowed)
			got := w.request(t, "viewer", one.method, perms.BasePath+"/"+one.path, one.body)
			if got.status != http.StatusNotFound {
				t.Errorf("%s %s with %s: got %d %s, want 404", one.method, one.path, allowed, got.status, got.body)
			}
			return got.body
		}
		if body := asked(one.without); strings.Contains(body, "did you mean") || strings.Contains(body, "nearest") {
			t.Errorf("%s %s with %s alone: got %s, want no suggestion", one.method, one.path, one.without, body)
		}
		if body := asked(one.without + " " + one.with); !strings.Contains(body, "did you mean "+one.named) {
			t.Errorf("%s %s with %s too: got %s, want %s suggested", one.method, one.path, one.with, body, one.named)
		}
	}
}

// TestWarningsTellOfNoRules to a caller who may not view them: the error in their place would not either.
func TestWarningsTellOfNoRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.requestAll(t, []panelRequest{
		{method: "POST", path: "roles?save=true", body: `{"name":"clerk"}`, status: http.StatusCreated},
		{method: "PUT", path: "roles/clerk/permissions?save=true", body: `{"permission":"orders:view"}`, status: http.StatusOK},
		{method: "PUT", path: "users/idle/roles?save=true", body: `{"role":"clerk"}`, status: http.StatusOK},
	})
	for allowed, want := range map[string]string{
		"permissions:edit orders:*":            `"warnings":[]`,
		"permissions:edit orders:* users:view": `"warnings":["idle still may orders:view: allow orders:view (role clerk)"]`,
	} {
		w.viewerMay(t, allowed)
		w.requestAll(t, []panelRequest{
			{method: "PUT", path: "users/idle/permissions?save=true", body: `{"permission":"orders:view"}`, status: http.StatusOK},
			{as: "viewer", method: "DELETE", path: "users/idle/permissions?permission=orders:view&save=true", status: http.StatusOK, want: []string{want}},
		})
	}
}

// viewerMay gives viewer exactly some permissions.
func (w *world) viewerMay(t *testing.T, allowed string) {
	t.Helper()
	w.edit(t, model.KindUser, "viewer", func(next *model.Object) error {
		next.Rules = nil
		for pattern := range strings.FieldsSeq(allowed) {
			next.Rules = next.Rules.With(rule(t, "allow "+pattern))
		}
		return nil
	})
}
