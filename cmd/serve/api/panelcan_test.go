package api_test

import (
	"testing"

	"latchkey/db/model"
)

// TestCanOfARevisionTakesRevisionsView: what a user could do in the past is in the revisions, and takes their permission.
func TestCanOfARevisionTakesRevisionsView(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	allow := func(text string) {
		w.saveEdit(t, model.KindUser, func(target *model.Target) error {
			target.Next.Rules = target.Next.Rules.With(rule(t, "allow "+text))
			return nil
		}, "editor")
	}
	const path = "can?user=viewer&permission=orders:view"
	allow("users:view")
	w.requestAll(t, []panelRequest{
		{as: "editor", method: "GET", path: path, status: 200, want: []string{`"allowed":true`}},
		{as: "editor", method: "GET", path: path + "&revision=1", status: 403, want: []string{`"permission":"revisions:view"`}},
		{as: "editor", method: "GET", path: path + "&revision=99", status: 403}, // nor whether there is such a one
	})
	allow("revisions:view")
	w.requestAll(t, []panelRequest{{as: "editor", method: "GET", path: path + "&revision=1", status: 200, want: []string{`"revision":1`}}})
}
