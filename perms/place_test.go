package perms_test

import (
	"net"
	"path"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"latchkey/perms"
)

// mixed is a catalogue with hosts, trees and documents among each other.
func mixed(t testing.TB) *perms.Catalogue {
	t.Helper()
	readOnly := service("read_only", "", "/app/static")
	readOnly.Requests = readOnly.Requests[:1]
	hostedNotes := documents("hosted_notes", "/notes")
	hostedNotes.Host = "a.example"
	return mustOverlay(t, laid(service("root", "", "/")), laid(service("app", "", "/app")), laid(service("admin", "", "/app/admin")),
		laid(readOnly), laid(documents("notes", "/app/notes")), laid(service("hosted", "a.example", "/app")),
		laid(hostedNotes), laid(service("six", "::1", "/")))
}

var placeTests = []struct{ method, host, path, want string }{
	{"GET", "", "/", "root /"}, {"GET", "", "", "no route"}, {"GET", "", "x", "no route"}, {"GET", "", "*", "no route"},
	{"GET", "", "/x", "root /x"}, {"GET", "", "/x/", "root /x/"}, {"GET", "", "/x.json", "root /x.json"},
	{"GET", "", "/app", "app "}, {"GET", "", "/app/", "app /"}, {"GET", "", "/app/x/y.xml", "app /x/y.xml"},
	{"GET", "", "/apple", "root /apple"}, {"GET", "", "/app.json", "root /app.json"}, {"GET", "", "/App", "root /App"},
	{"GET", "", "/app/admin", "admin "}, {"GET", "", "/app/admin/", "admin /"}, {"GET", "", "/app/administrator", "app /administrator"},
	{"GET", "", "/app/admin/x", "admin /x"}, {"GET", "", "/app/admin.json", "app /admin.json"},
	{"PATCH", "", "/app/x", "app /x"}, {"HEAD", "", "/app/x", "app /x"}, {"TRACE", "", "/app/x", "not implemented"},
	{"POST", "", "/app/static/x", "GET HEAD OPTIONS"}, {"PATCH", "", "/app/static/x", "not implemented"},
	{"GET", "", "/app/notes", "notes "}, {"GET", "", "/app/notes.json", "notes "}, {"GET", "", "/app/notes/5", "notes "},
	{"GET", "", "/app/notes/x", "app /notes/x"}, {"PATCH", "", "/app/notes", "not implemented"}, {"PUT", "", "/app/notes", "DELETE GET HEAD OPTIONS POST"},
	{"GET", "", "/api/v2/orders", "orders "}, {"GET", "", "/api/v2/nothing", "root /api/v2/nothing"},

	// Whatever could be the admin's to what is behind, is nobody's.
	{"GET", "", "/app/x/../admin", "no route"}, {"GET", "", "/app/./admin", "no route"}, {"GET", "", "/app//admin", "no route"},
	{"GET", "", "//app/admin", "no route"}, {"GET", "", `/app\admin`, "no route"}, {"GET", "", "/app/admin;x=y/z", "no route"},
	{"GET", "", "/app/%61dmin", "no route"}, {"GET", "", "/app%2fadmin", "no route"}, {"GET", "", "/app/\x00/admin", "no route"},
	{"GET", "", "/app/x/..", "no route"}, {"GET", "", "/app/.", "no route"}, {"GET", "", "/..", "no route"}, {"GET", "", "//", "no route"},
	{"GET", "", "/app/\xc0\xae\xc0\xae/admin", "no route"}, {"GET", "", "/app/\x7f", "no route"}, {"GET", "", "/app/x//", "no route"},
	{"GET", "", "/app/...", "app /..."}, {"GET", "", "/app/..x", "app /..x"}, {"GET", "", "/app/é", "app /é"},

	{"GET", "a.example", "/app/admin", "hosted /admin"}, {"GET", "A.Example:8443", "/app", "hosted "}, {"GET", "a.example.", "/app", "hosted "},
	{"GET", "a.example", "/notes", "hosted_notes "}, {"GET", "a.example", "/notes/x", "root /notes/x"}, {"GET", "b.example", "/notes", "root /notes"},
	{"GET", "a.example", "/app/../notes", "no route"}, {"GET", "a.example", "/api/v2/orders", "orders "}, {"GET", "xa.example", "/app/x", "app /x"},
	{"GET", "a.example.evil", "/app/x", "app /x"}, {"GET", "[::1]:443", "/app", "six /app"}, {"GET", "[::1]", "/", "six /"}, {"GET", "::1", "/", "six /"},
}

func TestPlace(t *testing.T) {
	t.Parallel()
	catalogue := mixed(t)
	for _, test := range placeTests {
		if got := placed(catalogue.Route(test.method, test.host, test.path)); got != test.want {
			t.Errorf("%s %q %q: got %q, want %q", test.method, test.host, test.path, got, test.want)
		}
	}
}

// placed writes the outcome of Route as placeTests does.
func placed(route perms.Route, err error) string {
	if err != nil {
		return describe(route, err)
	}
	return route.Resource.Name + " " + route.Rest
}

// FuzzPlace compares Route with its definition: look at every path of every resource, first at those of the host.
func FuzzPlace(f *testing.F) {
	for _, test := range placeTests {
		f.Add(test.host, test.path)
	}
	for _, test := range routeTests {
		f.Add("a.example", test.path)
	}
	catalogue := mixed(f)
	resources := catalogue.Resources()
	f.Fuzz(func(t *testing.T, host, path string) {
		want := "no route"
		for _, host := range []string{plainHost(host), ""} {
			if found, ok := placeByDefinition(resources, host, path); ok {
				want = found
				break
			}
		}
		got := "no route"
		if route, err := catalogue.Route("OPTIONS", host, path); err == nil {
			got = placed(route, nil)
		}
		if got != want || (catalogue.Allow(host, path) != nil) != (got != "no route") {
			t.Fatalf("%q %q: got %q, want %q; Allow %v", host, path, got, want, catalogue.Allow(host, path))
		}
	})
}

func plainHost(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
}

// placeByDefinition looks for the resource of a path among those of one host, "": those of any.
func placeByDefinition(resources []perms.Resource, host, asked string) (found string, ok bool) {
	bare, _ := dressless(asked)
	longest := -1
	for _, resource := range resources {
		if resource.Host != host {
			continue
		}
		if resource.Backend == perms.Proxied {
			below, inside := strings.CutPrefix(asked, strings.TrimSuffix(resource.Path, "/"))
			if inside && (below == "" || below[0] == '/') && unambiguous(asked) && len(resource.Path) > longest {
				found, longest = resource.Name+" "+below, len(resource.Path)
			}
			continue
		}
		for _, template := range templatesOf(resource) {
			if matchesTemplate(template, bare) {
				return resource.Name + " ", true
			}
		}
	}
	return found, longest >= 0
}

// unambiguous: no way of reading a path makes another of it.
func unambiguous(asked string) bool {
	cleaned := path.Clean(asked)
	return (asked == cleaned || asked == cleaned+"/") && asked != "//" && strings.HasPrefix(asked, "/") && utf8.ValidString(asked) &&
		!slices.ContainsFunc([]byte(asked), func(c byte) bool { return c < 128 && unicode.IsControl(rune(c)) || strings.IndexByte(`;\%`, c) >= 0 })
}

func TestPlaceDoesNotAllocate(t *testing.T) {
	catalogue := mixed(t)
	for _, path := range []string{"/app/admin/x/y", "/api/v2/orders/5.json", "/app/notes/count", "/elsewhere"} {
		if got := testing.AllocsPerRun(100, func() { _, _ = catalogue.Route("GET", "a.example:443", path) }); got != 0 {
			t.Errorf("%s: got %v allocations, want 0", path, got)
		}
	}
}
