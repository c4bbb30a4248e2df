package api_test

import (
	"crypto/rand"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"latchkey/db"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/tokens"
)

// TestExactlyThePermission sends every request type of the backends other than the control panel, with a resource of each kind
// added to the catalogue: a user with just the one permission may, a user with all others may not (H2). The control panel,
// where one permission is not always enough, is in TestEveryRoute.
func TestExactlyThePermission(t *testing.T) {
	t.Parallel()
	w := newWorld(t, realClock)
	behind := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		_, _ = io.WriteString(answer, "behind "+request.URL.Path)
	}))
	t.Cleanup(behind.Close)
	for name, resource := range map[string]perms.Resource{
		"reports": {Path: "/api/v2/reports", Backend: perms.Documents, Requests: perms.DefaultRequests(perms.Documents, "reports", "")},
		"app": {Path: "/app", Backend: perms.Proxied, Upstream: perms.Upstream{URL: behind.URL},
			Requests: perms.DefaultRequests(perms.Proxied, "app", "")},
	} {
		w.saveEdit(t, model.KindResource, func(s *model.Target) error {
			s.Next = &model.Object{Kind: s.Kind, Name: s.Name}
			s.Next.Serve(resource)
			return nil
		}, name)
	}
	catalogue, err := w.users.Catalogue(t.Context(), db.State{})
	must(t, err)
	w.addHolders(t, catalogue.Permissions())
	routes := 0
	for _, resource := range catalogue.Resources() {
		for _, request := range resource.Requests {
			if resource.Backend == perms.System || request.AnyUser {
				continue
			}
			routes++
			path, item := w.place(t, resource)
			switch request.Endpoint {
			case perms.Item:
				path = item
			case perms.Count:
				path += "/count"
			case perms.Tree:
				path += "/x"
			case perms.Collection, perms.Named, perms.Single:
			}
			w.checkHolders(t, request, path)
		}
	}
	if routes < 210 {
		t.Errorf("walked %d routes only", routes)
	}
}

// checkHolders makes one request as each of the four, GET also as HEAD.
func (w *world) checkHolders(t *testing.T, request perms.Request, path string) {
	t.Helper()
	methods := []string{request.Method}
	if request.Method == http.MethodGet {
		methods = append(methods, http.MethodHead)
	}
	only, allBut := holders(request.Permission)
	for _, method := range methods {
		body := map[string]string{"POST": `{"a":1}`, "PUT": `{"a":2}`, "PATCH": `{"a":3}`}[method]
		for _, step := range []struct {
			persona string
			want    int // 2: any success
		}{{"nobody", 401}, {"wrong", 401}, {allBut, 403}, {only, 2}} {
			got := w.request(t, step.persona, method, path, body)
			if got.status != step.want && got.status/100 != step.want {
				t.Errorf("%s %s as %s: got %d, want %d; %s", method, path, step.persona, got.status, step.want, got.body)
			}
		}
	}
}

// holders are the names of the user with just one permission, and of the user with all others.
func holders(permission perms.Permission) (only, allBut string) {
	text := strings.ReplaceAll(permission.String(), ":", ".")
	return "only." + text, "all.but." + text
}

// addHolders adds both users for each permission, in one save.
func (w *world) addHolders(t *testing.T, permissions []perms.Permission) {
	t.Helper()
	rules, names := map[string][]string{}, []string{}
	for _, permission := range permissions {
		only, allBut := holders(permission)
		rules[only], rules[allBut] = []string{"allow " + permission.String()}, []string{"allow *:*", "deny " + permission.String()}
		names = append(names, only, allBut)
	}
	for _, name := range names {
		token, err := tokens.New(rand.Reader)
		must(t, err)
		w.tokens[name] = token
	}
	w.saveEdit(t, model.KindUser, func(s *model.Target) (err error) {
		user := &model.Object{Kind: s.Kind, Name: s.Name}
		for _, text := range rules[s.Name] {
			user.Rules = user.Rules.With(rule(t, text))
		}
		user.Access, err = tokens.Enable(tokens.Access{}, w.tokens[s.Name].Digest(), now)
		s.Next = user
		return err
	}, names...)
}
