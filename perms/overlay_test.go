package perms_test

import (
	"errors"
	"strings"
	"testing"

	"latchkey/perms"
)

func laid(resource perms.Resource) perms.Overlay {
	return perms.Overlay{Name: resource.Name, Resource: resource}
}

func hidden(name string) perms.Overlay { return perms.Overlay{Name: name, Hidden: true} }

func mustOverlay(t testing.TB, overlays ...perms.Overlay) *perms.Catalogue {
	t.Helper()
	catalogue, err := perms.Store().Overlay(overlays)
	if err != nil {
		t.Fatal(err)
	}
	return catalogue
}

func TestOverlay(t *testing.T) {
	t.Parallel()
	before := len(perms.Store().Resources())
	replaced := documents("pages", "/api/v2/pages")
	replaced.Requests = []perms.Request{{Endpoint: perms.Collection, Method: "GET", AnyUser: true}}
	timed := mustResource(t, "time")
	timed.Title, timed.Requests[0] = "Clock", perms.Request{Endpoint: perms.Single, Method: "GET",
		Permission: perms.Permission{Resource: "clock", Action: "view"}}
	catalogue := mustOverlay(t, laid(documents("reports", "/reports")), laid(below("reports", "lines", "/reports/{id}/lines")),
		laid(replaced), laid(timed), hidden("banners"), hidden("orders"), hidden("nothing"),
		laid(below("orders", "orders_extra", "/api/v2/orders/{id}/extra")), laid(service("banners_now", "", "/api/v2/banners")))

	for request, want := range map[string]string{
		"GET /reports": "reports collection GET - 0 0 reports:view", "GET /reports/3/lines/4": "lines item GET - 3 4 reports:view",
		"GET /api/v2/pages": "pages collection GET - 0 0 any", "POST /api/v2/pages": "GET HEAD OPTIONS", "GET /api/v2/pages/1": "no route",
		"GET /api/v2/time": "time single GET - 0 0 clock:view", "PATCH /api/v2/banners/x": "banners_now tree PATCH - 0 0 banners_now:edit /x",
		"GET /api/v2/orders": "no route", "GET /api/v2/orders/1/shipments": "no route", "GET /api/v2/orders/1/extra": "no route",
		"GET /api/v2/products/5/skus": "products_skus collection GET - 5 0 products:view",
	} {
		method, path, _ := strings.Cut(request, " ")
		if got := describe(catalogue.Route(method, "", path)); got != want {
			t.Errorf("%s: got %q, want %q", request, got, want)
		}
	}
	for text, want := range map[string]bool{"reports:delete_all": true, "clock:view": true, "banners_now:edit": true, "users:view": true,
		"banners:view": false, "orders:view": false, "pages:edit": false, "products:view": true} {
		if got := catalogue.Known(perms.Permission(mustPattern(text))); got != want {
			t.Errorf("%s: got known %v, want %v", text, got, want)
		}
	}
	if got := len(perms.Store().Resources()); got != before || perms.Store().Known(perms.Permission{Resource: "clock", Action: "view"}) {
		t.Errorf("the catalogue beneath has changed: %d resources, want %d", got, before)
	}
}

func mustResource(t testing.TB, name string) perms.Resource {
	t.Helper()
	resource, found := perms.Store().Resource(name)
	if !found {
		t.Fatalf("no resource %s", name)
	}
	return resource
}

// A parent that another service answers for has no documents to hang under.
func TestOverlayOfAParent(t *testing.T) {
	t.Parallel()
	catalogue := mustOverlay(t, laid(service("orders", "", "/api/v2/orders")))
	if got := describe(catalogue.Route("GET", "", "/api/v2/orders/1/shipments")); got != "orders tree GET - 0 0 orders:view /1/shipments" {
		t.Errorf("got %q, want the other service", got)
	}
	moved := mustResource(t, "orders")
	moved.Path = "/shop/orders"
	if _, err := perms.Store().Overlay([]perms.Overlay{laid(moved)}); !errors.Is(err, perms.ErrResource) || !strings.Contains(err.Error(), "alias of orders") {
		t.Errorf("got %v, want advice", err)
	}
	moved.Aliases = []string{"/api/v2/orders"}
	catalogue = mustOverlay(t, laid(moved))
	if got := describe(catalogue.Route("GET", "", "/api/v2/orders/1/shipments")); got != "orders_shipments collection GET - 1 0 orders:view" {
		t.Errorf("got %q, want the shipments", got)
	}
}

func TestOverlayRefuses(t *testing.T) {
	t.Parallel()
	otherMethod := mustResource(t, "time")
	otherMethod.Requests = append(otherMethod.Requests, perms.Request{Endpoint: perms.Single, Method: "PUT", AnyUser: true})
	otherPath := mustResource(t, "time")
	otherPath.Path = "/time"
	forgotten := mustResource(t, "time")
	forgotten.Requests[0] = perms.Request{Endpoint: perms.Single, Method: "GET"}
	tests := map[string][]perms.Overlay{
		"laid over twice":       {hidden("orders"), laid(documents("orders", "/orders"))},
		"laid over it is named": {{Name: "a", Resource: documents("b", "/b")}},
		"latchkey's own":        {laid(documents("time", "/api/v2/time"))},
		"only the title":        {laid(otherMethod)},
		"and the permission of": {laid(otherPath)},
		"malformed permission":  {laid(forgotten)},
		"its parent":            {laid(below("nothing", "a", "/nothing/{id}/a"))},
		"too: change one":       {laid(documents("a", "/api/v2/orders"))},
		"can be mistaken":       {laid(documents("a", "/api/v2/orders/1"))},
		"one of a too":          {laid(service("a", "", "/api/v2/blog/posts/count"))},
	}
	for says, overlays := range tests {
		catalogue, err := perms.Store().Overlay(overlays)
		if catalogue != nil || !errors.Is(err, perms.ErrResource) || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
}
