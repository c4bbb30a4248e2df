package perms_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"latchkey/perms"
)

// dressless takes from a path what may follow it.
func dressless(path string) (bare, extension string) {
	bare = strings.TrimSuffix(path, "/")
	for _, extension := range []string{"json", "xml"} {
		if strings.HasSuffix(bare, "."+extension) {
			return bare[:len(bare)-len(extension)-1], extension
		}
	}
	return bare, ""
}

// A route that is found says where its path led: written out again it is the same path. A path is found exactly if one
// of the templates matches it and its ids are numbers that fit.
func FuzzRoute(f *testing.F) {
	for _, test := range routeTests {
		f.Add(test.method, test.path)
	}
	for _, id := range badIDs() {
		f.Add("GET", "/api/v2/orders/"+id)
	}
	known := templates()
	f.Fuzz(func(t *testing.T, method, path string) {
		route, err := perms.Store().Route(method, "", path)
		bare, extension := dressless(path)
		outcome := describe(route, err)
		if found := outcome != "no route"; found != (perms.Store().Allow("", path) != nil) || found != matchesAny(known, bare) {
			t.Fatalf("%q: got %q, Allow %v", path, outcome, perms.Store().Allow("", path))
		}
		if err != nil {
			return
		}
		paths := append([]string{route.Resource.Path}, route.Resource.Aliases...)
		if route.Extension != extension || !slices.ContainsFunc(paths, func(path string) bool { return rendered(path, bare, route) }) {
			t.Fatalf("%s %q: got %q", method, path, outcome)
		}
	})
}

// rendered reports whether a path of the route's resource, with the route's ids, is the given one.
func rendered(template, path string, route perms.Route) bool {
	if (route.ParentID != 0) != strings.Contains(template, "{id}") {
		return false
	}
	template = strings.Replace(template, "{id}", strconv.FormatInt(route.ParentID, 10), 1)
	template = strings.Replace(template, "{name}", route.Name, 1)
	switch route.Request.Endpoint {
	case perms.Named:
		return template+"/"+route.Name == path
	case perms.Item:
		return template+"/"+strconv.FormatInt(route.ID, 10) == path
	}
	if route.Request.Method == "OPTIONS" { // it has no endpoint
		return slices.Contains([]string{template, template + "/" + route.Name, template + "/" + strconv.FormatInt(route.ID, 10), template + "/count"}, path)
	}
	return template == path || template+"/count" == path
}

func matchesAny(known map[string][]string, path string) bool {
	for template := range known {
		if matchesTemplate(template, path) {
			return true
		}
	}
	return false
}

var routePaths = map[string]string{
	"time":   "/api/v2/time",
	"item":   "/api/v2/orders/123456.json",
	"nested": "/api/v2/products/123/custom_fields/456",
}

func TestRouteDoesNotAllocate(t *testing.T) {
	catalogue := perms.Store()
	for name, path := range routePaths {
		if got := testing.AllocsPerRun(100, func() { _, _ = catalogue.Route("GET", "", path) }); got != 0 {
			t.Errorf("%s: got %v allocations, want 0", name, got)
		}
	}
}

func BenchmarkRoute(b *testing.B) {
	catalogue := perms.Store()
	for name, path := range routePaths {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := catalogue.Route("GET", "", path); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
