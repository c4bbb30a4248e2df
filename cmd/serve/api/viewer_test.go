package api_test

import (
	"html"
	"strings"
	"testing"
)

// TestOpenedInABrowser: whoever opens a path in a browser gets a page with the JSON, and errors as pages; programs and scripts
// get what they always get.
func TestOpenedInABrowser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const accept = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	for _, c := range []struct {
		persona, path string
		status        int
		want          string
	}{
		{"viewer", "/api/v2/orders/1", 200, `"status": "new"`}, {"viewer", "/api/v2/orders", 200, "[\n  {"}, {"viewer", "/api/v2/orders.json", 200, "[\n  {"},
		{"admin", "/api/v2/users", 200, `"name": "viewer"`}, {"viewer", "/api/v2/orders/99", 404, "404 Not Found"}, {"idle", "/api/v2/orders", 403, "orders:view"},
		{"nobody", "/api/v2/orders", 401, "401 Unauthorized"}, {"viewer", "/docs/nothing", 404, "no page at this path"}, {"viewer", "/nothing<script>", 404, "404 Not Found"},
	} {
		got := w.request(t, c.persona, "GET", c.path, "", accept, "Sec-Fetch-Dest: document", "Sec-Fetch-Mode: navigate")
		policy := got.header.Get("Content-Security-Policy")
		if got.status != c.status || !strings.Contains(html.UnescapeString(got.body), c.want) || got.header.Get("Content-Type") != "text/html; charset=utf-8" ||
			!strings.Contains(policy, "default-src 'none'; style-src 'sha256-") || strings.Contains(got.body, "<script") || !strings.Contains(got.body, `href="/docs/openapi.json"`) {
			t.Errorf("%s %s: got %d, %q\n%s\nwant %d %s", c.persona, c.path, got.status, policy, got.body, c.status, c.want)
		}
		if got.header.Get("ETag") != "" {
			t.Errorf("%s: the page has the tag of the JSON", c.path)
		}
		for _, dest := range []string{"", "empty"} {
			got := w.request(t, c.persona, "GET", c.path, "", "Sec-Fetch-Dest: "+dest)
			if got.status != c.status || got.header.Get("Content-Type") != "application/json" {
				t.Errorf("%s for a program: got %d %q", c.path, got.status, got.header.Get("Content-Type"))
			}
		}
	}
	for path, want := range map[string]string{"/api/v2/orders.xml": "application/xml", "/docs/openapi.json": "application/json", "/healthz": "text/plain; charset=utf-8"} {
		if got := w.request(t, "admin", "GET", path, "", "Sec-Fetch-Dest: document"); got.status != 200 || got.header.Get("Content-Type") != want {
			t.Errorf("%s: got %d %q, want %q", path, got.status, got.header.Get("Content-Type"), want)
		}
	}
}

// TestDeepDocumentsAreNoPages: text that would be many times as long as the JSON goes to a browser as it is.
func TestDeepDocumentsAreNoPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	deep := `{"a":` + strings.Repeat("[", 30) + strings.Repeat("0,", 100_000) + "0" + strings.Repeat("]", 30) + "}"
	path := w.request(t, "admin", "POST", "/api/v2/orders", deep).header.Get("Location")
	got := w.request(t, "admin", "GET", path, "", "Sec-Fetch-Dest: document")
	if got.status != 200 || got.header.Get("Content-Type") != "application/json" || len(got.body) > 2*len(deep) {
		t.Errorf("got %d %q of %d bytes, want the JSON, which has %d", got.status, got.header.Get("Content-Type"), len(got.body), len(deep))
	}
}
