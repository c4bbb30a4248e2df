package api_test

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"latchkey/cmd/serve/api"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/perms/httpfield"
)

// sentField is a field that a client may send, and what it is: harmless, claim, odd, way or hop.
type sentField struct{ kind, name string }

// sentFields are those that package httpfield is tested with.
func sentFields(t testing.TB) (fields []sentField) {
	t.Helper()
	content, err := os.ReadFile("../../../perms/httpfield/testdata/fields.txt")
	must(t, err)
	for line := range strings.Lines(string(content)) {
		if words := strings.Fields(line); len(words) == 2 && words[0] != "#" {
			fields = append(fields, sentField{words[0], words[1]})
		}
	}
	if len(fields) < 200 {
		t.Fatalf("got %d fields", len(fields))
	}
	return fields
}

const mark = "from-the-client"

// newFieldsWorld has app behind latchkey, and wiki behind a proxy at the trusted address. The service of app tells which of its
// fields has the mark.
func newFieldsWorld(t testing.TB, trusted string, adjust func(resource *perms.Resource)) *world {
	t.Helper()
	service := backend(t, func(w http.ResponseWriter, r *http.Request) {
		for name, values := range r.Header {
			if slices.ContainsFunc(values, func(value string) bool { return strings.Contains(value, mark) }) {
				_, _ = fmt.Fprint(w, name)
			}
		}
		_, _ = fmt.Fprint(w, " for ", strings.Join(r.Header["Remote-User"], "|"))
	})
	w := newWorld(t, realClock, func(config *api.Config) { config.TrustedProxies = trust(t, trusted) })
	app := serviceAt("app", "/app", service.URL)
	wiki := serviceAt("wiki", "/wiki", "")
	wiki.Backend, wiki.Upstream = perms.External, perms.Upstream{}
	for _, resource := range []perms.Resource{app, wiki} {
		adjust(&resource)
		w.save(t, resource)
	}
	return w
}

// TestFieldsThatReachAService: one function decides for both ways to guard a service. What is a claim never reaches the
// service behind latchkey, and a proxy is told 403.
func TestFieldsThatReachAService(t *testing.T) {
	t.Parallel()
	w := newFieldsWorld(t, "127.0.0.1", func(*perms.Resource) {})
	for _, protocol := range []int{1, 2} {
		w.speak(protocol)
		for _, field := range sentFields(t) {
			if field.kind == "hop" || field.kind == "way" || field.name == "Expect" {
				continue // of the connection, or not for a client to say; each has tests of its own
			}
			ask := func(path string, more http.Header) reply {
				request, err := http.NewRequestWithContext(t.Context(), "GET", w.server.URL+path, nil)
				must(t, err)
				request.Header = http.Header{"Authorization": {w.authorization("admin")}, field.name: {mark}}
				for name, values := range more {
					request.Header[name] = values
				}
				return w.do(t, request)
			}
			wantBody, wantStatus := " for admin", 403
			if field.kind == "harmless" {
				wantBody, wantStatus = http.CanonicalHeaderKey(field.name)+wantBody, 200
			}
			if got := ask("/app", nil); got.status != 200 || got.body != wantBody {
				t.Errorf("HTTP/%d, %s %s, passed on: got %d %q, want %q", protocol, field.kind, field.name, got.status, got.body, wantBody)
			}
			for _, told := range []http.Header{{"X-Original-Uri": {"/wiki"}, "X-Original-Method": {"GET"}},
				{"X-Forwarded-Uri": {"/wiki"}, "X-Forwarded-Method": {"GET"}, "X-Forwarded-Host": {"a.example"}, "X-Forwarded-Proto": {"https"}}} {
				if got := ask("/authorize", told); got.status != wantStatus || wantStatus == 403 && !strings.Contains(got.body, field.name) && !strings.Contains(got.body, http.CanonicalHeaderKey(field.name)) {
					t.Errorf("HTTP/%d, %s %s, asked about: got %d %s, want %d that names it", protocol, field.kind, field.name, got.status, got.body, wantStatus)
				}
			}
		}
	}
}

// TestFieldsOfTheWay are latchkey's to say to a service, and the proxy's to say to latchkey.
func TestFieldsOfTheWay(t *testing.T) {
	t.Parallel()
	w := newFieldsWorld(t, "10.0.0.1", func(*perms.Resource) {})
	for _, field := range sentFields(t) {
		if field.kind != "way" || field.name == "Authorization" {
			continue
		}
		if got := w.request(t, "admin", "GET", "/app", "", field.name+": "+mark); got.status != 200 || got.body != " for admin" {
			t.Errorf("%s: got %d %q, want none of it", field.name, got.status, got.body)
		}
	}
	got := newFieldsWorld(t, "127.0.0.1", func(*perms.Resource) {}).ask(t, "admin", "GET", "/wiki", "X-Real-Ip: 1.2.3.4", "X-Forwarded-For: 1.2.3.4", "X-Forwarded-Port: 443", "X-Forwarded-Server: edge", "X-Request-Id: 7")
	if got.status != 200 {
		t.Errorf("a proxy that tells the way: got %d %s", got.status, got.body)
	}
}

// TestConnectionNamesNoFields: whoever passes a request on takes out what Connection names, and with it what a proxy says.
func TestConnectionNamesNoFields(t *testing.T) {
	t.Parallel()
	w := newFieldsWorld(t, "127.0.0.1", func(*perms.Resource) {})
	for fields, want := range map[string]bool{
		"Connection: close, Remote-User\r\nRemote_User: root":                   false,
		"Connection: close, Remote-User":                                        false,
		"Connection: close\r\nConnection: remote-user":                          false,
		"Connection: X-Private, close\r\nX-Private: 1":                          false,
		"Connection: close, X-Forwarded-For":                                    false,
		"Connection: close, Cookie":                                             false,
		"Connection: close;Remote-User":                                         false,
		"Connection: close":                                                     true,
		"Connection: close, TE\r\nTE: trailers":                                 true,
		"Connection: close, Keep-Alive\r\nKeep-Alive: 5":                        true,
		"Connection: close, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__": true,
	} {
		head := " HTTP/1.1\r\nHost: x\r\nAuthorization: " + w.authorization("admin") + "\r\n" + fields + "\r\n"
		direct, asked := w.raw(t, "GET /app"+head+"\r\n"), w.raw(t, "GET /authorize"+head+"X-Original-URI: /wiki\r\nX-Original-Method: GET\r\n\r\n")
		wanted := map[bool][2]int{true: {200, 200}, false: {400, 403}}[want]
		if direct.status != wanted[0] || asked.status != wanted[1] {
			t.Errorf("%q: passed on %d %s, asked about %d %s, want %d", fields, direct.status, direct.body, asked.status, asked.body, wanted)
		}
	}
	// Another protocol could carry requests that nobody decides about: passed on it is taken out, and a proxy is told no.
	for upgrade, want := range map[string]int{"websocket": 200, "WebSocket": 200, "h2c": 403, "websocket, h2c": 403, "TLS/1.0": 403} {
		got := w.raw(t, "GET /authorize HTTP/1.1\r\nHost: x\r\nAuthorization: "+w.authorization("admin")+"\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: "+upgrade+
			"\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nX-Original-URI: /wiki\r\nX-Original-Method: GET\r\n\r\n")
		if got.status != want {
			t.Errorf("upgrade to %s: got %d %s, want %d", upgrade, got.status, got.body, want)
		}
	}
}

// TestPassedFields: what a resource lets through reaches its service, by either way, and nothing else.
func TestPassedFields(t *testing.T) {
	t.Parallel()
	w := newFieldsWorld(t, "127.0.0.1", func(resource *perms.Resource) { resource.SetPassFields([]string{"x-user-id", "X-Email"}) })
	for field, through := range map[string]bool{"X-User-Id": true, "x-USER-id": true, "X-Email": true, "X-User": false, "X-User-Ids": false, "Email": false, "Remote-User": false, "X_User_Id": false} {
		wantBody, wantStatus := " for admin", 403
		if through {
			wantBody, wantStatus = http.CanonicalHeaderKey(field)+wantBody, 200
		}
		if got := w.request(t, "admin", "GET", "/app", "", field+": "+mark); got.status != 200 || got.body != wantBody {
			t.Errorf("%s, passed on: got %d %q, want %q", field, got.status, got.body, wantBody)
		}
		if got := w.ask(t, "admin", "GET", "/wiki", field+": "+mark); got.status != wantStatus {
			t.Errorf("%s, asked about: got %d %s, want %d", field, got.status, got.body, wantStatus)
		}
		if got := w.ask(t, "admin", "GET", "/api/v2/time", field+": "+mark); got.status != 403 {
			t.Errorf("%s, for another resource: got %d %s, want 403", field, got.status, got.body)
		}
	}
}

// FuzzAuthorizeIsNoLaxer: a field that is taken out of a request to a service makes a proxy's question a 403, unless it is
// one by which proxies tell the way of the request.
func FuzzAuthorizeIsNoLaxer(f *testing.F) {
	var seen http.Header
	service := backend(f, func(_ http.ResponseWriter, r *http.Request) { seen = r.Header })
	w := newWorld(f, realClock, func(config *api.Config) { config.TrustedProxies = trust(f, "127.0.0.1") })
	w.save(f, serviceAt("app", "/app", service.URL))
	w.edit(f, model.KindUser, "viewer", func(next *model.Object) error { next.Rules = next.Rules.With(rule(f, "allow app:view")); return nil })
	for _, field := range sentFields(f) {
		f.Add(field.name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if name == "" || strings.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c >= 0x7f || strings.ContainsRune("\"(),/:;<=>?@[\\]{}", c) }) {
			return // no name of a field
		}
		switch strings.ToLower(name) {
		case "host", "authorization", "expect", "content-length", "transfer-encoding", "connection", "upgrade", "keep-alive", "te", "trailer", "proxy-connection", "http2-settings":
			return // have a meaning of their own
		}
		seen = nil
		if got := w.handle(t, "GET", "/app", name+": "+mark); got != 200 {
			t.Fatalf("%q: passed on: got %d", name, got)
		}
		reached := slices.Contains(seen[http.CanonicalHeaderKey(name)], mark)
		asked := w.handle(t, "GET", "/authorize", "X-Original-URI: /app\r\nX-Original-Method: GET\r\n"+name+": "+mark)
		way := slices.Contains(httpfield.Ways(), strings.ToLower(name))
		if asked == 200 && !reached && !way || asked != 200 && reached {
			t.Errorf("%q: it reached the service: %t, and asked about: %d", name, reached, asked)
		}
	})
}
