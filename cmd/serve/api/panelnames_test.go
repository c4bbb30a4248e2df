package api_test

import (
	"encoding/json"
	"net/url"
	"testing"
	"unicode"

	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/perms/username"
)

// TestEveryNewNameIsFoundByItsPath: for any character in a name, either the name is rejected, or the user is found at the path in
// the response. No encoded slash is needed for that, and none is accepted.
func TestEveryNewNameIsFoundByItsPath(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	names := []string{"count", "x.json", "x.xml", ".", "..", "...", "..x", "x..", "50%2f", "%2e%2e", "x;y=1", "山田", "x/../admin"}
	for sign := '!'; sign <= '~'; sign++ {
		if !unicode.IsLetter(sign) || sign == 'A' { // one letter stands for all
			names = append(names, "a"+string(sign)+"b", "a"+string(sign))
		}
	}
	refused := map[string]bool{}
	for _, name := range names {
		body, err := json.Marshal(map[string]string{"name": name})
		must(t, err)
		got := w.request(t, "admin", "POST", "/api/v2/users", string(body))
		canonical, _ := username.Canonical(name)
		if got.status == 400 {
			refused[name] = true
			checkError(t, got)
			continue
		}
		path := got.header.Get("Location")
		if got.status != 202 || path != perms.BasePath+"/users/"+url.PathEscape(canonical) {
			t.Errorf("add %q: got %d %s at %q", name, got.status, got.body, path)
			continue
		}
		var user struct{ Name string }
		shown := w.request(t, "admin", "GET", path+"?staged=true", "")
		if err := json.Unmarshal([]byte(shown.body), &user); err != nil || shown.status != 200 || user.Name != canonical {
			t.Errorf("get %s of %q: got %d %s", path, name, shown.status, shown.body)
		}
	}
	for _, name := range []string{"a/b", "a/", `a\b`, "a:b", ".", "..", "count", "x.json", "x/../admin"} {
		if !refused[name] {
			t.Errorf("%q is a new name, and is not found by a path", name)
		}
		delete(refused, name)
	}
	for _, name := range []string{`a\`, "a:", "x.xml"} {
		delete(refused, name)
	}
	if len(refused) > 0 {
		t.Errorf("refused without need: %v", refused)
	}
}

// TestOldNameWithASlash: a user who has such a name already is in lists and in answers of can, and has no path.
func TestOldNameWithASlash(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(t, model.KindUser, func(target *model.Target) error {
		target.Next = &model.Object{Kind: target.Kind, Name: target.Name}
		return nil
	}, "team/ci")
	w.requestAll(t, []panelRequest{
		{method: "GET", path: "users", status: 200, want: []string{`"name":"team/ci"`}},
		{method: "GET", path: "can?user=team/ci&permission=orders:view", status: 200, want: []string{`"user":"team/ci"`}},
		{method: "GET", path: "users/team%2Fci", status: 404, want: []string{"no resource at this path"}},
		{method: "DELETE", path: "users/team%2fci", status: 404, want: []string{"no resource at this path"}},
		{method: "GET", path: "users/team/ci", status: 404},
		{method: "GET", path: "can?user=admin&method=GET&path=/api/v2/users/team%252Fci", status: 400, want: []string{"no resource at this path"}},
		{method: "POST", path: "users", body: `{"name":"team/ci"}`, status: 409},
		{method: "POST", path: "users", body: `{"name":"team/cd"}`, status: 400, want: []string{"has a slash"}},
		{method: "POST", path: "roles", body: `{"name":"team/cd"}`, status: 400, want: []string{"has a slash"}},
		{method: "PUT", path: "users/idle", body: `{"name":"team/cd"}`, status: 400, want: []string{"has a slash"}},
	})
	name := "team.ci"
	w.saveEdit(t, model.KindUser, edits.Texts{Name: &name}.Set(), "team/ci")
	w.requestAll(t, []panelRequest{{method: "GET", path: "users/team.ci", status: 200, want: []string{`"name":"team.ci"`}}})
}
