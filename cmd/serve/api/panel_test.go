package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/cmd/serve/api"
	"latchkey/db"
	"latchkey/db/data"
	"latchkey/db/drafts"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/tokens"
)

// panelRequest is one request of a sequence, and what its response must contain.
type panelRequest struct {
	as, method, path, body string // as: admin unless said; path: below the base path
	header                 string // "If-Match: ..."
	status                 int
	want                   []string
}

// requestAll makes the requests of a sequence in their order.
func (w *world) requestAll(t *testing.T, requests []panelRequest) {
	t.Helper()
	for _, step := range requests {
		if step.as == "" {
			step.as = "admin"
		}
		var header []string
		if step.header != "" {
			header = []string{step.header}
		}
		got := w.request(t, step.as, step.method, perms.BasePath+"/"+step.path, step.body, header...)
		at := fmt.Sprintf("%s %s %s %s", step.as, step.method, step.path, step.body)
		if got.status != step.status {
			t.Errorf("%s: got %d %s, want %d", at, got.status, got.body, step.status)
		}
		for _, want := range step.want {
			if !strings.Contains(got.body, want) && !strings.Contains(fmt.Sprint(got.header), want) {
				t.Errorf("%s: got %s, want %q in it", at, got.body, want)
			}
		}
		if got.status >= 400 {
			checkError(t, got)
		}
	}
}

// TestPanelRefusesBadInput: each mistake is a clear 4xx, and changes nothing.
func TestPanelRefusesBadInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addRoles(t, "clerk")
	long := strings.Repeat("x", 1001)
	requests := []panelRequest{
		{method: "POST", path: "users", body: `{"name":"new","nmae":"x"}`, status: 400, want: []string{"'nmae'", `"field":"nmae"`}},
		{method: "POST", path: "users", body: `{"note":"x"}`, status: 400, want: []string{`"field":"name"`, "required"}},
		{method: "POST", path: "users", body: ``, status: 400, want: []string{`"field":"name"`}},
		{method: "POST", path: "users", body: `{"name":5}`, status: 400, want: []string{"not a string"}},
		{method: "POST", path: "users", body: `{"name":"a b"}`, status: 400, want: []string{"unusable username"}},
		{method: "POST", path: "users", body: `{"name":"new","note":"` + long + `"}`, status: 400, want: []string{"longer than 1000 bytes"}},
		{method: "POST", path: "users", body: `{"name":"new","id":1}`, status: 400, want: []string{"'id'"}},
		{method: "POST", path: "users", body: `[{"name":"new"}]`, status: 400},
		{method: "POST", path: "users", body: `{"name":"new"`, status: 400},
		{method: "POST", path: "users", body: `{"name":"new"}`, header: "Content-Type: text/plain", status: 415},
		{method: "POST", path: "users", body: `{"name":"` + strings.Repeat("x", 1<<20) + `"}`, status: 413},
		{method: "POST", path: "users?save=yes", body: `{"name":"new"}`, status: 400, want: []string{`"parameter":"save"`}},
		{method: "POST", path: "users?save=", body: `{"name":"new"}`, status: 400},
		{method: "POST", path: "users?sve=true", body: `{"name":"new"}`, status: 400, want: []string{"'sve' is not known here: use one of draft, save, message, confirm"}},
		{method: "POST", path: "users?save=true&save=false", body: `{"name":"new"}`, status: 400},
		{method: "POST", path: "users?message=x", body: `{"name":"new"}`, status: 400, want: []string{"needs save=true"}},
		{method: "POST", path: "users?save=true&message=" + long, body: `{"name":"new"}`, status: 400},
		{method: "POST", path: "users?draft=" + long, body: `{"name":"new"}`, status: 400},
		{method: "POST", path: "users", body: `{"name":"admin"}`, status: 409, want: []string{"exists already"}},
		{method: "PUT", path: "users/idle", body: `{}`, status: 400, want: []string{"nothing to edit"}},
		{method: "PUT", path: "users/idle", body: `{"roles":["clerk"]}`, status: 400, want: []string{`"field":"roles"`}},
		{method: "PUT", path: "users/idle", body: `{"name":"viewer"}`, status: 409, want: []string{"name is taken"}},
		{method: "PUT", path: "users/nobody", body: `{"note":"x"}`, status: 404, want: []string{"no such user: nobody"}},
		{method: "PUT", path: "users/a%20b", body: `{"note":"x"}`, status: 400},
		{method: "DELETE", path: "users/nobody", status: 404},
		{method: "GET", path: "users/nobody", status: 404},
		{method: "GET", path: "users/nobody?staged=true", status: 404},
		{method: "GET", path: "users?limit=251", status: 413},
		{method: "GET", path: "users?page=0", status: 400},
		{method: "GET", path: "users?page=9223372036854775807&limit=250", status: 204},
		{method: "PUT", path: "users/idle/permissions", body: `{}`, status: 400, want: []string{`"field":"permission"`}},
		{method: "PUT", path: "users/idle/permissions", body: `{"permission":"orders"}`, status: 400, want: []string{"malformed"}},
		{method: "PUT", path: "users/idle/permissions", body: `{"permission":"ordrs:view"}`, status: 400, want: []string{"did you mean orders:view"}},
		{method: "PUT", path: "users/idle/permissions", body: `{"permission":["ordrs:view","prodcts:view"]}`, status: 400,
			want: []string{"no such permission: ordrs:view: did you mean orders:view", "?; no such permission: prodcts:view: did you mean products:view", `"nearest":"orders:view, `}},
		{method: "PUT", path: "users/idle/permissions", body: `{"permission":["orders:view",5]}`, status: 400, want: []string{"not a list of strings"}},
		{method: "PUT", path: "users/idle/permissions", body: `{"permission":"orders:view","effect":"maybe"}`, status: 400, want: []string{`"field":"effect"`}},
		{method: "PUT", path: "users/idle/permissions", body: `{"permission":"orders:view","until":"2001-01-01"}`, status: 400, want: []string{"not in the future"}},
		{method: "PUT", path: "users/idle/permissions", body: `{"permission":"orders:view","until":"soon"}`, status: 400},
		{method: "DELETE", path: "users/idle/permissions", status: 400, want: []string{`"parameter":"permission"`}},
		{method: "DELETE", path: "users/idle/permissions?permission=orders:view", status: 404, want: []string{"no such rule"}},
		{method: "PUT", path: "users/idle/roles", body: `{"role":"none"}`, status: 404, want: []string{"no such role"}},
		{method: "DELETE", path: "users/idle/roles", status: 400},
		{method: "DELETE", path: "users/idle/roles?role=clerk", status: 404, want: []string{"not assigned"}},
		{method: "PUT", path: "users/idle/token", status: 409, want: []string{"enabled already"}},
		{method: "PUT", path: "users/idle/token", body: `{"grace":"1h"}`, status: 400},
		{method: "POST", path: "users/off/token", status: 409, want: []string{"not enabled"}},
		{method: "POST", path: "users/idle/token", body: `{"grace":"soon"}`, status: 400},
		{method: "POST", path: "users/idle/token", body: `{"grace":"31d"}`, status: 400, want: []string{"out of range"}},
		{method: "DELETE", path: "users/off/token", status: 409},
		{method: "POST", path: "roles", body: `{"name":"clerk"}`, status: 409},
		{method: "PUT", path: "roles/clerk", body: `{"name":"a:b"}`, status: 400},
		{method: "PUT", path: "roles/clerk", body: `{"rules":[]}`, status: 400, want: []string{`"field":"rules"`}},
		{method: "PUT", path: "roles/clerk", body: `{}`, status: 400},
		{method: "DELETE", path: "roles/clerk?unassign=maybe", status: 400},
		{method: "POST", path: "draft/save", body: `{"names":["nobody"]}`, status: 409, want: []string{"nothing is staged"}},
		{method: "POST", path: "draft/save", body: `{"names":"a b"}`, status: 400},
		{method: "POST", path: "draft/save", body: `{"msg":"x"}`, status: 400},
		{method: "DELETE", path: "draft?name=nobody", status: 409},
		{method: "GET", path: "revisions/99", status: 404},
		{method: "GET", path: "revisions/0", status: 404},
		{method: "GET", path: "revisions?since=soon", status: 400, want: []string{`"parameter":"since"`}},
		{method: "GET", path: "revisions?since=1d", status: 200, want: []string{`"revision":1`}},
		{method: "GET", path: "revisions?operator=alice", status: 400, want: []string{"user:alice"}},
		{method: "POST", path: "users", body: `{"nme":"new"}`, status: 400, want: []string{"'nme'"}},
		{method: "POST", path: "users", body: `{}`, status: 400, want: []string{"'name' is invalid: it is required"}},
		{method: "GET", path: "revisions?user=nobody", status: 404},
		{method: "GET", path: "can?permission=orders:view", status: 400, want: []string{`"parameter":"user"`}},
		{method: "GET", path: "can?user=idle", status: 400},
		{method: "GET", path: "can?user=nobody&permission=orders:view", status: 404},
		{method: "GET", path: "can?user=idle&permission=ordrs:view", status: 400, want: []string{"did you mean"}},
		{method: "GET", path: "can?user=idle&method=GET&path=/nothing", status: 400, want: []string{`"parameter":"path"`}},
		{method: "GET", path: "can?user=idle&permission=orders:view&staged=true&revision=1", status: 400},
		{method: "GET", path: "can?user=idle&permission=orders:view&revision=99", status: 404},
		{method: "PATCH", path: "users/idle", body: `{}`, status: 501},
		{method: "POST", path: "users/idle", body: `{}`, status: 405},
		{method: "DELETE", path: "users", status: 405},
	}
	before := w.state(t)
	for _, step := range requests {
		w.requestAll(t, []panelRequest{step})
		if after := w.state(t); after != before {
			t.Fatalf("%s %s %s: it had an effect:\n%s", step.method, step.path, step.body, after)
		}
	}
}

// TestPanelEdits: what each request does to the live state and to the draft, and its response.
func TestPanelEdits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.requestAll(t, []panelRequest{
		{method: "POST", path: "users?save=true&message=hello", body: `{"name":"New","email":"new@example.org","note":"n"}`, status: 201,
			want: []string{"/api/v2/users/new", `"staged":false,"saved":{"revision":2,`, `"users":["new"]`, `{"object":"new","field":"note","before":null,"after":"n"}`}},
		{method: "GET", path: "revisions/2", status: 200, want: []string{`"operator":"user:admin","known_by":"api","source":"https api","message":"hello"`}},
		{method: "POST", path: "users", body: `{"name":"new"}`, status: 409},
		{method: "PUT", path: "users/new", body: `{"note":"","email":null}`, status: 202, want: []string{`"before":"n","after":null`}},
		{method: "PUT", path: "users/new", body: `{"note":""}`, status: 200, want: []string{`{"staged":false,"saved":null,"changes":[],"warnings":[]}`}},
		{method: "GET", path: "users/new", status: 200, want: []string{`"note":"n"`, `"email":"new@example.org"`}},
		{method: "GET", path: "users/new?staged=true", status: 200, want: []string{`"note":""`, `"email":"new@example.org"`}},
		{method: "PUT", path: "users/new?save=true", body: `{"note":"other"}`, status: 409, want: []string{"you have staged note"}},
		{method: "DELETE", path: "draft?name=new", status: 200, want: []string{`"object":"new","action":"change","fields":["note"]`}},
		{method: "PUT", path: "users/new?draft=night", body: `{"name":"newer"}`, status: 202},
		{method: "GET", path: "draft", status: 200, want: []string{`"operator":"user:admin","draft":"","revision":2`, `"staged":[]`}},
		{method: "GET", path: "draft?draft=night", status: 200, want: []string{`"draft":"night"`, `"fields":["name"]`}},
		{as: "limited", method: "GET", path: "draft?draft=night", status: 200, want: []string{`"staged":[]`}},
		{method: "POST", path: "draft/save?draft=night", status: 200, want: []string{`"users":["newer"]`}},
		{method: "GET", path: "users/new", status: 404},
		{method: "GET", path: "users/newer", status: 200},
		{method: "DELETE", path: "users/newer", status: 202},
		{method: "GET", path: "users/newer?staged=true", status: 404, want: []string{"your draft removes or renames it"}},
		{method: "DELETE", path: "draft", status: 200},
		{method: "DELETE", path: "draft", status: 204},
		{method: "DELETE", path: "users/newer?save=true", status: 200, want: []string{`"saved":{"revision":4,`, `"field":"name","before":"newer","after":null`}},

		{method: "POST", path: "roles?save=true", body: `{"name":"clerk","note":"n"}`, status: 201, want: []string{"/api/v2/roles/clerk", `"users":["role:clerk"]`}},
		{method: "PUT", path: "roles/clerk/permissions?save=true", body: `{"permission":["orders:view","products:*"],"until":"7d"}`, status: 200,
			want: []string{`"field":"rule orders:view","before":null,"after":"allow until 2026-03-08T12:00:00Z"`, `"field":"rule products:*"`}},
		{method: "GET", path: "roles/clerk/permissions", status: 200, want: []string{`[{"effect":"allow","permission":"orders:view","until":"2026-03-08T12:00:00Z"},{`}},
		{method: "PUT", path: "users/idle/roles?save=true", body: `{"role":"CLERK"}`, status: 200, want: []string{`"field":"role clerk"`}},
		{as: "idle", method: "GET", path: "orders", status: 200},
		{method: "GET", path: "users/idle/roles", status: 200, want: []string{`[{"name":"idle","role":"clerk"}]`}},
		{method: "GET", path: "roles", status: 200, want: []string{`"user_count":1,"users":["idle"]`}},
		{method: "DELETE", path: "roles/clerk?save=true", status: 409, want: []string{"role is in use", "role is in use: clerk: idle"}},
		{method: "PUT", path: "users/idle/permissions?save=true", body: `{"permission":"orders:view","effect":"deny"}`, status: 200, want: []string{`"warnings":[]`}},
		{as: "idle", method: "GET", path: "orders", status: 403, want: []string{"deny orders:view"}},
		{method: "PUT", path: "roles/clerk/permissions", body: `{"permission":"brands:view"}`, status: 202},
		{method: "GET", path: "users/idle/permissions", status: 200, want: []string{`{"name":"idle","effect":"deny","permission":"orders:view","until":null,"role":""}`, `"role":"clerk"`}},
		{method: "DELETE", path: "users/idle/permissions?permission=orders:view&save=true", status: 200, want: []string{`"warnings":["idle still may orders:view: allow orders:view until 2026-03-08T12:00:00Z (role clerk)"]`}},
		{method: "DELETE", path: "users/idle/roles?role=clerk&save=true", status: 200},
		{as: "idle", method: "GET", path: "orders", status: 403},

		{method: "GET", path: "can?user=viewer&method=get&path=/api/v2/orders/5", status: 200, want: []string{`"allowed":true`, `"permission":"orders:view"`, `"state":"live"`}},
		{method: "GET", path: "can?user=idle&permission=orders:view&revision=8", status: 200, want: []string{`"allowed":false`, `"state":"revision","revision":8`}},
		{method: "GET", path: "can?user=off&permission=orders:view", status: 200, want: []string{`"allowed":false`, "API access is off"}},
		{method: "GET", path: "revisions?limit=2", status: 200, want: []string{`[{"revision":10,`, `{"revision":9,`}},
		{method: "GET", path: "revisions?limit=2&page=5", status: 200, want: []string{`[{"revision":2,`, `{"revision":1,`}},
		{method: "GET", path: "revisions?limit=2&page=6", status: 204},
		{method: "GET", path: "revisions/count?user=newer", status: 200, want: []string{`{"count":3}`}},
		{method: "GET", path: "revisions?operator=os:test", status: 200, want: []string{`"revision":1`}},
		{method: "GET", path: "users?limit=2&page=2", status: 200, want: []string{`[{"name":"idle"`, `{"name":"limited"`}},
		{method: "GET", path: "users/count", status: 200, want: []string{`{"count":6}`}},
		{as: "viewer", method: "GET", path: "can?user=viewer&permission=orders:view", status: 403, want: []string{"users:view"}},
	})
}

// TestPanelTellsLastUses: the last use of a token is shown over HTTPS and by the command line.
func TestPanelTellsLastUses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	user, err := w.users.Object(t.Context(), model.KindUser, "viewer")
	must(t, err)
	must(t, w.data.MarkUsed(t.Context(), []data.TokenUse{{UserID: user.ID, Fingerprint: user.Access.Current.Fingerprint(), At: now}}))
	used := `"last_used_at":"` + now.UTC().Format(time.RFC3339) + `","retiring_last_used_at":null`
	w.requestAll(t, []panelRequest{
		{method: "GET", path: "users/viewer", status: 200, want: []string{used}},
		{method: "GET", path: "users/viewer/token", status: 200, want: []string{used}},
		{method: "GET", path: "users", status: 200, want: []string{used, `"last_used_at":null,"retiring_last_used_at":null`}},
		{method: "POST", path: "users", body: `{"name":"new"}`, status: 202},
		{method: "GET", path: "users/new?staged=true", status: 200, want: []string{`"created_at":null,"changed_at":null`, `"last_used_at":null`}},
	})
}

// TestPanelConflicts: the slower of two operators gets who changed which field in which revision, and can rebase.
func TestPanelConflicts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	note := func(text string) model.Change { return edits.Texts{Note: &text}.Set() }
	w.requestAll(t, []panelRequest{
		{method: "PUT", path: "users/idle", body: `{"note":"mine"}`, status: 202},
		{method: "PUT", path: "users/viewer", body: `{"email":"mine"}`, status: 202},
	})
	w.saveEdit(t, model.KindUser, note("theirs"), "idle", "viewer")
	w.requestAll(t, []panelRequest{
		{method: "POST", path: "draft/save", status: 409, want: []string{"nothing was saved",
			`"idle":"idle: os:test changed note in revision 2"`, `"viewer":"viewer: os:test changed note in revision 2"`}},
		{method: "GET", path: "draft", status: 200, want: []string{`"conflict":true`}},
		{method: "GET", path: "draft/diff", status: 200, want: []string{`{"object":"idle","field":"note","before":"theirs","after":"mine","conflict":true,"ended_token":null}`}},
		{method: "POST", path: "draft/rebase", body: `{"names":["viewer"]}`, status: 200, want: []string{`"object":"viewer"`, `"conflict":false`}},
		{method: "POST", path: "draft/rebase", status: 409, want: []string{"not rebased", `"idle":"idle: os:test changed note in revision 2"`}},
		{method: "POST", path: "draft/save", body: `{"names":["viewer"],"message":"theirs and mine"}`, status: 200, want: []string{`"users":["viewer"]`}},
		{method: "GET", path: "users/viewer", status: 200, want: []string{`"email":"mine","note":"theirs"`}},
		{method: "DELETE", path: "draft", status: 200},
		{method: "POST", path: "draft/save", status: 204},
		{method: "POST", path: "draft/rebase", status: 204},
	})
}

// TestPanelPreconditions: an edit with If-Match changes only the version that the caller has seen.
func TestPanelPreconditions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addRoles(t, "clerk")
	w.requestAll(t, []panelRequest{
		{method: "GET", path: "users/idle", status: 200, want: []string{`Etag:["r1.`}},
		{method: "GET", path: "roles/clerk", status: 200, want: []string{`Etag:["r2.`}},
		{method: "PUT", path: "users/idle?save=true", body: `{"note":"1"}`, header: `If-Match: "r1"`, status: 200},
		{method: "PUT", path: "users/idle?save=true", body: `{"note":"2"}`, header: `If-Match: "r1"`, status: 412, want: []string{"not as you saw it", `"etag":"\"r3\""`}},
		{method: "PUT", path: "users/idle", body: `{"note":"2"}`, header: `If-Match: "r1", "r3"`, status: 202},
		{method: "GET", path: "users/idle", status: 200, want: []string{`Etag:["r3.`, `"note":"1"`}},
		{method: "PUT", path: "users/idle", body: `{"note":"3"}`, header: `If-Match: "r3"`, status: 412},
		{method: "PUT", path: "users/idle", body: `{"note":"3"}`, header: `If-Match: W/"r3"`, status: 412},
		{method: "PUT", path: "users/idle?save=true", body: `{"note":"3"}`, header: `If-Match: r3`, status: 412},
		{method: "PUT", path: "users/idle?save=true", body: `{"note":"3"}`, header: `If-Match: "*"`, status: 412},
		{method: "PUT", path: "users/idle", body: `{"note":"3"}`, header: `If-Match: *`, status: 202},
		{method: "PUT", path: "users/idle", body: `{"note":"3"}`, header: `If-None-Match: *`, status: 412},
		{method: "DELETE", path: "users/idle?save=true", header: `If-None-Match: W/"r3"`, status: 412},
		{method: "POST", path: "users", body: `{"name":"fresh"}`, header: `If-None-Match: *`, status: 202},
		{method: "DELETE", path: "users/idle", header: `If-Match: "r1"`, status: 412},
		{method: "POST", path: "users/idle/token", header: `If-Match: "r1"`, status: 412},
		{method: "PUT", path: "users/idle/permissions", body: `{"permission":"orders:view"}`, header: `If-Match: "r1"`, status: 412},
		{method: "PUT", path: "users/nobody", body: `{"note":"3"}`, header: `If-Match: "r1"`, status: 404},
		{method: "PUT", path: "roles/clerk?save=true", body: `{"note":"1"}`, header: `If-Match: "r1"`, status: 412},
		{method: "DELETE", path: "roles/clerk?save=true", header: `If-Match: "r2"`, status: 200},
	})
	staged := w.request(t, "admin", "GET", "/api/v2/users/idle?staged=true", "").header.Get("ETag")
	w.requestAll(t, []panelRequest{
		{method: "PUT", path: "users/idle", body: `{"note":"4"}`, header: "If-Match: " + staged, status: 202},
		{method: "PUT", path: "users/idle", body: `{"note":"5"}`, header: "If-Match: " + staged, status: 412},
	})
}

// TestPanelPathsNotModified: a client that has what is shown already gets a 304, and the whole once anything in it is another,
// be it of another object.
func TestPanelPathsNotModified(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addRoles(t, "clerk")
	expect(t, w.request(t, "admin", "PUT", "/api/v2/users/idle/roles?save=true", `{"role":"clerk"}`), 200)
	expect(t, w.request(t, "admin", "PUT", "/api/v2/users/idle/permissions?save=true", `{"permission":"orders:view"}`), 200)
	expect(t, w.request(t, "admin", "PUT", "/api/v2/roles/clerk/permissions?save=true", `{"permission":"brands:view"}`), 200)
	for _, path := range []string{"users/idle", "users/idle/permissions", "users/idle/roles", "users/idle/token", "roles/clerk",
		"roles/clerk/permissions", "resources/orders", "users/idle.xml", "users/idle?staged=true",
		"users", "users/count", "roles?limit=1", "resources.xml", "revisions", "revisions/1", "draft", "can?user=idle&permission=orders:view"} {
		path = "/api/v2/" + path
		tag := expect(t, w.request(t, "admin", "GET", path, ""), 200).header.Get("ETag")
		if got := w.request(t, "admin", "GET", path, "", "If-None-Match: "+tag); got.status != 304 || got.body != "" || got.header.Get("ETag") != tag {
			t.Errorf("%s with its tag %s: got %d %s", path, tag, got.status, got.body)
		}
		for field, want := range map[string]int{`If-None-Match: "other"`: 200, "If-None-Match: W/" + tag: 304, "If-Match: " + tag: 200, `If-Match: "r0"`: 412} {
			if got := w.request(t, "admin", "GET", path, "", field); got.status != want {
				t.Errorf("%s with %s: got %d %s, want %d", path, field, got.status, got.body, want)
			}
		}
	}
	const path = "/api/v2/users/idle/permissions"
	tag := w.request(t, "admin", "GET", path, "").header.Get("ETag")
	expect(t, w.request(t, "admin", "PUT", "/api/v2/roles/clerk/permissions?save=true", `{"permission":"pages:view"}`), 200)
	if got := w.request(t, "admin", "GET", path, "", "If-None-Match: "+tag); got.status != 200 || !strings.Contains(got.body, "pages:view") {
		t.Errorf("after a change of the role: got %d %s", got.status, got.body)
	}
	expect(t, w.request(t, "admin", "PUT", "/api/v2/users/idle?save=true", `{"note":"x"}`, "If-Match: "+tag), 200) // the user is as before
}

// TestPanelResources: resources are edited like users, and a save decides the next request.
func TestPanelResources(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.requestAll(t, []panelRequest{
		{method: "GET", path: "resources/orders", status: 200, want: []string{`"origin":"built-in"`, `Etag:["built-in.`,
			`{"method":"GET","endpoint":"item","path":"/api/v2/orders/{id}","permission":"orders:view","any_user":false,"anyone":false}`}},
		{method: "GET", path: "resources?limit=1&page=2", status: 200, want: []string{`[{"name":"blog_posts"`}},
		{method: "GET", path: "resources?page=99", status: 204},
		{method: "GET", path: "reports", status: 404},
		{method: "POST", path: "resources", body: `{"name":"reports","title":"Weekly"}`, status: 202, want: []string{`"field":"path","before":null,"after":"/api/v2/reports"`}},
		{method: "GET", path: "resources/reports", status: 404},
		{method: "GET", path: "resources/reports?staged=true", status: 200, want: []string{`"title":"Weekly"`, `"origin":"added"`}},
		{method: "PUT", path: "users/idle/permissions", body: `{"permission":"reports:view"}`, status: 202},
		{method: "POST", path: "draft/save", body: `{"names":["resource:reports"]}`, status: 200, want: []string{`"users":["resource:reports"]`}},
		{method: "POST", path: "reports", body: `{"week":1}`, status: 201},
		{as: "idle", method: "GET", path: "reports", status: 403, want: []string{"reports:view"}},
		{method: "POST", path: "draft/save", status: 200},
		{as: "idle", method: "GET", path: "reports", status: 200, want: []string{`"week":1`}},
		{method: "PUT", path: "resources/reports?save=true", body: `{"aliases":["/api/v2/statements"],"requests":[{"method":"GET","endpoint":"collection","permission":"reports:view","any_user":false}]}`, status: 200},
		{as: "idle", method: "GET", path: "statements", status: 200},
		{method: "POST", path: "reports", body: `{}`, status: 405},
		{method: "PUT", path: "resources/orders?save=true", body: `{"title":"Sales"}`, header: `If-Match: "r1"`, status: 412},
		{method: "PUT", path: "resources/orders?save=true", body: `{"title":"Sales"}`, header: `If-Match: "built-in"`, status: 200},
		{method: "GET", path: "resources/orders", status: 200, want: []string{`"origin":"changed"`, `Etag:["r`}},
		{method: "DELETE", path: "resources/brands?save=true", status: 200},
		{method: "GET", path: "brands", status: 404},
		{method: "GET", path: "resources/brands", status: 404},
		{method: "POST", path: "resources?save=true", body: `{"name":"brands"}`, status: 201},
		{method: "GET", path: "brands", status: 204},
		{method: "POST", path: "resources?save=true", body: `{"name":"proxied","upstream":{"url":"http://127.0.0.1:1/x","strip_prefix":"/proxied","host_header":"upstream","timeout_seconds":2.5,"max_body":1000}}`, status: 201},
		{method: "PUT", path: "resources/proxied?save=true", body: `{"pass_fields":["x-user-id","Email"]}`, status: 200, want: []string{`"field":"pass_field Email"`, `"field":"pass_field X-User-Id"`}},
		{method: "PUT", path: "resources/proxied", body: `{"pass_fields":["Remote-User"]}`, status: 400, want: []string{"Remote-User"}},
		{method: "PUT", path: "resources/orders", body: `{"pass_fields":["X-User"]}`, status: 400},
		{method: "GET", path: "resources/proxied", status: 200, want: []string{`"pass_fields":["Email","X-User-Id"]`}},
		{method: "PUT", path: "resources/proxied?save=true", body: `{"pass_fields":[]}`, status: 200},
		{method: "GET", path: "resources/proxied", status: 200, want: []string{`"upstream":{"url":"http://127.0.0.1:1/x","strip_prefix":"/proxied","host_header":"upstream","timeout_seconds":2.5,"max_body":1000}`, `"path":"/proxied"`}},
		{method: "PUT", path: "resources/proxied?save=true", body: `{"upstream":{"host_header":"keep"}}`, status: 200, want: []string{`"field":"host_header"`}},
		{method: "GET", path: "resources/proxied", status: 200, want: []string{`"host_header":"keep"`}},
		{method: "PUT", path: "resources/proxied", body: `{"upstream":{"host_header":"a/b"}}`, status: 400, want: []string{"its host header"}},

		{method: "POST", path: "resources", body: `{"name":"reports"}`, status: 409},
		{method: "POST", path: "resources", body: `{"name":"Bad Name"}`, status: 400, want: []string{"cannot be the name of a resource"}},
		{method: "POST", path: "resources", body: `{"name":"notes","backend":"magic"}`, status: 400, want: []string{"unusable backend"}},
		{method: "POST", path: "resources", body: `{"name":"notes","parent":"nothing"}`, status: 404},
		{method: "POST", path: "resources", body: `{"name":"notes","path":"/api/v2/orders"}`, status: 409, want: []string{"do not go together"}},
		{method: "POST", path: "resources", body: `{"name":"notes","path":"/healthz"}`, status: 400, want: []string{`unusable resource`}},
		{method: "POST", path: "resources", body: `{"name":"wiki","upstream":{"url":"ftp://127.0.0.1"}}`, status: 400, want: []string{"its URL has to be"}},
		{method: "POST", path: "resources", body: `{"name":"wiki","upstream":{"timeout_seconds":5}}`, status: 400, want: []string{"leave out where to"}},
		{method: "PUT", path: "resources/orders", body: `{"upstream":{"uri":"x"}}`, status: 400, want: []string{`"field":"upstream"`}},
		{method: "PUT", path: "resources/orders", body: `{"requests":[{"method":"GET","endpoint":"item","permission":"nonsense"}]}`, status: 400, want: []string{`"field":"requests"`}},
		{method: "PUT", path: "resources/orders", body: `{}`, status: 400},
		{method: "PUT", path: "resources/nothing", body: `{"title":"x"}`, status: 404},
		{method: "DELETE", path: "resources/nothing", status: 404},
	})
}

// TestPanelShowsATokenOnce: a token is in the response to the request that made it, and in no file, log, list, draft or revision.
func TestPanelShowsATokenOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, request := range []struct{ as, method, path, body string }{
		{"admin", "PUT", "users/off/token?save=true", ""}, {"admin", "POST", "users/idle/token", ""},
		{"admin", "POST", "users/viewer/token?save=true", `{"grace":"1h"}`}, {"limited", "POST", "token", ""},
	} {
		got := w.request(t, request.as, request.method, "/api/v2/"+request.path, request.body)
		var issued struct{ Name, Token, Fingerprint string }
		must(t, json.Unmarshal([]byte(got.body), &issued))
		token, err := tokens.Parse(issued.Token)
		if err != nil || token.Digest().Fingerprint() != issued.Fingerprint || got.status/100 != 2 {
			t.Fatalf("%+v: got %d %s, %v", request, got.status, got.body, err)
		}
	}
	seen := w.log.String()
	for _, step := range panelSteps {
		for _, persona := range []string{"admin", "limited"} {
			got := w.request(t, persona, "GET", "/api/v2/"+step.path, "")
			seen += got.body + fmt.Sprint(got.header)
		}
	}
	files, err := filepath.Glob(filepath.Join(filepath.Dir(w.path), "*"))
	must(t, err)
	for _, file := range files {
		content, err := os.ReadFile(file)
		must(t, err)
		seen += string(content)
	}
	if found := regexp.MustCompile(`lk_[0-9A-Za-z]{36}`).FindString(seen); found != "" || len(files) < 2 {
		t.Errorf("found a token in %d files, answers and the log", len(files))
	}
}

// TestPanelEscalation: permissions to edit users, tokens, permissions and roles do not lead to more over HTTPS.
func TestPanelEscalation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addRoles(t, "powerful", "hers", "everybody")
	w.saveEdit(t, model.KindRole, edits.SetRules(perms.Allow, []perms.Pattern{rule(t, "allow products:*").Pattern}, time.Time{}), "powerful")
	w.saveEdit(t, model.KindUser, edits.Assign("everybody"), "admin", "limited")
	w.saveEdit(t, model.KindUser, func(target *model.Target) error { // mallory: she may see orders, not delete them, and see brands for a day
		for _, text := range []string{"allow users:*", "allow tokens:*", "allow permissions:edit", "allow roles:*", "allow orders:view", "deny orders:delete"} {
			target.Next.Rules = target.Next.Rules.With(rule(t, text))
		}
		day := rule(t, "allow brands:view")
		day.Until = now.Add(24 * time.Hour)
		target.Next.Rules = target.Next.Rules.With(day)
		return nil
	}, "editor")
	attacks := []panelRequest{
		{method: "PUT", path: "users/editor/permissions", body: `{"permission":"products:view"}`, want: []string{`"permission":"products:view"`}},
		{method: "PUT", path: "users/idle/permissions", body: `{"permission":"products:view"}`},
		{method: "PUT", path: "users/idle/permissions", body: `{"permission":"orders:*"}`},
		{method: "PUT", path: "users/editor/permissions", body: `{"permission":"*:*"}`},
		{method: "DELETE", path: "users/editor/permissions?permission=orders:delete", want: []string{`"permission":"orders:delete"`}},
		{method: "PUT", path: "users/editor/permissions", body: `{"permission":"orders:delete","effect":"allow"}`},
		{method: "PUT", path: "users/editor/permissions", body: `{"permission":"orders:delete","effect":"deny","until":"1h"}`},
		{method: "PUT", path: "users/editor/roles", body: `{"role":"powerful"}`},
		{method: "PUT", path: "users/idle/roles", body: `{"role":"powerful"}`},
		{method: "PUT", path: "roles/hers/permissions", body: `{"permission":"products:view"}`},
		{method: "PUT", path: "roles/powerful/permissions", body: `{"permission":"orders:view"}`},
		{method: "PUT", path: "roles/everybody/permissions", body: `{"permission":"*:*","effect":"deny"}`},
		{method: "PUT", path: "users/idle/permissions", body: `{"permission":"brands:view"}`, want: []string{`"permission":"brands:view"`, "as of 2026-03-02"}},
		{method: "PUT", path: "users/idle/permissions", body: `{"permission":"brands:view","until":"2d"}`},
		{method: "POST", path: "users/admin/token"},
		{method: "PUT", path: "users/off/token"},
		{method: "DELETE", path: "users/admin/token"},
		{method: "DELETE", path: "users/admin"},
		{method: "PUT", path: "users/admin", body: `{"name":"gone"}`},
		{method: "PUT", path: "users/admin", body: `{"note":"x"}`},
		{method: "PUT", path: "users/admin/permissions", body: `{"permission":"*:*","effect":"deny"}`},
		{method: "DELETE", path: "users/limited/permissions?permission=orders:delete"},
	}
	before := w.state(t)
	for _, attack := range attacks {
		attack.as, attack.status = "editor", 403
		w.requestAll(t, []panelRequest{attack})
		separator := "?"
		if strings.Contains(attack.path, "?") {
			separator = "&"
		}
		attack.path += separator + "save=true"
		w.requestAll(t, []panelRequest{attack})
		if after := w.state(t); after != before {
			t.Fatalf("%s %s: it had an effect:\n%s", attack.method, attack.path, after)
		}
	}
	// What she may do she may do, and what was staged while she might is judged again in the save.
	w.requestAll(t, []panelRequest{
		{as: "editor", method: "PUT", path: "users/idle/permissions?save=true", body: `{"permission":"brands:view","until":"1h"}`, status: 200},
		{as: "editor", method: "PUT", path: "users/idle/permissions", body: `{"permission":"orders:view"}`, status: 202},
		{method: "DELETE", path: "users/editor/permissions?permission=orders:view&save=true", status: 200},
		{as: "editor", method: "POST", path: "draft/save", status: 403, want: []string{`"permission":"orders:view"`}},
		{as: "idle", method: "GET", path: "orders", status: 403},
	})
}

// TestPanelCannotWrite: authentication goes on if the server cannot write the database.
func TestPanelCannotWrite(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(config *api.Config) { config.Panel = nil })
	w.requestAll(t, []panelRequest{
		{method: "POST", path: "users", body: `{"name":"new"}`, status: 503, want: []string{"cannot be written", "Retry-After"}},
		{method: "POST", path: "draft/save", status: 503},
		{method: "GET", path: "users/idle", status: 200},
		{method: "GET", path: "orders", status: 200},
	})
}

// TestPanelIsBusy: while another process writes for a long time, an edit gets a 503 with Retry-After; other requests go on.
func TestPanelIsBusy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(config *api.Config) { config.PanelPatience = 100 * time.Millisecond })
	other, err := db.Open(t.Context(), w.path, db.Options{Clock: clock, Writable: true})
	must(t, err)
	defer other.Close()
	locked, release := make(chan struct{}), make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		_, err := other.Stage(t.Context(), db.Edit{Kind: model.KindUser, Draft: drafts.Draft{Operator: model.Operator{Name: "os:slow"}}, Names: []string{"idle"},
			Change: func(*model.Target) error { close(locked); <-release; return nil }})
		if err != nil {
			t.Error(err)
		}
	})
	<-locked
	w.requestAll(t, []panelRequest{
		{method: "POST", path: "users?save=true", body: `{"name":"new"}`, status: 503, want: []string{"try again", "Retry-After"}},
		{method: "GET", path: "users/idle", status: 200},
		{method: "GET", path: "draft", status: 200},
		{method: "GET", path: "orders", status: 200},
	})
	close(release)
	done.Wait()
	w.requestAll(t, []panelRequest{{method: "POST", path: "users?save=true", body: `{"name":"new"}`, status: 201}})
}

// TestPanelOfAMovedDatabase: a change in a file that was moved away is not acknowledged.
func TestPanelOfAMovedDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.requestAll(t, []panelRequest{{method: "POST", path: "users?save=true", body: `{"name":"new"}`, status: 201}})
	must(t, os.Rename(w.path, w.path+".moved"))
	w.requestAll(t, []panelRequest{{method: "POST", path: "users?save=true", body: `{"name":"newer"}`, status: 503}})
	must(t, os.Rename(w.path+".moved", w.path))
	if _, err := w.open(t).User(t.Context(), "newer"); err == nil {
		t.Error("the user was saved all the same")
	}
}

// open opens the database like a command.
func (w *world) open(t *testing.T) *db.DB {
	t.Helper()
	database, err := db.Open(t.Context(), w.path, db.Options{Clock: clock, Writable: true})
	must(t, err)
	t.Cleanup(func() { _ = database.Close() })
	return database
}

// TestPanelBesideCommands: many callers and many commands save at the same time. Every save is there, once, and none gets the
// error that the database is locked.
func TestPanelBesideCommands(t *testing.T) {
	t.Parallel()
	const callers, commands, saves = 6, 4, 8
	w := newWorld(t)
	var all sync.WaitGroup
	for i := range callers {
		all.Go(func() {
			for j := range saves {
				got := w.request(t, "admin", "POST", "/api/v2/users?save=true", fmt.Sprintf(`{"name":"caller%d.%d"}`, i, j))
				if got.status != http.StatusCreated {
					t.Errorf("got %d %s", got.status, got.body)
				}
			}
		})
	}
	for i := range commands {
		database := w.open(t)
		all.Go(func() {
			for j := range saves {
				_, err := database.SaveEdit(t.Context(), db.Edit{Kind: model.KindUser, Draft: drafts.Draft{Operator: model.Operator{Name: "os:test"}},
					Names: []string{fmt.Sprintf("command%d.%d", i, j)}, Change: edits.AddUser("", "")}, "")
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	head, err := w.users.History().Head(t.Context())
	must(t, err)
	if want := int64(1 + (callers+commands)*saves); head.Number != want {
		t.Errorf("got %d revisions, want %d", head.Number, want)
	}
	if _, err := w.panel.History().Verify(t.Context(), nil); err != nil {
		t.Errorf("got %v of the log", err)
	}
}
