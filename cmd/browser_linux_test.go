package cmd_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/cmd/internal/pages"
	"latchkey/cmd/internal/programs"
	"latchkey/perms"
)

// sitePage makes requests one after the other and reports what came of them: the status and a part of the response, or
// "refused" where the browser gives the page no response.
const sitePage = `<!doctype html><meta charset="utf-8"><script>
(async () => {
	const results = {};
	for (const [name, url, options] of REQUESTS) {
		try {
			const response = await fetch(url, options);
			results[name] = response.status + " " + (response.headers.get("X-Request-Id") ? "id " : "") + (await response.text()).trim();
		} catch (failure) { results[name] = "refused"; }
	}
	await fetch("/done", {method: "POST", body: JSON.stringify(results)});
})();
</script>`

// site is a web site of its own whose one page makes requests.
func site(t *testing.T, results chan map[string]string) (server *httptest.Server, ask func(requests ...[3]any)) {
	t.Helper()
	var page atomic.Pointer[string]
	server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/done" {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(w, *page.Load())
			return
		}
		got := map[string]string{}
		_ = json.NewDecoder(r.Body).Decode(&got)
		results <- got
	}))
	t.Cleanup(server.Close)
	return server, func(requests ...[3]any) {
		list, err := json.Marshal(requests)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Replace(sitePage, "REQUESTS", string(list), 1)
		page.Store(&text)
	}
}

// visit has Chromium look at a page until it has reported.
func visit(t *testing.T, url string, results chan map[string]string) map[string]string {
	t.Helper()
	var told bytes.Buffer
	browser := exec.CommandContext(t.Context(), programs.Need(t, "chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
		"--disable-dev-shm-usage", "--ignore-certificate-errors", "--user-data-dir="+t.TempDir(), "--remote-debugging-port=0", url)
	browser.Stdout, browser.Stderr = &told, &told
	browser.Env = append(os.Environ(), "HOME="+t.TempDir())
	browser.WaitDelay = 10 * time.Second
	if err := browser.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = browser.Process.Kill()
		_ = browser.Wait()
	}()
	select {
	case got := <-results:
		return got
	case <-time.After(2 * time.Minute):
		t.Fatalf("the page did not report: %s", told.String())
		return nil
	}
}

// TestBrowser has a real browser show pages of an allowed site and of another one.
func TestBrowser(t *testing.T) {
	t.Parallel()
	programs.Need(t, "chromium")
	w := newWorkshop(t)
	results := make(chan map[string]string, 1)
	allowed, ask := site(t, results)
	foreign, askForeign := site(t, results)
	w.run("init")
	w.run("user", "add", "ann", "--save")
	token := strings.TrimSpace(w.run("token", "enable", "ann", "--save"))
	w.run("perm", "grant", "ann", "orders:*", "products:*", "users:*", "--save")
	w.run("resource", "edit", "orders", "--allow-origin", allowed.URL, "--allow-credentials", "--save")
	w.run("resource", "edit", "products", "--allow-origin", allowed.URL, "--save")
	server := w.serve()
	api := server.url + "/api/v2"
	with := func(method, body string, more map[string]any) map[string]any {
		options := map[string]any{"method": method, "headers": map[string]string{"Authorization": "Bearer " + token, "X-Custom": "1", "Content-Type": "application/json"}}
		if body != "" {
			options["body"] = body
		}
		maps.Copy(options, more)
		return options
	}
	include := map[string]any{"credentials": "include"}
	requests := [][3]any{
		{"make", api + "/orders", with("POST", `{"status":"new"}`, nil)},
		{"with credentials", api + "/orders/1", with("GET", "", include)},
		{"not with credentials", api + "/products/1", with("GET", "", include)},
		{"without", api + "/products/1", with("GET", "", nil)},
		{"no token", api + "/orders/1", map[string]any{"headers": map[string]string{"X-Custom": "1"}}},
		{"another resource", api + "/customers/1", with("GET", "", nil)},
		{"control panel", api + "/users", with("GET", "", nil)},
		{"control panel, editing", api + "/users", with("POST", `{"name":"mallory"}`, nil)},
	}
	ask(requests...)
	askForeign(requests...)
	wantAll(t, "the allowed site", visit(t, allowed.URL, results), map[string]string{
		"make": "201 id {", "with credentials": `200 id {`, "not with credentials": "refused", "without": "404 id [", "no token": "401 id [",
		"another resource": "refused", "control panel": "refused", "control panel, editing": "refused",
	})
	refused := map[string]string{}
	for _, request := range requests {
		refused[fmt.Sprint(request[0])] = "refused"
	}
	wantAll(t, "another site", visit(t, foreign.URL, results), refused)
	if got := w.run("user", "list", "--output", "name"); strings.Contains(got, "mallory") {
		t.Errorf("a page has added a user: %s", got)
	}
}

func wantAll(t *testing.T, who string, got, want map[string]string) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if !strings.HasPrefix(got[name], want[name]) {
			t.Errorf("%s, %s: got %q, want %q", who, name, got[name], want[name])
		}
	}
}

// TestPagesFit: the widest page needs no scrolling to the side on a desk and on a telephone.
func TestPagesFit(t *testing.T) {
	t.Parallel()
	programs.Need(t, "chromium")
	page, err := pages.Requests(perms.Store()).HTML()
	if err != nil {
		t.Fatal(err)
	}
	results := make(chan map[string]string, 1)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		switch r.URL.Path {
		case "/page":
			_, _ = w.Write(page)
		case "/done":
			got := map[string]string{}
			_ = json.NewDecoder(r.Body).Decode(&got)
			results <- got
		default:
			_, _ = io.WriteString(w, `<!doctype html><iframe src="/page" width="1200"></iframe><iframe src="/page" width="390"></iframe><script>
onload = () => fetch("/done", {method: "POST", body: JSON.stringify(Object.fromEntries([...document.querySelectorAll("iframe")].map(frame =>
	[frame.width, String(frame.contentDocument.documentElement.scrollWidth <= frame.clientWidth)])))});</script>`)
		}
	}))
	t.Cleanup(server.Close)
	wantAll(t, "fits", visit(t, server.URL, results), map[string]string{"1200": "true", "390": "true"})
}
