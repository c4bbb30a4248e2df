package api_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"latchkey/cmd/serve/api"
	"latchkey/db"
	"latchkey/db/data"
	"latchkey/db/drafts"
	"latchkey/db/model"
	"latchkey/db/snapshot"
	"latchkey/perms"
	"latchkey/tokens"
)

// comparable is a header as text, without what differs in each response.
func comparable(header http.Header) string {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(header)) {
		if name != "Date" && name != "X-Request-Id" {
			fmt.Fprintf(&text, "%s: %q\n", name, header[name])
		}
	}
	return text.String()
}

// TestEveryRefusalLooksAlike: the response to a request without valid credentials does not tell the cause (T3).
func TestEveryRefusalLooksAlike(t *testing.T) {
	t.Parallel()
	for _, protocol := range []int{1, 2} {
		t.Run(fmt.Sprintf("HTTP/%d", protocol), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.speak(protocol)
			w.checkRefusals(t)
		})
	}
}

func (w *world) checkRefusals(t *testing.T) {
	t.Helper()
	right := w.tokens["admin"].Reveal()
	causes := map[string][]string{
		"none":                    nil,
		"empty":                   {""},
		"scheme alone":            {"Basic"},
		"scheme and a space":      {"Basic "},
		"bearer, wrong":           {"Bearer " + w.tokens["wrong"].Reveal()},
		"bearer, mistyped":        {"Bearer " + right[:len(right)-1] + "!"},
		"bearer, of a disabled":   {"Bearer " + w.tokens["off"].Reveal()},
		"bearer, not saved":       {"Bearer " + w.stage(t, "editor").Reveal()},
		"bearer of Basic":         {"Bearer " + strings.TrimPrefix(basic("admin", right), "Basic ")},
		"bearer and basic":        {"Bearer " + right, basic("admin", right)},
		"other scheme":            {"Token " + right},
		"no scheme":               {strings.TrimPrefix(basic("admin", right), "Basic ")},
		"twice":                   {basic("admin", right), basic("admin", right)},
		"right and wrong":         {basic("admin", right), basic("admin", "x")},
		"no base64":               {"Basic admin:" + right},
		"no colon":                {"Basic " + base64.StdEncoding.EncodeToString([]byte("admin"))},
		"control character":       {basic("admin\x00", right)},
		"too long":                {basic("admin", right+strings.Repeat("x", 1024))},
		"unknown user":            {basic("mallory", right)},
		"empty user":              {basic("", right)},
		"name no user can have":   {basic("ad\u2028min", right)},
		"name with a space":       {basic(" admin", right)},
		"empty token":             {basic("admin", "")},
		"wrong token":             {w.authorization("wrong")},
		"mistyped token":          {basic("admin", right[:len(right)-1]+"!")},
		"token in another case":   {basic("admin", strings.ToUpper(right))},
		"token and a space":       {basic("admin", right+" ")},
		"another user's token":    {basic("admin", w.tokens["viewer"].Reveal())},
		"digest for the token":    {basic("admin", w.tokens["admin"].Digest().Hex())},
		"disabled user":           {w.authorization("off")},
		"token that is not saved": {basic("viewer", w.stage(t, "viewer").Reveal())},
	}
	want := map[string]string{} // by the format, which what the caller asks for decides, and no cause
	for target, format := range map[string]string{
		"GET /api/v2/time": "json", "GET /api/v2/orders": "json", "GET /nothing": "json", "OPTIONS /api/v2/orders": "json",
		"PATCH /api/v2/orders": "json", "DELETE /api/v2/orders": "json", "GET /api/v2/time.xml": "xml", "DELETE /nothing.xml/": "xml",
	} {
		method, path, _ := strings.Cut(target, " ")
		for cause, fields := range causes {
			request, err := http.NewRequestWithContext(t.Context(), method, w.server.URL+path, nil)
			must(t, err)
			request.Header["Authorization"] = fields
			got := w.do(t, request)
			checkError(t, got)
			checkHeader(t, got)
			text := fmt.Sprintf("%d\n%s%s", got.status, comparable(got.header), got.body)
			if want[format] == "" {
				want[format] = text
			}
			if text != want[format] {
				t.Errorf("%s, %s: got\n%s\nwant\n%s", target, cause, text, want[format])
			}
		}
	}
	for format, text := range want {
		if !strings.HasPrefix(text, "401\n") || !strings.Contains(text, `Www-Authenticate: ["Basic realm=\"latchkey\", charset=\"UTF-8\""]`) ||
			!strings.Contains(text, `Content-Type: ["application/`+format+`"]`) {
			t.Errorf("got the refusal in %s\n%s", format, text)
		}
	}
}

// stage makes a token for a user and does not save it.
func (w *world) stage(t *testing.T, name string) tokens.Token {
	t.Helper()
	writable, err := db.Open(t.Context(), w.path, db.Options{Clock: clock, Writable: true})
	must(t, err)
	defer writable.Close()
	token, err := tokens.New(rand.Reader)
	must(t, err)
	_, err = writable.Stage(t.Context(), db.Edit{
		Kind:  model.KindUser,
		Draft: drafts.Draft{Operator: model.Operator{Name: "os:test"}}, Names: []string{name},
		Change: func(target *model.Target) (err error) {
			target.Next.Access, err = tokens.Regenerate(target.Live.Access, target.Next.Access, token.Digest(), 0, now)
			return err
		},
	})
	must(t, err)
	return token
}

// TestRightCredentialsInEveryForm: all forms that real clients send are accepted.
func TestRightCredentialsInEveryForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	right := w.authorization("admin")
	encoded := strings.TrimPrefix(right, "Basic ")
	for name, value := range map[string]string{
		"as it is":            right,
		"lower case":          "basic " + encoded,
		"upper case":          "BASIC " + encoded,
		"two spaces":          "Basic  " + encoded,
		"no padding":          strings.TrimRight(right, "="),
		"username upper case": basic("ADMIN", w.tokens["admin"].Reveal()),
	} {
		if got := w.request(t, "nobody", "GET", "/api/v2/time", "", "Authorization: "+value); got.status != 200 {
			t.Errorf("%s: got %d %s", name, got.status, got.body)
		}
	}
}

// TestASaveDecidesTheNextRequest: nothing is cached from one request to the next.
func TestASaveDecidesTheNextRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	writable, err := db.Open(t.Context(), w.path, db.Options{Clock: clock, Writable: true})
	must(t, err)
	defer writable.Close()
	draft := drafts.Draft{Operator: model.Operator{Name: "os:test"}}
	save := func(change model.Change) {
		t.Helper()
		_, err := writable.Confirmed(db.Lockout).SaveEdit(t.Context(), db.Edit{Kind: model.KindUser, Draft: draft, Names: []string{"viewer"}, Change: change}, "")
		must(t, err)
	}
	check := func(step string, want int) {
		t.Helper()
		if got := w.request(t, "viewer", "GET", "/api/v2/orders", ""); got.status != want {
			t.Errorf("%s: got %d, want %d", step, got.status, want)
		}
	}
	check("before", 200)
	save(func(s *model.Target) error { s.Next.Rules = s.Next.Rules.With(rule(t, "deny orders:*")); return nil })
	check("denied", 403)
	save(func(s *model.Target) error {
		s.Next.Rules = s.Next.Rules.Without(rule(t, "deny orders:*").Pattern)
		return nil
	})
	check("allowed again", 200)
	save(func(s *model.Target) (err error) { s.Next.Access, err = tokens.Disable(s.Next.Access); return err })
	check("disabled", 401)
}

// TestAuthenticatedIsCalled: once for each request with valid credentials, whatever its result, and for no other.
func TestAuthenticatedIsCalled(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	var last atomic.Value
	w := newWorld(t, func(config *api.Config) {
		config.Authenticated = func(ctx context.Context, identity snapshot.Identity, presented tokens.Digest) {
			if ctx.Value(http.ServerContextKey) == nil {
				t.Error("got another context, want the request's")
			}
			calls.Add(1)
			last.Store(identity.Name + " " + presented.Hex())
		}
	})
	for _, path := range []string{"/api/v2/time", "/nothing", "/healthz"} {
		w.request(t, "nobody", "GET", path, "")
		w.request(t, "wrong", "GET", path, "")
		w.request(t, "off", "GET", path, "")
	}
	if got := calls.Load(); got != 0 {
		t.Errorf("without right credentials: got %d calls, want 0", got)
	}
	for _, path := range []string{"/api/v2/time", "/nothing", "/api/v2/orders"} {
		w.request(t, "idle", "GET", path, "")
	}
	if got := calls.Load(); got != 3 {
		t.Errorf("got %d calls, want 3", got)
	}
	if want := "idle " + w.tokens["idle"].Digest().Hex(); last.Load() != want {
		t.Errorf("got %v, want %s", last.Load(), want)
	}
}

// TestStrangersAwaitTheirTurn: AwaitTurn is called before a database is read for an unauthenticated client, and only then. What
// is not authenticated gives its turn before it is answered.
func TestStrangersAwaitTheirTurn(t *testing.T) {
	t.Parallel()
	var asked, proven, given atomic.Int32
	w := newWorld(t, func(config *api.Config) {
		config.AwaitTurn = func(ctx context.Context) {
			if asked.Add(1); ctx.Value(http.ServerContextKey) == nil {
				t.Error("got another context, want the request's")
			}
		}
		config.GiveTurn = func(context.Context) { given.Add(1) }
		config.Authenticated = func(context.Context, snapshot.Identity, tokens.Digest) {
			if given.Add(1); proven.Add(1) != asked.Load() {
				t.Error("got the turn awaited after the authentication, want it before")
			}
		}
	})
	for _, test := range []struct {
		persona, path string
		want          int32
	}{
		{"idle", "/api/v2/time", 1}, {"nobody", "/api/v2/time", 1}, {"nobody", "/healthz", 0}, {"wrong", "/nothing", 1},
		{"nobody", "/readyz", 1},
	} {
		asked.Store(0)
		given.Store(0)
		w.request(t, test.persona, "GET", test.path, "")
		if given.Load() == 0 {
			t.Errorf("%s as %s: the turn was kept", test.path, test.persona)
		}
		if got := asked.Load(); got != test.want {
			t.Errorf("%s as %s: got %d turns awaited, want %d", test.path, test.persona, got, test.want)
		}
	}
}

// TestEveryRoute sends every request type of the catalogue: without credentials, with a wrong token, as a user without the
// permission and as one that has it (H2).
func TestEveryRoute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addRoles(t, "clerk", "spare")
	success := map[string]int{"GET": 200, "POST": 201, "PUT": 200, "DELETE": 204}
	routes := 0
	for _, resource := range perms.Store().Resources() {
		for _, request := range resource.Requests {
			routes++
			path, item := w.place(t, resource)
			switch request.Endpoint {
			case perms.Item, perms.Named:
				path = item
			case perms.Count:
				path += "/count"
			case perms.Collection, perms.Single, perms.Tree:
			}
			body := map[string]string{"POST": `{"a":1}`, "PUT": `{"a":2}`}[request.Method]
			allowed := success[request.Method]
			if resource.Backend == perms.System {
				step := panelStepOf(t, resource, request)
				path, body, allowed = step.path, step.body, step.status
			}
			refused := 403
			if request.AnyUser {
				refused = allowed
			}
			before := w.state(t)
			for _, step := range []struct {
				persona string
				want    int
			}{{"nobody", 401}, {"wrong", 401}, {"idle", refused}, {"admin", allowed}} {
				if step.persona == "admin" && w.state(t) != before {
					t.Errorf("%s %s was refused, but not without effect", request.Method, path)
				}
				got := w.request(t, step.persona, request.Method, path, body)
				if got.status != step.want {
					t.Errorf("%s %s as %s: got %d, want %d; %s", request.Method, path, step.persona, got.status, step.want, got.body)
				}
				if got.status == 403 && !strings.Contains(got.body, "permission "+request.Permission.String()+" is required") {
					t.Errorf("%s %s: got %s, want %s named", request.Method, path, got.body, request.Permission)
				}
			}
		}
	}
	if routes < 200 {
		t.Errorf("walked %d routes only", routes)
	}
}

// place creates a document of a resource, and its parent if there is one, and returns the paths of the collection and of the
// document.
func (w *world) place(t *testing.T, resource perms.Resource) (collection, item string) {
	t.Helper()
	if resource.Backend != perms.Documents {
		path := strings.Replace(resource.Path, "{name}", "idle", 1)
		return path, path + "/1"
	}
	set := data.Collection{Resource: resource.Name, ParentResource: resource.Parent}
	if resource.Parent != "" {
		parent, err := w.data.Create(t.Context(), data.Collection{Resource: resource.Parent}, nil, nil)
		must(t, err)
		set.Parent = parent.ID
	}
	document, err := w.data.Create(t.Context(), set, nil, nil)
	must(t, err)
	collection = strings.Replace(resource.Path, "{id}", strconv.FormatInt(set.Parent, 10), 1)
	return collection, collection + "/" + strconv.FormatInt(document.ID, 10)
}
