package api_test

import (
	"testing"
	"time"

	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms"
)

// TestPanelMovesNoRequests: a user who edits resources cannot redirect the requests of others to where that user may read them.
func TestPanelMovesNoRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	patterns := []perms.Pattern{{Resource: "resources", Action: "*"}, {Resource: "blog_posts", Action: "view"}, {Resource: "customers_addresses", Action: "*"}}
	w.saveEdit(t, model.KindUser, edits.SetRules(perms.Allow, patterns, time.Time{}), "editor")
	w.requestAll(t, []panelRequest{{method: "POST", path: "resources?save=true", body: `{"name":"vip","host":"127.0.0.1","path":"/api/v2/blog/tags"}`, status: 201}})
	attacks := []panelRequest{
		{method: "PUT", path: "resources/customers", body: `{"path":"/api/v2/zz"}`, want: []string{`"permission":"*:*"`}},
		{method: "PUT", path: "resources/blog_posts", body: `{"host":"127.0.0.1"}`},
		{method: "PUT", path: "resources/blog_posts", body: `{"path":"/api/v2/customers"}`},
		{method: "PUT", path: "resources/blog_posts", body: `{"aliases":["/api/v2/new_customers"]}`},
		{method: "PUT", path: "resources/customers_addresses", body: `{"path":"/api/v2/addresses","parent":""}`},
		{method: "DELETE", path: "resources/vip"},
		{method: "POST", path: "resources", body: `{"name":"notes"}`},
		{method: "DELETE", path: "resources/users_token", want: []string{`"permission":"*:*"`}},
		{method: "DELETE", path: "resources/draft_save"},
		{method: "DELETE", path: "resources/time"},
	}
	before := w.state(t)
	for _, attack := range attacks {
		attack.as, attack.status = "editor", 403
		w.requestAll(t, []panelRequest{attack})
		attack.path += "?save=true"
		w.requestAll(t, []panelRequest{attack})
		if after := w.state(t); after != before {
			t.Fatalf("%s %s: it had an effect:\n%s", attack.method, attack.path, after)
		}
	}
	// Hidden and back: nothing else is found there.
	w.requestAll(t, []panelRequest{
		{as: "editor", method: "PUT", path: "resources/customers?save=true", body: `{"title":"Buyers"}`, status: 200},
		{as: "editor", method: "DELETE", path: "resources/coupons?save=true", status: 200},
		{method: "POST", path: "coupons", body: `{"code":"secret"}`, status: 404},
		{as: "editor", method: "POST", path: "resources?save=true", body: `{"name":"coupons"}`, status: 201},
		{method: "POST", path: "coupons", body: `{"code":"secret"}`, status: 201},
		{method: "POST", path: "customers", body: `{"name":"secret"}`, status: 201},
		{as: "editor", method: "GET", path: "blog/posts", status: 204},
		{method: "POST", path: "resources?save=true", body: `{"name":"app","upstream":{"url":"http://127.0.0.1:1"}}`, status: 201},
		{as: "editor", method: "PUT", path: "resources/app?save=true", body: `{"pass_fields":["X-User-Id"]}`, status: 403, want: []string{`"permission":"*:*"`}},
	})
}

// TestPanelRemovesResourcesWithTheirRules: a later resource of the name would be open to those who had the one before.
func TestPanelRemovesResourcesWithTheirRules(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.requestAll(t, []panelRequest{
		{method: "POST", path: "resources?save=true", body: `{"name":"reports"}`, status: 201, want: []string{`"warnings":["rules that are there already give access to reports: admin by *:*, limited by *:*"]`}},
		{method: "PUT", path: "users/idle/permissions?save=true", body: `{"permission":"reports:view"}`, status: 200},
		{method: "POST", path: "roles?save=true", body: `{"name":"office"}`, status: 201},
		{method: "PUT", path: "roles/office/permissions?save=true", body: `{"permission":"reports:*"}`, status: 200},
		{method: "DELETE", path: "resources/reports", status: 409, want: []string{"idle, role:office"}},
		{method: "DELETE", path: "resources/reports?save=true", status: 409},
		{method: "DELETE", path: "resources/reports?revoke_rules=maybe", status: 400},
		{method: "PUT", path: "users/editor/permissions?save=true", body: `{"permission":"resources:*"}`, status: 200},
		{as: "editor", method: "DELETE", path: "resources/reports?save=true&revoke_rules=true", status: 403, want: []string{`"permission":"permissions:edit"`}},
		{method: "DELETE", path: "resources/reports?revoke_rules=true", status: 202, want: []string{`{"object":"idle","field":"rule reports:view","before":"allow","after":null}`, `"object":"role:office"`}},
		{method: "POST", path: "draft/save", status: 200},
		{method: "POST", path: "resources?save=true", body: `{"name":"reports"}`, status: 201},
		{as: "idle", method: "GET", path: "reports", status: 403},
	})
}
