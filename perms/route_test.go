package perms_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"latchkey/perms"
)

var routeTests = []struct {
	method, path string
	want         string // "resource endpoint METHOD extension parent id permission [name or rest]" or the error
}{
	{"GET", "/api/v2/orders", "orders collection GET - 0 0 orders:view"},
	{"GET", "/api/v2/orders/", "orders collection GET - 0 0 orders:view"},
	{"GET", "/api/v2/orders.json", "orders collection GET json 0 0 orders:view"},
	{"GET", "/api/v2/orders.xml/", "orders collection GET xml 0 0 orders:view"},
	{"HEAD", "/api/v2/orders", "orders collection GET - 0 0 orders:view"},
	{"POST", "/api/v2/orders", "orders collection POST - 0 0 orders:create"},
	{"DELETE", "/api/v2/orders", "orders collection DELETE - 0 0 orders:delete_all"},
	{"GET", "/api/v2/orders/5", "orders item GET - 0 5 orders:view"},
	{"PUT", "/api/v2/orders/5.json", "orders item PUT json 0 5 orders:edit"},
	{"DELETE", "/api/v2/orders/9223372036854775807", "orders item DELETE - 0 9223372036854775807 orders:delete"},
	{"GET", "/api/v2/orders/count.json", "orders count GET json 0 0 orders:view"},
	{"OPTIONS", "/api/v2/orders/5.xml", "orders  OPTIONS xml 0 5 any"},
	{"OPTIONS", "/api/v2/time", "time  OPTIONS - 0 0 any"},
	{"GET", "/api/v2/time", "time single GET - 0 0 any"},
	{"HEAD", "/api/v2/time.json", "time single GET json 0 0 any"},
	{"GET", "/api/v2/store", "store single GET - 0 0 store:view"},
	{"GET", "/api/v2/products/5/skus", "products_skus collection GET - 5 0 products:view"},
	{"POST", "/api/v2/products/5/skus/", "products_skus collection POST - 5 0 products:edit"},
	{"DELETE", "/api/v2/products/5/skus/7", "products_skus item DELETE - 5 7 products:edit"},
	{"GET", "/api/v2/products/5/skus/count", "products_skus count GET - 5 0 products:view"},
	{"GET", "/api/v2/products/skus", "products_skus collection GET - 0 0 products:view"},
	{"PUT", "/api/v2/products/skus/7.json", "products_skus item PUT json 0 7 products:edit"},
	{"GET", "/api/v2/optionsets/options/7", "option_sets_options item GET - 0 7 option_sets:view"},
	{"POST", "/api/v2/products/skus", "GET HEAD OPTIONS"},
	{"GET", "/api/v2/products/reviews/count", "products_reviews count GET - 0 0 products:view"},
	{"GET", "/api/v2/pages/count", "pages count GET - 0 0 pages:view"},
	{"DELETE", "/api/v2/shipping/zones/1/methods/1", "shipping_zones_methods item DELETE - 1 1 shipping_zones:edit"},
	{"PUT", "/api/v2/products/1/googleproductsearch", "products_googleproductsearch single PUT - 1 0 products:edit"},
	{"GET", "/api/v2/products/googleproductsearch", "no route"},
	{"GET", "/api/v2/products/skus/count.xml", "products_skus count GET xml 0 0 products:view"},
	{"GET", "/api/v2/products/count", "products count GET - 0 0 products:view"},
	{"GET", "/api/v2/products/5", "products item GET - 0 5 products:view"},
	{"GET", "/api/v2/products/5/customfields/7", "products_custom_fields item GET - 5 7 products:view"},
	{"GET", "/api/v2/optionsets/3/options", "option_sets_options collection GET - 3 0 option_sets:view"},
	{"GET", "/api/v2/optionsets/options.json", "option_sets_options collection GET json 0 0 option_sets:view"},
	{"PUT", "/api/v2/shipping/zones/3/methods/4", "shipping_zones_methods item PUT - 3 4 shipping_zones:edit"},
	{"GET", "/api/v2/orders/3/shippingaddresses", "orders_shipping_addresses collection GET - 3 0 orders:view"},
	{"GET", "/api/v2/blog/posts/1", "blog_posts item GET - 0 1 blog_posts:view"},
	{"GET", "/api/v2/users/ci", "users named GET - 0 0 users:view ci"},
	{"PUT", "/api/v2/users/ci/", "users named PUT - 0 0 users:edit ci"},
	{"DELETE", "/api/v2/roles/5", "roles named DELETE - 0 0 roles:delete 5"},
	{"GET", "/api/v2/users/ci.json", "users named GET json 0 0 users:view ci"},
	{"GET", "/api/v2/users/ci.json.json", "users named GET json 0 0 users:view ci.json"},
	{"GET", "/api/v2/users/token", "users named GET - 0 0 users:view token"},
	{"GET", "/api/v2/users/count", "users count GET - 0 0 users:view"},
	{"GET", "/api/v2/users/..", "users named GET - 0 0 users:view .."},
	{"POST", "/api/v2/users/ci/token", "users_token single POST - 0 0 tokens:edit ci"},
	{"PUT", "/api/v2/users/ci.json/permissions.json", "users_permissions single PUT json 0 0 permissions:edit ci.json"},
	{"GET", "/api/v2/revisions/5", "revisions item GET - 0 5 revisions:view"},
	{"POST", "/api/v2/draft/save", "draft_save single POST - 0 0 any"},
	{"POST", "/api/v2/token", "token single POST - 0 0 tokens:rotate_own"},

	{"POST", "/api/v2/users/ci", "DELETE GET HEAD OPTIONS PUT"},
	{"DELETE", "/api/v2/users", "GET HEAD OPTIONS POST"},
	{"GET", "/api/v2/users//token", "no route"}, {"GET", "/api/v2/users//", "no route"}, {"GET", "/api/v2/users/count/token", "no route"},
	{"GET", "/api/v2/users/ci/nothing", "no route"}, {"GET", "/api/v2/draft/nothing", "no route"}, {"GET", "/api/v2/revisions/x", "no route"},

	{"PUT", "/api/v2/orders", "DELETE GET HEAD OPTIONS POST"},
	{"POST", "/api/v2/orders/5", "DELETE GET HEAD OPTIONS PUT"},
	{"POST", "/api/v2/orders/count", "GET HEAD OPTIONS"},
	{"DELETE", "/api/v2/time", "GET HEAD OPTIONS"},
	{"POST", "/api/v2/products/skus", "GET HEAD OPTIONS"},
	{"DELETE", "/api/v2/products/skus", "GET HEAD OPTIONS"},
	{"DELETE", "/api/v2/shipping/zones", "GET HEAD OPTIONS POST"},

	{"PATCH", "/api/v2/orders", "not implemented"},
	{"TRACE", "/api/v2/time", "not implemented"},
	{"CONNECT", "/api/v2/orders", "not implemented"},
	{"get", "/api/v2/orders", "not implemented"},
	{"", "/api/v2/orders", "not implemented"},
	{"PATCH", "/api/v2/nothing", "no route"},

	{"GET", "", "no route"}, {"GET", "/", "no route"}, {"GET", "*", "no route"}, {"OPTIONS", "*", "no route"},
	{"GET", "/api/v2", "no route"}, {"GET", "/api/v2/", "no route"}, {"GET", "/api/v2/.json", "no route"}, {"GET", "/api/v2.json", "no route"},
	{"GET", "/api/v3/orders", "no route"}, {"GET", "/API/v2/orders", "no route"}, {"GET", "/api/v2/Orders", "no route"},
	{"GET", "api/v2/orders", "no route"}, {"GET", "//api/v2/orders", "no route"}, {"GET", "/api//v2/orders", "no route"},
	{"GET", "/api/v2//orders", "no route"}, {"GET", "/api/v2/orders//", "no route"}, {"GET", "/api/v2/orders/.json", "no route"},
	{"GET", "/api/v2/orders/.json/", "no route"}, {"GET", "/api/v2/orders.json.json", "no route"}, {"GET", "/api/v2/orders.JSON", "no route"},
	{"GET", "/api/v2/orders.yaml", "no route"}, {"GET", "/api/v2/orders.", "no route"}, {"GET", "/api/v2/orders.json/5", "no route"},
	{"GET", "/api/v2/orders/../time", "no route"}, {"GET", "/api/v2/orders\x00", "no route"}, {"GET", "/api/v2/orders?x=1", "no route"},
	{"GET", "/api/v2/orders/{id}", "no route"}, {"GET", "/api/v2/products/{id}/skus", "no route"}, {"GET", "/api/v2/blog", "no route"},
	{"GET", "/api/v2/time/count", "no route"}, {"GET", "/api/v2/time/1", "no route"}, {"GET", "/api/v2/blog/tags/1", "no route"},

	{"GET", "/api/v2/orders/5/6", "no route"}, {"GET", "/api/v2/orders/5/nothing", "no route"},
	{"GET", "/api/v2/orders/5/shipments/6/7", "no route"}, {"GET", "/api/v2/orders/count/count", "no route"},
}

func badIDs() []string {
	return []string{"0", "-1", "+1", "01", "00", "9223372036854775808", "18446744073709551617", "1.5", "abc", "1a", "0x1", "1_0",
		"1e3", " 1", "1 ", "١", "１", "%31", "1\x00", "1.json"}
}

// describe writes the outcome of Route as routeTests does.
func describe(route perms.Route, err error) string {
	var method *perms.MethodError
	switch {
	case errors.As(err, &method):
		return strings.Join(method.Allow, " ")
	case errors.Is(err, perms.ErrNoRoute):
		return "no route"
	case errors.Is(err, perms.ErrNotImplemented):
		return "not implemented"
	case err != nil:
		return err.Error()
	}
	extension, needs := route.Extension, route.Request.Permission.String()
	if extension == "" {
		extension = "-"
	}
	if route.Request.AnyUser {
		needs = strings.TrimPrefix(needs, ":") + "any"
	}
	words := []string{route.Resource.Name, string(route.Request.Endpoint), route.Request.Method, extension,
		strconv.FormatInt(route.ParentID, 10), strconv.FormatInt(route.ID, 10), needs}
	if route.Name != "" || route.Rest != "" {
		words = append(words, route.Name+route.Rest)
	}
	return strings.Join(words, " ")
}

func TestRoute(t *testing.T) {
	t.Parallel()
	for _, test := range routeTests {
		if got := describe(perms.Store().Route(test.method, "", test.path)); got != test.want {
			t.Errorf("%s %q: got %q, want %q", test.method, test.path, got, test.want)
		}
	}
	for _, id := range badIDs() {
		for _, path := range []string{"/api/v2/orders/" + id + "/x", "/api/v2/orders/" + id + "/shipments", "/api/v2/orders/1/shipments/" + id + "/"} {
			if strings.HasSuffix(path, "1.json/") { // the extension of a good id
				continue
			}
			if got := describe(perms.Store().Route("GET", "", path)); got != "no route" {
				t.Errorf("%q: got %q, want no route", path, got)
			}
		}
	}
}

func TestExtensionOfAnyPath(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/api/v2/orders": "", "/api/v2/orders.xml": "xml", "/nothing.json/": "json", "/x.xml.json": "json", "/x.XML": "", "": "", ".xml": "xml", "/x.xml//": "",
	} {
		if got := perms.Extension(path); got != want {
			t.Errorf("%q: got %q, want %q", path, got, want)
		}
	}
}

func TestRouteErrorsAreZero(t *testing.T) {
	t.Parallel()
	for _, request := range [][2]string{{"GET", "/x"}, {"PUT", "/api/v2/orders"}, {"PATCH", "/api/v2/orders"}} {
		route, err := perms.Store().Route(request[0], "", request[1])
		if err == nil || route.Resource.Name != "" || route.Request != (perms.Request{}) || route.ID != 0 {
			t.Errorf("%v: got %+v, %v", request, route, err)
		}
	}
	_, err := perms.Store().Route("PUT", "", "/api/v2/orders")
	if want := "method not allowed: use DELETE, GET, HEAD, OPTIONS, POST"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %v", err, want)
	}
}

// Every method on every path of every resource, own and alias, in every dress.
func TestEveryRouteIsFound(t *testing.T) {
	t.Parallel()
	suffix := map[perms.Endpoint]string{perms.Item: "/9", perms.Named: "/5 %é", perms.Count: "/count"}
	for _, resource := range perms.Store().Resources() {
		for _, path := range append([]string{resource.Path}, resource.Aliases...) {
			parentID := int64(0)
			if strings.Contains(path, "{id}") {
				parentID = 7
			}
			reading := resource.Parent != "" && parentID == 0
			for _, endpoint := range []perms.Endpoint{perms.Collection, perms.Item, perms.Named, perms.Count, perms.Single} {
				requests := map[string]perms.Request{}
				for _, request := range resource.Requests {
					if request.Endpoint == endpoint && !(reading && (endpoint == perms.Single || endpoint != perms.Item && request.Method != "GET")) {
						requests[request.Method] = request
					}
				}
				if len(requests) > 0 {
					full := strings.NewReplacer("{id}", "7", "{name}", "5 %é").Replace(path) + suffix[endpoint]
					want := perms.Route{Resource: resource, ParentID: parentID, ID: map[perms.Endpoint]int64{perms.Item: 9}[endpoint]}
					if strings.HasSuffix(full, "/5 %é") || strings.Contains(full, "/5 %é/") {
						want.Name = "5 %é"
					}
					checkMethods(t, full, requests, want)
				}
			}
		}
	}
}

func checkMethods(t *testing.T, path string, requests map[string]perms.Request, want perms.Route) {
	t.Helper()
	requests["HEAD"] = requests["GET"]
	requests["OPTIONS"] = perms.Request{Method: "OPTIONS", AnyUser: true}
	var allow []string
	for method, request := range requests {
		if request.Method == "" { // no GET here, so no HEAD
			delete(requests, method)
			continue
		}
		allow = append(allow, method)
	}
	slices.Sort(allow)
	if got := perms.Store().Allow("", path); !slices.Equal(got, allow) {
		t.Errorf("Allow of %s: got %v, want %v", path, got, allow)
	}
	for _, dress := range []string{"", "/", ".json", ".xml", ".json/"} {
		want.Extension = strings.Trim(dress, "./")
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"} {
			expected := strings.Join(allow, " ")
			if request, ok := requests[method]; ok {
				want.Request = request
				expected = describe(want, nil)
			} else if slices.Contains([]string{"PATCH", "TRACE", "BREW"}, method) {
				expected = "not implemented"
			}
			if got := describe(perms.Store().Route(method, "", path+dress)); got != expected {
				t.Errorf("%s %s: got %q, want %q", method, path+dress, got, expected)
			}
		}
	}
}

func TestAllowOfUnknownPath(t *testing.T) {
	t.Parallel()
	if got := perms.Store().Allow("", "/api/v2/nothing"); got != nil {
		t.Errorf("got %v, want nil", got)
	}
}
