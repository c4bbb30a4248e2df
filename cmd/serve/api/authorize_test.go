package api_test

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"latchkey/cmd/serve/api"
	"latchkey/db/model"
	"latchkey/perms"
)

// newAuthorizeWorld trusts this machine as a proxy, and has two resources that only a proxy can reach.
func newAuthorizeWorld(t testing.TB) *world {
	t.Helper()
	w := newWorld(t, func(config *api.Config) { config.TrustedProxies = trust(t, "127.0.0.1") })
	for name, host := range map[string]string{"app": "", "shop": "shop.example"} {
		resource := serviceAt(name, "/"+name, "")
		resource.Host, resource.Backend, resource.Upstream = host, perms.External, perms.Upstream{}
		w.save(t, resource)
	}
	admin := serviceAt("app_admin", "/app/admin", "")
	admin.Backend, admin.Upstream = perms.External, perms.Upstream{}
	for i := range admin.Requests {
		admin.Requests[i].Permission.Resource = "app_admin"
	}
	w.save(t, admin)
	w.edit(t, "user", "viewer", func(next *model.Object) error { next.Rules = next.Rules.With(rule(t, "allow app:view")); return nil })
	w.edit(t, "user", "editor", func(next *model.Object) error { next.Rules = next.Rules.With(rule(t, "allow shop:*")); return nil })
	return w
}

// ask asks about a request like nginx does.
func (w *world) ask(t testing.TB, persona, method, uri string, more ...string) reply {
	t.Helper()
	return w.request(t, persona, "GET", "/authorize", "", append([]string{"X-Original-URI: " + uri, "X-Original-Method: " + method}, more...)...)
}

// TestAuthorize: the original request is decided by the same catalogue, and the status is always 200, 401 or 403.
func TestAuthorize(t *testing.T) {
	t.Parallel()
	w := newAuthorizeWorld(t)
	for _, c := range []struct {
		persona, method, uri, host string
		want                       int
	}{
		{"nobody", "GET", "/app", "", 401}, {"wrong", "GET", "/app", "", 401}, {"off", "GET", "/app", "", 401},
		{"viewer", "GET", "/app", "", 200}, {"viewer", "HEAD", "/app/x?y=z", "", 200}, {"viewer", "POST", "/app", "", 403},
		{"viewer", "GET", "/app/admin", "", 403}, {"viewer", "GET", "/app/admin/x", "", 403}, {"admin", "GET", "/app/admin/x", "", 200},
		{"viewer", "OPTIONS", "/app", "", 200}, {"editor", "OPTIONS", "/app", "", 403},
		{"viewer", "GET", "/nowhere", "", 403}, {"viewer", "TRACE", "/app", "", 403}, {"viewer", "PROPFIND", "/app", "", 403}, {"viewer", "get", "/app", "", 403},
		{"viewer", "GET", "/api/v2/orders/7", "", 200}, {"viewer", "DELETE", "/api/v2/orders/7", "", 403}, {"viewer", "PATCH", "/api/v2/orders/7", "", 403},
		{"editor", "GET", "/shop/x", "shop.example", 200}, {"editor", "GET", "/shop/x", "SHOP.example:443", 200}, {"editor", "GET", "/shop/x", "", 403}, {"editor", "GET", "/shop/x", "other.example", 403},
		// What is there at any host is not what a host with resources of its own has there.
		{"viewer", "GET", "/app", "shop.example", 403}, {"viewer", "GET", "/api/v2/time", "shop.example", 403}, {"viewer", "GET", "/api/v2/time", "other.example", 200},
		// What the service behind could take for /app/admin.
		{"viewer", "GET", "/app/x/../admin", "", 403}, {"viewer", "GET", "/app/%2e%2e/app/admin", "", 403}, {"viewer", "GET", "/app//admin", "", 403},
		{"viewer", "GET", "/app/x%2f..%2fadmin", "", 403}, {"viewer", "GET", "/app%2Fadmin", "", 403}, {"viewer", "GET", "/app/admin;x=1", "", 403}, {"viewer", "GET", "/app/%61dmin", "", 403},
		{"viewer", "GET", `/app\admin`, "", 403}, {"viewer", "GET", "/app/admin#x", "", 403}, {"viewer", "GET", "/app/admin%00", "", 403}, {"viewer", "GET", "/app/./admin", "", 403},
		{"viewer", "GET", "/app/%2561dmin", "", 403}, {"viewer", "GET", "//app", "", 403}, {"viewer", "GET", "app", "", 403}, {"viewer", "GET", "https://evil/app", "", 403},
		{"viewer", "GET", "/app/%zz", "", 403}, {"viewer", "GET", "/app x", "", 403}, {"viewer", "GET", "*", "", 403}, {"viewer", "GET", "/app/%c0%ae%c0%ae/admin", "", 403},
	} {
		var got reply
		if c.host == "" {
			got = w.ask(t, c.persona, c.method, c.uri)
		} else {
			request, err := http.NewRequestWithContext(t.Context(), "GET", w.server.URL+"/authorize", nil)
			must(t, err)
			request.Host = c.host
			request.Header = http.Header{"Authorization": {w.authorization(c.persona)}, "X-Original-Uri": {c.uri}, "X-Original-Method": {c.method}}
			got = w.do(t, request)
		}
		if got.status != c.want {
			t.Errorf("%s %s %s%s: got %d %s, want %d", c.persona, c.method, c.host, c.uri, got.status, got.body, c.want)
		}
		user := map[bool]string{true: c.persona}[c.want == 200]
		if got := got.header.Get("Remote-User"); got != user {
			t.Errorf("%s %s %s: got Remote-User %q, want %q", c.persona, c.method, c.uri, got, user)
		}
		if challenge := got.header.Get("WWW-Authenticate"); (challenge != "") != (c.want == 401) {
			t.Errorf("%s: got the challenge %q with %d", c.persona, challenge, got.status)
		}
	}
}

// TestAuthorizeReadsOneSetOfFields: an original request that is described twice, or in two ways, is not allowed.
func TestAuthorizeReadsOneSetOfFields(t *testing.T) {
	t.Parallel()
	w := newAuthorizeWorld(t)
	host := strings.TrimPrefix(w.server.URL, "https://")
	forwarded := func(more ...string) string {
		return strings.Join(append([]string{"X-Forwarded-Method: GET", "X-Forwarded-Uri: /app", "X-Forwarded-Host: a.example", "X-Forwarded-Proto: https"}, more...), "\r\n")
	}
	for name, c := range map[string]struct {
		fields string
		want   int
	}{
		"nginx":                     {"X-Original-URI: /app\r\nX-Original-Method: GET", 200},
		"nginx with the host":       {"X-Original-URI: /app\r\nX-Original-Method: GET\r\nX-Original-Host: " + host, 200},
		"another host":              {"X-Original-URI: /app\r\nX-Original-Method: GET\r\nX-Original-Host: evil.example", 403},
		"the host alone":            {"X-Original-Host: " + host, 403},
		"no method":                 {"X-Original-URI: /app", 403},
		"no path":                   {"X-Original-Method: GET", 403},
		"an empty method":           {"X-Original-URI: /app\r\nX-Original-Method:", 403},
		"two paths":                 {"X-Original-URI: /app\r\nX-Original-URI: /app/admin\r\nX-Original-Method: GET", 403},
		"two methods":               {"X-Original-URI: /app\r\nX-Original-Method: GET\r\nX-Original-Method: POST", 403},
		"nothing":                   {"X-Nothing: 1", 403},
		"Caddy":                     {forwarded(), 200},
		"Caddy, a WebSocket":        {strings.Replace(forwarded(), "https", "wss", 1), 200},
		"Caddy, two paths":          {forwarded("X-Forwarded-Uri: /app/admin"), 403},
		"Caddy, two hosts":          {forwarded("X-Forwarded-Host: b.example"), 403},
		"Caddy, a list of hosts":    {strings.Replace(forwarded(), "a.example", "a.example, b.example", 1), 403},
		"Caddy, in the clear":       {strings.Replace(forwarded(), "https", "http", 1), 403},
		"Caddy, no proto":           {strings.Replace(forwarded(), "X-Forwarded-Proto", "X-Nothing", 1), 403},
		"both":                      {forwarded("X-Original-URI: /app", "X-Original-Method: GET"), 403},
		"nginx and a client's path": {"X-Original-URI: /app/admin\r\nX-Original-Method: GET\r\nX-Forwarded-Uri: /app", 403},
		"Caddy and a client's path": {forwarded("X-Original-URI: /app"), 403},
		"Caddy and a client's host": {forwarded("X-Original-Host: b.example"), 403},
		"nginx behind another":      {"X-Original-URI: /app\r\nX-Original-Method: GET\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: x", 200},
		"another method":            {"X-Original-URI: /app\r\nX-Original-Method: GET\r\nX-HTTP-Method-Override: DELETE", 403},
		"another method, in CGI":    {forwarded("x_method_override: DELETE"), 403},
		"another path":              {forwarded("X-Rewrite-Url: /app/admin"), 403},
		"with other punctuation":    {"X_Original_URI: /app\r\nX_Original_Method: GET", 403},
	} {
		got := w.raw(t, "GET /authorize HTTP/1.1\r\nHost: "+host+"\r\nConnection: close\r\nAuthorization: "+w.authorization("viewer")+"\r\n"+c.fields+"\r\n\r\n")
		if got.status != c.want {
			t.Errorf("%s: got %d %s, want %d", name, got.status, got.body, c.want)
		}
	}
}

// TestAuthorizeIsForTrustedProxies: other clients learn nothing, not even that they may not ask.
func TestAuthorizeIsForTrustedProxies(t *testing.T) {
	t.Parallel()
	for _, trusted := range [][]string{nil, {"10.0.0.0/8"}} {
		w := newWorld(t, func(config *api.Config) { config.TrustedProxies = trust(t, trusted...) })
		for persona, want := range map[string]int{"nobody": 401, "wrong": 401, "admin": 403} {
			got := w.ask(t, persona, "GET", "/api/v2/time", "X-Forwarded-For: 10.0.0.1")
			if got.status != want || want == 403 && !strings.Contains(got.body, "--trusted-proxy") {
				t.Errorf("%q, %s: got %d %s, want %d", trusted, persona, got.status, got.body, want)
			}
		}
	}
}

// FuzzAuthorize: the decision about an original request is the same as if it is made here. A difference would be a bypass of
// one of the two.
func FuzzAuthorize(f *testing.F) {
	w := newAuthorizeWorld(f)
	for _, uri := range []string{"/app", "/app/admin", "/app/../app/admin", "/app%2fadmin", "/app/%61dmin", "/app/admin;x", "//app", "/app#", "/app?x=%zz", "/api/v2/orders.json", "/app/\x80", "/%61pp/"} {
		f.Add("GET", uri)
		f.Add("POST", uri)
	}
	f.Fuzz(func(t *testing.T, method, uri string) {
		at, err := url.ParseRequestURI(uri)
		if err != nil || !strings.HasPrefix(uri, "/") || strings.ContainsAny(uri, "\r\n\x00 \t") || len(uri) > 2000 || strings.ContainsFunc(method, func(c rune) bool { return c < 'A' || c > 'Z' }) || method == "" || method == "CONNECT" {
			return
		}
		if !strings.HasPrefix(at.Path, "/app") {
			return // what is served here has more reasons to refuse than a proxy is told
		}
		asked := w.handle(t, "GET", "/authorize", "X-Original-URI: "+uri+"\r\nX-Original-Method: "+method)
		direct := w.handle(t, method, uri, "X-Nothing: 1")
		if allowed := direct == http.StatusMisdirectedRequest || method == "OPTIONS" && direct == 200; allowed != (asked == 200) {
			t.Errorf("%s %q: made here %d, asked about %d", method, uri, direct, asked)
		}
	})
}

// handle makes a request of the viewer without a connection.
func (w *world) handle(t testing.TB, method, uri, fields string) int {
	t.Helper()
	request, err := http.ReadRequest(bufio.NewReader(strings.NewReader(
		method + " " + uri + " HTTP/1.1\r\nHost: x\r\nAuthorization: " + w.authorization("viewer") + "\r\n" + fields + "\r\n\r\n")))
	must(t, err)
	request.RemoteAddr = "127.0.0.1:1"
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, request)
	return recorder.Code
}
