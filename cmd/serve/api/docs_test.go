package api_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"latchkey/cmd/serve/api"
	"latchkey/db/model"
	"latchkey/perms"
)

var docsPaths = []string{"/docs", "/docs/", "/docs/requests", "/docs/resources/orders", "/docs/openapi.json", "/docs/nothing",
	"/docs/resources/nothing", "/docs/resources/", "/docs/resources/orders/x", "/docs/../docs"}

func TestDocsAreForUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range docsPaths {
		for _, persona := range []string{"nobody", "wrong", "off"} {
			for _, method := range []string{"GET", "HEAD", "POST", "OPTIONS"} {
				if got := w.request(t, persona, method, path, ""); got.status != 401 {
					t.Errorf("%s %s as %s: got %d, want 401", method, path, persona, got.status)
				}
			}
		}
	}
	if got := w.request(t, "nobody", "GET", "/docsx", ""); got.status != 401 {
		t.Errorf("got %d, want 401", got.status)
	}
	checkDocs(t, w, "idle")
}

func TestPublicDocs(t *testing.T) {
	t.Parallel()
	available := true
	w := newWorld(t, func(config *api.Config) {
		config.PublicDocs = true
		config.Available = func() bool { return available }
	})
	for _, persona := range []string{"nobody", "wrong", "off", "idle"} {
		checkDocs(t, w, persona)
	}
	for _, path := range []string{"/docsx", "/api/v2/time", "/"} {
		if got := w.request(t, "nobody", "GET", path, ""); got.status != 401 {
			t.Errorf("%s: got %d, want 401", path, got.status)
		}
	}
	available = false
	if got := w.request(t, "nobody", "GET", "/docs", ""); got.status != 503 {
		t.Errorf("got %d, want 503 while the user database cannot be asked", got.status)
	}
}

// checkDocs reads the pages as a user who may see them.
func checkDocs(t *testing.T, w *world, persona string) {
	t.Helper()
	for path, want := range map[string]string{
		"/docs": `<a href="/docs/resources/orders"><bdi>Orders</bdi></a>`, "/docs/": "<h1>Resources</h1>", "/docs/requests": "<code>GET /api/v2/orders</code>",
		"/docs/resources/orders": "<code>orders:delete_all</code>", "/docs/resources/users_token": "<code>PUT /api/v2/users/{name}/token</code>",
	} {
		got := w.request(t, persona, "GET", path, "")
		_, rest, _ := strings.Cut(got.body, "<style>")
		style, _, _ := strings.Cut(rest, "</style>")
		hash := sha256.Sum256([]byte(style))
		policy := got.header.Get("Content-Security-Policy")
		if got.status != 200 || !strings.Contains(got.body, want) || got.header.Get("Content-Type") != "text/html; charset=utf-8" ||
			!strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(hash[:])+"';") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s as %s: got %d %v\n%s\nwant %s", path, persona, got.status, got.header, got.body, want)
		}
	}
	document := w.request(t, persona, "GET", "/docs/openapi.json", "")
	var parsed struct{ Paths map[string]any }
	if err := json.Unmarshal([]byte(document.body), &parsed); err != nil || document.status != 200 || parsed.Paths["/api/v2/orders"] == nil ||
		document.header.Get("Content-Type") != "application/json" {
		t.Errorf("got %d %v, %v", document.status, document.header, err)
	}
	for request, want := range map[string]int{"HEAD /docs": 200, "OPTIONS /docs": 200, "POST /docs": 405, "PUT /docs/openapi.json": 405, "PATCH /docs": 405,
		"GET /docs/nothing": 404, "GET /docs/resources/nothing": 404, "GET /docs/resources/": 404, "GET /docs/resources/orders/x": 404, "POST /docs/nothing": 404} {
		method, path, _ := strings.Cut(request, " ")
		got := w.request(t, persona, method, path, "")
		if got.status != want || (want == 405 || method == "OPTIONS") && got.header.Get("Allow") != "GET, HEAD, OPTIONS" {
			t.Errorf("%s as %s: got %d with Allow %q, want %d", request, persona, got.status, got.header.Get("Allow"), want)
		}
		if want >= 400 {
			checkError(t, got)
		}
	}
}

// The pages are those of the next request after a save: a resource that was added has one, a hidden one has none.
func TestDocsAreLive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.saveEdit(t, model.KindResource, func(s *model.Target) error {
		s.Next = &model.Object{Kind: s.Kind, Name: s.Name}
		s.Next.Serve(perms.Resource{Title: "<script>alert(1)</script>", Path: "/inside", Host: "127.0.0.1", Backend: perms.Proxied,
			Upstream: perms.Upstream{URL: "http://secret.example"}, Requests: perms.DefaultRequests(perms.Proxied, "inside", "")})
		return nil
	}, "inside")
	w.saveEdit(t, model.KindResource, func(s *model.Target) error {
		s.Next = &model.Object{Kind: s.Kind, Name: s.Name}
		s.Next.Hide()
		return nil
	}, "orders")
	for path, want := range map[string]string{"/docs": "inside", "/docs/resources/inside": "inside:view", "/docs/openapi.json": `"/inside/{below}"`} {
		got := w.request(t, "idle", "GET", path, "")
		if got.status != 200 || !strings.Contains(got.body, want) || strings.Contains(got.body, "orders:view") || strings.Contains(got.body, "secret.example") {
			t.Errorf("%s: got %d\n%s", path, got.status, got.body)
		}
		if strings.HasPrefix(got.header.Get("Content-Type"), "text/html") && strings.Contains(got.body, "<script") {
			t.Errorf("%s: the title is markup:\n%s", path, got.body)
		}
	}
	if got := w.request(t, "idle", "GET", "/docs/resources/orders", ""); got.status != 404 {
		t.Errorf("got %d for a hidden resource, want 404", got.status)
	}
}

// TestDocsAreWrittenOnce: a page is written again only after a change of the catalogue. Writing the OpenAPI document takes 25 ms
// of a processor, and anybody can request it if the pages are public.
func TestDocsAreWrittenOnce(t *testing.T) {
	for name, public := range map[string]bool{"for users": false, "for everybody": true} {
		w := newWorld(t, func(config *api.Config) { config.PublicDocs = public })
		for _, path := range []string{"/docs", "/docs/requests", "/docs/resources/orders", "/docs/openapi.json"} {
			request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
			request.Header.Set("Authorization", w.authorization("idle"))
			number := 0
			ask := func() {
				recorder := httptest.NewRecorder()
				recorder.Body = nil
				request.Host = fmt.Sprintf("host%d.example", number) // of no resource: the page is that of any host
				number++
				w.handler.ServeHTTP(recorder, request)
				if recorder.Code != http.StatusOK {
					t.Fatalf("%s: got %d", path, recorder.Code)
				}
			}
			ask()
			if allocations := testing.AllocsPerRun(10, ask); allocations > 200 {
				t.Errorf("%s, %s: got %v allocations for a page that was written before, want few", path, name, allocations)
			}
		}
	}
}

// TestDocsAreOfTheHost: a page that was written for one host is not sent to another.
func TestDocsAreOfTheHost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.save(t, perms.Resource{Name: "inside", Title: "Inside", Host: "in.example", Path: "/inside", Backend: perms.Documents,
		Requests: perms.DefaultRequests(perms.Documents, "inside", "")})
	for range 2 {
		for host, want := range map[string]bool{"in.example": true, "IN.example:8443": true, "other.example": false} {
			got := w.request(t, "idle", http.MethodGet, "/docs/openapi.json", "", "Host: "+host)
			if got.status != http.StatusOK || strings.Contains(got.body, `"/inside"`) != want {
				t.Errorf("%s: got %d, want the resource of in.example in it: %t", host, got.status, want)
			}
		}
	}
}
