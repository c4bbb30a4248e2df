package pages_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"latchkey/cmd/internal/pages"
	"latchkey/perms"
)

const hostile = "<b>|`[x](y)*\\ & \"quoted\""

// busy is the embedded catalogue with resources of every other backend laid over it.
func busy(t testing.TB) *perms.Catalogue {
	t.Helper()
	service := func(name, host, path string, backend perms.Backend) perms.Overlay {
		resource := perms.Resource{Name: name, Host: host, Path: path, Backend: backend, Title: hostile + name,
			Requests: perms.DefaultRequests(backend, name, "")}
		if backend == perms.Proxied {
			resource.Upstream.URL = "http://inside.example:9000"
		}
		return perms.Overlay{Name: name, Resource: resource}
	}
	catalogue, err := perms.Store().Overlay([]perms.Overlay{service("root", "", "/", perms.Proxied),
		service("app", "a.example", "/app", perms.Proxied), service("all_app", "", "/app", perms.External),
		service("b_app", "b.example", "/app", perms.External), {Name: "banners", Hidden: true}})
	if err != nil {
		t.Fatal(err)
	}
	return catalogue
}

func everyPage(t *testing.T, catalogue *perms.Catalogue) map[string]pages.Document {
	t.Helper()
	all := map[string]pages.Document{pages.IndexPage: pages.Index(catalogue), pages.RequestsPage: pages.Requests(catalogue)}
	for _, resource := range catalogue.Resources() {
		page, found := pages.Resource(catalogue, resource.Name)
		if !found {
			t.Fatalf("%s has no page", resource.Name)
		}
		all[resource.Name] = page
	}
	return all
}

// Each page of a resource names each of its request types in one line with its permission, in both ways of writing; so
// does the page of all requests, with the four answers.
func TestPagesHaveEveryPermission(t *testing.T) {
	t.Parallel()
	catalogue := busy(t)
	all := everyPage(t, catalogue)
	matrix := all[pages.RequestsPage].Markdown()
	for _, resource := range catalogue.Resources() {
		page := all[resource.Name].Markdown()
		html, err := all[resource.Name].HTML()
		if err != nil {
			t.Fatal(err)
		}
		for _, request := range resource.Requests {
			path := resource.Host + resource.RequestPath(request)
			if request.Endpoint == perms.Tree {
				path = strings.TrimSuffix(path, "/") + "/*"
			}
			asked, needed, answers := "`"+request.Method+" "+path+"`", "`"+request.Permission.String()+"`", "| 401 | 401 | 403 |"
			if request.AnyUser {
				needed, answers = "any user", "| 401 | 401 | 2"
			}
			if !hasLine(page, asked, needed) {
				t.Errorf("%s: no line with %s and %s in\n%s", resource.Name, asked, needed, page)
			}
			if !hasLine(string(html), "<code>"+strings.Trim(asked, "`")+"</code>", strings.Trim(needed, "`")) {
				t.Errorf("%s: no row with %s and %s in\n%s", resource.Name, asked, needed, html)
			}
			if !hasLine(matrix, asked, needed, answers) {
				t.Errorf("no line with %s, %s and %s among all requests", asked, needed, answers)
			}
		}
	}
	if _, found := pages.Resource(catalogue, "banners"); found || strings.Contains(matrix, "banners:view") {
		t.Error("a hidden resource has a page")
	}
	if got := strings.Count(pages.Index(catalogue).Markdown(), ".md)"); got != len(catalogue.Resources())+1 {
		t.Errorf("the index has %d links for %d resources", got, len(catalogue.Resources()))
	}
}

func hasLine(page string, parts ...string) bool {
	for line := range strings.Lines(page) {
		missing := false
		for _, part := range parts {
			missing = missing || !strings.Contains(line, part)
		}
		if !missing {
			return true
		}
	}
	return false
}

// What a title has in it is text on every page, and no page tells what is behind the server.
func TestPagesAreEscaped(t *testing.T) {
	t.Parallel()
	for name, page := range everyPage(t, busy(t)) {
		html, err := page.HTML()
		if err != nil {
			t.Fatal(err)
		}
		markdown := page.Markdown()
		for _, forbidden := range []string{"<b>", "inside.example", "<script", "javascript:", "href=\"http"} {
			if strings.Contains(string(html), forbidden) {
				t.Errorf("%s has %s:\n%s", name, forbidden, html)
			}
		}
		if plain := regexp.MustCompile("`[^`\n]*`").ReplaceAllString(strings.ReplaceAll(markdown, "\\`", ""), ""); strings.Contains(strings.ReplaceAll(plain, `\<`, ""), "<b") || strings.Contains(markdown, "inside.example") {
			t.Errorf("%s:\n%s", name, markdown)
		}
		checkWellFormed(t, name, html)
	}
	if title := pages.Index(busy(t)).Markdown(); !strings.Contains(title, "\\<b\\>\\|\\`\\[x\\](y)\\*\\\\ \\& \"quoted\"root") {
		t.Errorf("got %s", title)
	}
}

// checkWellFormed reads a page as XML with the entities and the lone elements of HTML.
func checkWellFormed(t *testing.T, name string, html []byte) {
	t.Helper()
	reader := xml.NewDecoder(strings.NewReader(string(html)))
	reader.Strict, reader.AutoClose, reader.Entity = true, xml.HTMLAutoClose, xml.HTMLEntity
	reader.Strict = false
	open := 0
	for {
		token, err := reader.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		switch token.(type) {
		case xml.StartElement:
			open++
		case xml.EndElement:
			open--
		}
	}
	if open != 0 {
		t.Errorf("%s: %d elements are left open", name, open)
	}
}

// The policy allows the style of the page by the hash of exactly what is between its tags, and nothing else.
func TestContentSecurityPolicy(t *testing.T) {
	t.Parallel()
	html, err := pages.Index(perms.Store()).HTML()
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(html), "<style>")
	style, _, found := strings.Cut(rest, "</style>")
	hash := sha256.Sum256([]byte(style))
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	if got := pages.ContentSecurityPolicy(); !found || got != want || strings.Contains(string(html), "style=") {
		t.Errorf("got %q, want %q", got, want)
	}
}
