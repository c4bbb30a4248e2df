package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"latchkey/cmd/serve/api"
	"latchkey/db/model"
	"latchkey/perms"
)

// pages are the sites of these tests.
const (
	shopSite  = "https://shop.example"  // may use orders, with credentials
	everySite = "https://every.example" // may use everything but latchkey's own, by serve
	evilSite  = "https://evil.example"  // may use nothing
)

func newCORSWorld(t testing.TB) *world {
	t.Helper()
	w := newWorld(t, func(config *api.Config) { config.CORS.SetOrigins([]string{everySite}) })
	w.edit(t, model.KindResource, "orders", func(next *model.Object) error {
		resource, _ := perms.Store().Resource("orders")
		resource.CORS = perms.CORS{Origins: []string{shopSite}, Credentials: true}
		next.Serve(resource)
		return nil
	})
	return w
}

// accessFields are what a response says about pages of other sites.
func accessFields(header http.Header) string {
	var said []string
	for name, values := range header {
		if strings.HasPrefix(name, "Access-Control-") && name != "Access-Control-Expose-Headers" {
			said = append(said, name+"="+strings.Join(values, "|"))
		}
	}
	slices.Sort(said)
	return strings.ReplaceAll(strings.Join(said, " "), "Access-Control-Allow-", "")
}

// TestCORS: pages of the sites that a resource allows can use it and read the responses; those of others can do neither (H14).
func TestCORS(t *testing.T) {
	t.Parallel()
	w := newCORSWorld(t)
	shop, every := "Credentials=true Origin="+shopSite, "Origin="+everySite
	for _, c := range []struct {
		persona, method, path, origin string
		want                          int
		fields                        string
	}{
		{"viewer", "GET", "/api/v2/orders/1", shopSite, 200, shop}, {"viewer", "GET", "/api/v2/orders/1", everySite, 200, every},
		{"viewer", "GET", "/api/v2/orders/9", shopSite, 404, shop}, {"viewer", "DELETE", "/api/v2/orders/1", shopSite, 403, shop},
		{"editor", "PUT", "/api/v2/orders/1", shopSite, 200, shop}, {"editor", "PUT", "/api/v2/orders/1", everySite, 200, every},
		{"viewer", "GET", "/api/v2/orders/1", "", 200, ""},
		// Before any effect, whoever asks.
		{"admin", "GET", "/api/v2/orders/1", evilSite, 403, ""}, {"admin", "PUT", "/api/v2/orders/1", evilSite, 403, ""}, {"admin", "DELETE", "/api/v2/orders/1", "null", 403, ""},
		{"admin", "GET", "/api/v2/products/1", shopSite, 403, ""}, {"viewer", "GET", "/api/v2/products/1", everySite, 200, every},
		{"admin", "GET", "/api/v2/orders/1", strings.ToUpper(shopSite), 403, ""}, {"admin", "GET", "/api/v2/orders/1", shopSite + "/", 403, ""},
		{"admin", "GET", "/api/v2/orders/1", shopSite + ".evil.example", 403, ""}, {"admin", "GET", "/api/v2/orders/1", "http" + shopSite[5:], 403, ""},
		// Without credentials nothing depends on the path, and never is anything of latchkey's own allowed.
		{"wrong", "GET", "/api/v2/orders/1", shopSite, 401, shop}, {"wrong", "GET", "/api/v2/nothing", shopSite, 401, shop}, {"nobody", "POST", "/api/v2/users", everySite, 401, every},
		{"wrong", "GET", "/api/v2/orders/1", evilSite, 401, ""},
		{"admin", "POST", "/api/v2/users", everySite, 403, ""}, {"admin", "POST", "/api/v2/token", shopSite, 403, ""}, {"admin", "GET", "/api/v2/users", everySite, 200, ""},
		{"admin", "GET", "/docs", everySite, 200, ""}, {"admin", "GET", "/nowhere", everySite, 404, ""}, {"admin", "POST", "/nowhere", everySite, 403, ""},
	} {
		got := w.request(t, c.persona, c.method, c.path, map[bool]string{true: `{"status":"seen"}`}[c.method == "PUT"], "Origin: "+c.origin)
		if fields := accessFields(got.header); got.status != c.want || fields != c.fields {
			t.Errorf("%s %s %s from %q: got %d %q %s, want %d %q", c.persona, c.method, c.path, c.origin, got.status, fields, got.body, c.want, c.fields)
		}
		varies := slices.Contains(got.header.Values("Vary"), "Origin")
		if isAllowing := got.status == 200 && !strings.HasSuffix(c.path, "users") && strings.HasPrefix(c.path, "/api"); isAllowing && !varies {
			t.Errorf("%s from %q: the response does not say that it depends on Origin", c.path, c.origin)
		}
	}
	if text := fmt.Sprint(w.request(t, "viewer", "GET", "/api/v2/orders/1", "").header); strings.Contains(text, "Access-Control") {
		t.Errorf("without Origin: got %s", text)
	}
}

// TestPreflights are answered without credentials, alike for every path.
func TestPreflights(t *testing.T) {
	t.Parallel()
	w := newCORSWorld(t)
	ask := func(path, origin, method, fields string) reply {
		return w.request(t, "nobody", "OPTIONS", path, "", "Origin: "+origin, "Access-Control-Request-Method: "+method, "Access-Control-Request-Headers: "+fields)
	}
	for _, origin := range []string{shopSite, everySite, evilSite, "null"} {
		var first string
		for _, path := range []string{"/api/v2/orders/1", "/api/v2/products", "/api/v2/users", "/nowhere", "/docs", "/healthz", "/authorize", "/api/v2/orders/../x"} {
			got := ask(path, origin, "DELETE", "authorization,x-custom")
			text := fmt.Sprint(got.status, comparable(got.header), got.body)
			if first == "" {
				first = text
				t.Log(origin, text)
			}
			if text != first {
				t.Errorf("%s from %s: got\n%s\nothers get\n%s", path, origin, text, first)
			}
		}
		want := map[string]string{
			shopSite: "204Access-Control-Allow-Credentials:", everySite: "204Access-Control-Allow-Headers:", evilSite: "401", "null": "401"}[origin]
		if !strings.HasPrefix(first, want) || strings.Contains(first, "*") || strings.Contains(first, "Allow-Origin") != (want[:3] == "204") {
			t.Errorf("from %s: got\n%s", origin, first)
		}
		if strings.Contains(first, "Credentials") != (origin == shopSite) {
			t.Errorf("from %s: got credentials allowed in\n%s", origin, first)
		}
	}
	if got := ask("/api/v2/orders", shopSite, "GET", "x\u00e9"); got.header.Get("Access-Control-Allow-Headers") != "" {
		t.Errorf("a field that is none was allowed: %v", got.header)
	}
	before := w.state(t)
	if got := w.request(t, "admin", "DELETE", "/api/v2/products/1", "", "Origin: "+shopSite); got.status != 403 || w.state(t) != before {
		t.Errorf("after a preflight: got %d, or an effect", got.status)
	}
}

// TestCORSIsOff unless something allows a site: preflights need credentials, and nothing is said of pages.
func TestCORSIsOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.request(t, "nobody", "OPTIONS", "/api/v2/orders", "", "Origin: "+shopSite, "Access-Control-Request-Method: GET")
	if got.status != 401 || accessFields(got.header) != "" || got.header.Get("Vary") != "" {
		t.Errorf("a preflight: got %d %v", got.status, got.header)
	}
	if got := w.request(t, "viewer", "GET", "/api/v2/orders", "", "Origin: "+shopSite); got.status != 200 || accessFields(got.header) != "" || got.header.Get("Vary") != "" {
		t.Errorf("reading: got %d %v", got.status, got.header)
	}
	if got := w.request(t, "editor", "PUT", "/api/v2/orders/1", "{}", "Origin: "+shopSite); got.status != 403 {
		t.Errorf("writing: got %d, want 403", got.status)
	}
}

// TestScriptsAreNotAskedForPasswords: a browser asks whoever looks at a page for a password at a challenge of Basic.
func TestScriptsAreNotAskedForPasswords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for mode, want := range map[string]string{"cors": `Bearer realm="latchkey"`, "navigate": `Basic realm="latchkey", charset="UTF-8"`, "": `Basic realm="latchkey", charset="UTF-8"`} {
		for _, persona := range []string{"nobody", "wrong"} {
			if got := w.request(t, persona, "GET", "/api/v2/orders", "", "Sec-Fetch-Mode: "+mode); got.status != 401 || got.header.Get("WWW-Authenticate") != want {
				t.Errorf("%s, mode %q: got %d, %q, want %q", persona, mode, got.status, got.header.Get("WWW-Authenticate"), want)
			}
		}
	}
}

// TestCORSOfServices: what a service says of pages of other sites is not passed on unless asked for, and WebSockets of other
// sites are refused whatever is allowed.
func TestCORSOfServices(t *testing.T) {
	t.Parallel()
	w := newWorld(t, realClock)
	behind := backend(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Allow-Private-Network", "true")
		w.Header().Set("Vary", "Accept")
	})
	serve := func(cors perms.CORS) {
		resource := serviceAt("app", "/app", behind.URL)
		resource.CORS = cors
		w.save(t, resource)
	}
	check := func(what, origin, fields, vary string, want int, header ...string) {
		t.Helper()
		got := w.request(t, "admin", "GET", "/app", "", append([]string{"Origin: " + origin}, header...)...)
		if got.status != want || accessFields(got.header) != fields || strings.Join(got.header.Values("Vary"), ",") != vary {
			t.Errorf("%s: got %d %q, Vary %q, want %d %q %q", what, got.status, accessFields(got.header), got.header.Values("Vary"), want, fields, vary)
		}
	}
	serve(perms.CORS{})
	check("nothing allowed", shopSite, "", "Accept", 200)
	serve(perms.CORS{Origins: []string{shopSite}})
	check("allowed", shopSite, "Origin="+shopSite, "Accept,Origin", 200)
	check("no browser", "", "", "Accept,Origin", 200)
	check("another site", evilSite, "", "Origin", 403)
	check("a WebSocket", shopSite, "", "Origin", 403, "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: eA==")
	serve(perms.CORS{Origins: []string{shopSite}, PassOwn: true})
	check("the service's own", shopSite, "Origin=* Private-Network=true", "Accept", 200)
	check("the service's own, another site", evilSite, "", "Origin", 403)
	behind.Close()
	serve(perms.CORS{Origins: []string{shopSite}})
	check("the service is gone", shopSite, "Origin="+shopSite, "Origin", 502)
}

// TestCORSBehindProxies: /authorize judges the site by the resource as well.
func TestCORSBehindProxies(t *testing.T) {
	t.Parallel()
	w := newAuthorizeWorld(t)
	w.edit(t, model.KindResource, "app", func(next *model.Object) error { next.Resource.CORS.Origins = []string{shopSite}; return nil })
	for _, c := range []struct {
		method, uri, origin string
		want                int
	}{
		{"POST", "/app", shopSite, 200}, {"POST", "/app", evilSite, 403}, {"GET", "/app", evilSite, 403}, {"GET", "/app", "", 200},
		{"POST", "/app/admin", shopSite, 403}, {"GET", "/app/admin", shopSite, 200}, {"GET", "/nowhere", shopSite, 403},
	} {
		got := w.ask(t, "admin", c.method, c.uri, "Origin: "+c.origin)
		if got.status != c.want || accessFields(got.header) != "" {
			t.Errorf("%s %s from %q: got %d %q, want %d", c.method, c.uri, c.origin, got.status, accessFields(got.header), c.want)
		}
	}
	if got := w.ask(t, "admin", "GET", "/app", "Origin: "+shopSite, "Sec-WebSocket-Key: eA=="); got.status != 403 {
		t.Errorf("a WebSocket: got %d, want 403", got.status)
	}
}
