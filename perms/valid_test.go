package perms_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/perms"
)

// documents makes a collection with all its request types.
func documents(name, path string) perms.Resource {
	return perms.Resource{Name: name, Title: "Some", Path: path, Backend: perms.Documents,
		Requests: perms.DefaultRequests(perms.Documents, name, "")}
}

func below(parent, name, path string) perms.Resource {
	resource := documents(name, path)
	resource.Parent, resource.Requests = parent, perms.DefaultRequests(perms.Documents, name, parent)
	return resource
}

// service makes a resource of another service.
func service(name, host, path string) perms.Resource {
	return perms.Resource{Name: name, Host: host, Path: path, Backend: perms.Proxied,
		Upstream: perms.Upstream{URL: "http://127.0.0.1:9000"}, Requests: perms.DefaultRequests(perms.Proxied, name, "")}
}

func TestNewCatalogueTakes(t *testing.T) {
	t.Parallel()
	outside := service("outside", "", "/docs")
	outside.Backend, outside.Upstream = perms.External, perms.Upstream{}
	aliased := documents("reports", "/api/v2/reports")
	aliased.Aliases = []string{"/reports", "/Old/re.ports~-_"}
	single := documents("preferences", "/preferences")
	single.Requests = []perms.Request{{Endpoint: perms.Single, Method: "GET", AnyUser: true},
		{Endpoint: perms.Single, Method: "PUT", Permission: perms.Permission{Resource: "x", Action: "y"}}}
	long := service("long", "", "/a/b")
	long.Upstream = perms.Upstream{URL: "https://[::1]:65535/x", StripPrefix: "/a", HostHeader: "[::1]:80", Timeout: 24 * time.Hour, MaxBody: 1 << 40}
	socket := service("socket", "::1", "/")
	socket.Upstream.URL = "unix:/run/app.sock"
	elsewhere := below("reports", "lines", "/reports/{id}/lines")
	elsewhere.Aliases = []string{"/lines", "/x/{id}/y"}
	all := []perms.Resource{outside, aliased, single, long, socket, elsewhere, service("deep", "", "/a/b/c"),
		service("deephost", "a.example", "/a/b/c"), service("hosted", "a.example", "/api/v2/users/ci")}
	catalogue, err := perms.NewCatalogue(all)
	if err != nil {
		t.Fatal(err)
	}
	if got := catalogue.Resources(); len(got) != len(all) || !slices.IsSortedFunc(got, func(a, b perms.Resource) int { return strings.Compare(a.Name, b.Name) }) {
		t.Errorf("got %v", got)
	}
	if _, err := perms.NewCatalogue(perms.Store().Resources()); err != nil {
		t.Error(err)
	}
	all[1].Aliases[0] = "changed"
	if got, _ := catalogue.Resource("reports"); got.Aliases[0] != "/reports" {
		t.Error("the catalogue shares memory with what it was made of")
	}
}

// Each change makes one good resource unusable; the message has to say what is wrong.
func TestNewCatalogueRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		says   string
		change func(*perms.Resource)
	}{
		{"its name", func(r *perms.Resource) { r.Name = "Reports" }},
		{"its name", func(r *perms.Resource) { r.Name = "" }},
		{"its title", func(r *perms.Resource) { r.Title = "a\x1b[31m" }},
		{"its title", func(r *perms.Resource) { r.Title = strings.Repeat("a", 201) }},
		{"its title", func(r *perms.Resource) { r.Title = "\xff" }},
		{"its title", func(r *perms.Resource) { r.Title = "a\u202eb" }},
		{"its host", func(r *perms.Resource) { r.Host = "A.example" }},
		{"its host", func(r *perms.Resource) { r.Host = "a.example:443" }},
		{"its host", func(r *perms.Resource) { r.Host = "a.example." }},
		{"its host", func(r *perms.Resource) { r.Host = "[::1]" }},
		{"its host", func(r *perms.Resource) { r.Host = "*.example" }},
		{"its host", func(r *perms.Resource) { r.Host = strings.Repeat("a", 254) }},
		{"has to begin with /", func(r *perms.Resource) { r.Path = "" }},
		{"has to begin with /", func(r *perms.Resource) { r.Path = "reports" }},
		{"at most 512 bytes", func(r *perms.Resource) { r.Path = "/" + strings.Repeat("a", 512) }},
		{"the segment", func(r *perms.Resource) { r.Path = "/" }},
		{"the segment", func(r *perms.Resource) { r.Path = "/a/" }},
		{"the segment", func(r *perms.Resource) { r.Path = "/a//b" }},
		{"the segment", func(r *perms.Resource) { r.Path = "/a/../b" }},
		{"the segment", func(r *perms.Resource) { r.Path = "/a/./b" }},
		{"the segment", func(r *perms.Resource) { r.Path = "/a%2fb" }},
		{"the segment", func(r *perms.Resource) { r.Path = "/a b" }},
		{"the segment", func(r *perms.Resource) { r.Path = "/a?b" }},
		{"the segment", func(r *perms.Resource) { r.Path = "/ä" }},
		{"the segment", func(r *perms.Resource) { r.Path = "/a/{name}" }},
		{"the segment", func(r *perms.Resource) { r.Path = `/a\b` }},
		{"needs a parent", func(r *perms.Resource) { r.Path = "/a/{id}/b" }},
		{"an extension", func(r *perms.Resource) { r.Path = "/a.json" }},
		{"an extension", func(r *perms.Resource) { r.Aliases = []string{"/a.xml"} }},
		{"has two meanings", func(r *perms.Resource) { r.Aliases = []string{r.Path} }},
		{"33 aliases", func(r *perms.Resource) { r.Aliases = make([]string, 33) }},
		{"answers itself", func(r *perms.Resource) { r.Path = "/docs" }},
		{"answers itself", func(r *perms.Resource) { r.Path = "/docs/mine" }},
		{"answers itself", func(r *perms.Resource) { r.Aliases = []string{"/authorize"} }},
		{"its parent", func(r *perms.Resource) { r.Parent, r.Path = "nothing", "/nothing/{id}/a" }},
		{"its parent", func(r *perms.Resource) { r.Parent, r.Path, r.Host = "orders", "/api/v2/orders/{id}/a", "a.example" }},
		{"its parent", func(r *perms.Resource) { r.Parent, r.Path = "orders_shipments", "/api/v2/orders/{id}/a" }},
		{"its parent", func(r *perms.Resource) { r.Parent, r.Path = "time", "/api/v2/time/{id}/a" }},
		{"its parent", func(r *perms.Resource) { r.Parent, r.Path = "reports", "/reports/{id}/a" }},
		{"has to have {id} once", func(r *perms.Resource) { r.Parent = "orders" }},
		{"has to have {id} once", func(r *perms.Resource) { r.Parent, r.Path = "orders", "/api/v2/orders/{id}/a/{id}/b" }},
		{"segments before and after", func(r *perms.Resource) { r.Parent, r.Path = "orders", "/api/v2/orders/{id}" }},
		{"not below its parent's", func(r *perms.Resource) { r.Parent, r.Path = "orders", "/api/v2/products/{id}/a" }},
		{"there are two", func(r *perms.Resource) { r.Name = "orders" }},
		{"too: change one", func(r *perms.Resource) { r.Path = "/api/v2/orders" }},
		{"too: change one", func(r *perms.Resource) { r.Path = "/api/v2/orders/count" }},
		{"can be mistaken", func(r *perms.Resource) { r.Path = "/api/v2/orders/5" }},
		{"has the backend", func(r *perms.Resource) { r.Backend = "magic" }},
		{"has the backend", func(r *perms.Resource) { r.Backend = "" }},
		{"latchkey's own", func(r *perms.Resource) { r.Backend = perms.System }},
		{"latchkey's own", func(r *perms.Resource) { r.Name = "time" }},
		{"no request types", func(r *perms.Resource) { r.Requests = nil }},
		{"is there twice", func(r *perms.Resource) { r.Requests = append(r.Requests, r.Requests[0]) }},
		{"none that the backend collection has: those are GET collection, GET item, GET count, GET single, POST collection, " +
			"PUT item, PUT single, DELETE collection, DELETE item", func(r *perms.Resource) { r.Requests[0].Method = "PATCH" }},
		{"none that the backend", func(r *perms.Resource) { r.Requests[0].Method = "get" }},
		{"none that the backend", func(r *perms.Resource) { r.Requests[0].Endpoint = perms.Tree }},
		{"none that the backend", func(r *perms.Resource) { r.Requests[0].Endpoint = perms.Named }},
		{"none that the backend", func(r *perms.Resource) { r.Backend = perms.Proxied }},
		{"single document", func(r *perms.Resource) { r.Requests[0].Endpoint = perms.Single }},
		{"malformed permission", func(r *perms.Resource) { r.Requests[0].Permission = perms.Permission{} }},
		{"malformed permission", func(r *perms.Resource) { r.Requests[0].Permission.Action = "*" }},
		{"open to any user and", func(r *perms.Resource) { r.Requests[0].AnyUser = true }},
		{"leave out where to", func(r *perms.Resource) { r.Upstream.URL = "http://127.0.0.1" }},
	}
	for i, test := range tests {
		resource := documents("reports", "/api/v2/reports")
		test.change(&resource)
		checkRefused(t, i, test.says, append(perms.Store().Resources(), resource))
	}
}

func TestNewCatalogueRefusesServices(t *testing.T) {
	t.Parallel()
	tests := []struct {
		says   string
		change func(*perms.Resource)
	}{
		{"neither aliases", func(r *perms.Resource) { r.Aliases = []string{"/b"} }},
		{"neither aliases", func(r *perms.Resource) { r.Parent = "orders" }},
		{"none that the backend", func(r *perms.Resource) { r.Requests[0].Endpoint = perms.Single }},
		{"none that the backend", func(r *perms.Resource) { r.Requests[0].Method = "OPTIONS" }},
		{"none that the backend", func(r *perms.Resource) { r.Requests[0].Method = "HEAD" }},
		{"answers itself", func(r *perms.Resource) { r.Path = "/healthz/x" }},
		{"its limits", func(r *perms.Resource) { r.Upstream.Timeout = -1 }},
		{"its limits", func(r *perms.Resource) { r.Upstream.Timeout = 25 * time.Hour }},
		{"its limits", func(r *perms.Resource) { r.Upstream.MaxBody = -1 }},
		{"host header", func(r *perms.Resource) { r.Upstream.HostHeader = "a/b" }},
		{"host header", func(r *perms.Resource) { r.Upstream.HostHeader = "a@b" }},
		{"host header", func(r *perms.Resource) { r.Upstream.HostHeader = "a:" }},
		{"host header", func(r *perms.Resource) { r.Upstream.HostHeader = ":80" }},
		{"host header", func(r *perms.Resource) { r.Upstream.HostHeader = "a:x" }},
		{"host header", func(r *perms.Resource) { r.Upstream.HostHeader = "a\r\nb" }},
		{"host header", func(r *perms.Resource) { r.Upstream.HostHeader = perms.HostKept }},
		{"to strip", func(r *perms.Resource) { r.Upstream.StripPrefix = "/ap" }},
		{"to strip", func(r *perms.Resource) { r.Upstream.StripPrefix = "/" }},
		{"to strip", func(r *perms.Resource) { r.Upstream.StripPrefix = "/app/below" }},
		{"too: change one", func(r *perms.Resource) { r.Path = "/api/v2/orders" }},
		{"leave out where to", func(r *perms.Resource) { r.Backend = perms.External }},
	}
	for i, test := range tests {
		resource := service("app", "", "/app")
		test.change(&resource)
		checkRefused(t, i, test.says, append(perms.Store().Resources(), resource))
	}
	for i, url := range []string{"", "127.0.0.1:9", "ftp://a", "http://", "http://:80", "http://user:secret@a", "http://a?b", "http://a?",
		"http://a#b", "http://a#", "http://a/b/../c", "http://a/%2e%2e/", "http://a//b", "unix:", "unix:run/a.sock", "unix:/run/../a",
		"unix:/run/", "http://a/\x00", "http://a/%2f", "HTTP//a", "http://a/" + strings.Repeat("b", 2048), "http://a:99999", "https://a:65536/b", "http://a:0",
		"http://a:-1", "http://a:http"} {
		resource := service("app", "", "/app")
		resource.Upstream.URL = url
		checkRefused(t, i, "its URL", []perms.Resource{resource})
	}
}

func checkRefused(t *testing.T, test int, says string, resources []perms.Resource) {
	t.Helper()
	catalogue, err := perms.NewCatalogue(resources)
	if catalogue != nil || !errors.Is(err, perms.ErrResource) || !strings.Contains(err.Error(), says) {
		t.Errorf("test %d: got %v, want an unusable resource and %q", test, err, says)
	} else if strings.Contains(err.Error(), "secret") {
		t.Errorf("test %d: %v tells a password", test, err)
	}
}

func TestDefaultRequests(t *testing.T) {
	t.Parallel()
	write := func(requests []perms.Request) string {
		var words []string
		for _, request := range requests {
			words = append(words, string(request.Endpoint)+" "+request.Method+" "+request.Permission.String())
		}
		return strings.Join(words, ", ")
	}
	tests := []struct {
		backend      perms.Backend
		parent, want string
	}{
		{perms.Documents, "", "collection GET a:view, collection POST a:create, collection DELETE a:delete_all, " +
			"item GET a:view, item PUT a:edit, item DELETE a:delete, count GET a:view"},
		{perms.Documents, "p", "collection GET p:view, collection POST p:edit, collection DELETE p:edit, " +
			"item GET p:view, item PUT p:edit, item DELETE p:edit, count GET p:view"},
		{perms.Proxied, "", "tree GET a:view, tree POST a:create, tree PUT a:edit, tree PATCH a:edit, tree DELETE a:delete"},
		{perms.External, "", "tree GET a:view, tree POST a:create, tree PUT a:edit, tree PATCH a:edit, tree DELETE a:delete"},
		{perms.System, "", ""}, {"", "", ""},
	}
	for _, test := range tests {
		if got := write(perms.DefaultRequests(test.backend, "a", test.parent)); got != test.want {
			t.Errorf("%s under %q: got %q, want %q", test.backend, test.parent, got, test.want)
		}
	}
}
