package perms_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"latchkey/perms"
	"latchkey/perms/verifiedtime"
)

// The request types of the documented store, as the facts about the API family write them: C, I and N are whole
// endpoints, other words are methods, an asterisk before a method means on an item, a 1 on a single document.
const (
	full  = "C I N"
	plain = "C I"
)

var documented = map[string]string{
	"brands": full, "categories": full, "coupons": full, "currencies": plain, "banners": plain, "gift_certificates": plain,
	"customer_groups": full, "customers": full, "customers/{id}/addresses": full,
	"countries": "GET *GET N", "countries/{id}/states": "GET *GET N",
	"options": full, "options/{id}/values": full, "option_sets": full, "option_sets/{id}/options": full,
	"orders": full, "orders/{id}/shipments": full,
	"orders/{id}/coupons": "GET *GET", "orders/{id}/messages": "GET *GET", "orders/{id}/products": "GET *GET N",
	"orders/{id}/shipping_addresses": "GET *GET N", "orders/{id}/taxes": "GET *GET",
	"order_statuses": "GET *GET", "tax_classes": "GET *GET", "pages": full, "redirects": full, "blog/posts": full, "blog/tags": "GET",
	"products": full, "products/{id}/custom_fields": full, "products/{id}/discount_rules": full, "products/{id}/images": full,
	"products/{id}/rules": full, "products/{id}/skus": full, "products/{id}/videos": full, "products/{id}/reviews": full,
	"products/{id}/configurable_fields": "GET DELETE *GET *DELETE N", "products/{id}/options": "GET *GET",
	"payments/methods": "GET", "shipping/methods": "GET *GET", "shipping/zones": "GET POST *GET *PUT *DELETE",
	"shipping/zones/{id}/methods": "GET POST *GET *PUT *DELETE", "products/{id}/googleproductsearch": "1GET 1PUT",
}

// documentedRequests expands one row: "item PUT" -> "orders:edit".
func documentedRequests(path, types string) map[string]string {
	types = strings.NewReplacer("C", "GET POST DELETE", "I", "*GET *PUT *DELETE").Replace(types)
	parent, _, nested := strings.Cut(path, "/{id}/")
	owner := strings.ReplaceAll(parent, "/", "_")
	actions := map[string]string{"GET": "view", "POST": "create", "PUT": "edit", "DELETE": "delete_all", "*GET": "view",
		"*PUT": "edit", "*DELETE": "delete", "N": "view", "1GET": "view", "1PUT": "edit"}
	if nested {
		actions["POST"], actions["DELETE"], actions["*DELETE"] = "edit", "edit", "edit"
	}
	requests := map[string]string{}
	for _, word := range strings.Fields(types) {
		permission := owner + ":" + actions[word]
		method, onItem := strings.CutPrefix(word, "*")
		single, onSingle := strings.CutPrefix(word, "1")
		switch {
		case word == "N":
			requests["count GET"] = permission
		case onSingle:
			requests["single "+single] = permission
		case onItem:
			requests["item "+method] = permission
		default:
			requests["collection "+method] = permission
		}
	}
	return requests
}

func TestStoreIsAsDocumented(t *testing.T) {
	t.Parallel()
	catalogue := perms.Store()
	if got, want := len(catalogue.Resources()), len(documented)+len(ownResources); got != want {
		t.Errorf("got %d resources, want %d", got, want)
	}
	for path, types := range documented {
		name := strings.ReplaceAll(strings.ReplaceAll(path, "/{id}", ""), "/", "_")
		resource, found := catalogue.Resource(name)
		if !found || resource.Name != name || resource.Path != perms.BasePath+"/"+path || resource.Title == "" {
			t.Errorf("resource %q: got %+v, %v", name, resource, found)
			continue
		}
		checkRequests(t, resource, documentedRequests(path, types))
	}
}

// checkRequests compares the request types of a resource with "endpoint METHOD": "permission".
func checkRequests(t *testing.T, resource perms.Resource, want map[string]string) {
	t.Helper()
	for _, request := range resource.Requests {
		key, needs := string(request.Endpoint)+" "+request.Method, request.Permission.String()
		if request.AnyUser {
			needs = strings.TrimPrefix(needs, ":") + "any user"
		}
		if want[key] != needs {
			t.Errorf("%s, %s: got %q, want %q", resource.Name, key, needs, want[key])
		}
		delete(want, key)
	}
	if len(want) > 0 {
		t.Errorf("%s: got nothing for %v", resource.Name, want)
	}
}

func TestStoreParentsAndBackends(t *testing.T) {
	t.Parallel()
	resources := perms.Store().Resources()
	if !slices.IsSortedFunc(resources, func(a, b perms.Resource) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("resources are not sorted by name")
	}
	for _, resource := range resources {
		above, _, nested := strings.Cut(resource.Path, "/{id}/")
		parent, found := perms.Store().Resource(resource.Parent)
		if found != nested || nested && parent.Path != above {
			t.Errorf("%s: got parent %q, %v", resource.Name, resource.Parent, found)
		}
		want := perms.Documents
		if ownResources[strings.TrimPrefix(resource.Path, perms.BasePath+"/")] != nil {
			want = perms.System
		}
		if resource.Backend != want {
			t.Errorf("%s: got backend %q, want %q", resource.Name, resource.Backend, want)
		}
	}
	if _, found := perms.Store().Resource("shipments"); found {
		t.Error("got a resource for a name that none has")
	}
}

// openToAnyUser: what a rollback stages was saved by others, so that it takes the permission to view revisions.
func openToAnyUser(name string) bool {
	return name == "time" || strings.HasPrefix(name, "draft") && name != "draft_rollback"
}

// Whoever is nobody may do nothing but what any user may; whoever holds one permission may do what needs it alone.
func TestStorePermissionMatrix(t *testing.T) {
	t.Parallel()
	permissions := perms.Store().Permissions()
	for _, resource := range perms.Store().Resources() {
		for _, request := range resource.Requests {
			if request.AnyUser != openToAnyUser(resource.Name) || request.AnyUser == perms.Store().Known(request.Permission) {
				t.Errorf("%s: %+v needs no known permission", resource.Name, request)
			}
			if got := request.Decide(nil, verifiedtime.Known(decideNow)).Allowed; got != request.AnyUser {
				t.Errorf("%s: %+v by nobody: got %v", resource.Name, request, got)
			}
			for _, held := range permissions {
				rules := []perms.Rule{{Effect: perms.Allow, Pattern: perms.Pattern(held)}}
				want := request.AnyUser || request.Permission == held
				if got := request.Decide(rules, verifiedtime.Known(decideNow)).Allowed; got != want {
					t.Errorf("%s: %+v by a holder of %v: got %v, want %v", resource.Name, request, held, got, want)
				}
			}
		}
	}
}

func TestStoreAliases(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"brands": "", "customer_groups": "", "time": "", "shipping_methods": "",
		"option_sets":         "optionsets",
		"order_statuses":      "orderstatuses",
		"option_sets_options": "optionsets/{id}/options option_sets/options optionsets/options",
		"options_values":      "options/values", "countries_states": "countries/states", "products_skus": "products/skus",
		"customers_addresses": "customers/addresses", "shipping_zones_methods": "shipping/zones/methods",
		"products_custom_fields":       "products/{id}/customfields products/custom_fields products/customfields",
		"products_configurable_fields": "products/{id}/configurablefields products/configurable_fields products/configurablefields",
		"products_discount_rules":      "products/{id}/discountrules products/discount_rules products/discountrules",
		"orders_shipping_addresses":    "orders/{id}/shippingaddresses orders/shipping_addresses orders/shippingaddresses",
	}
	for name, aliases := range want {
		resource, _ := perms.Store().Resource(name)
		for i, alias := range resource.Aliases {
			resource.Aliases[i] = strings.TrimPrefix(alias, perms.BasePath+"/")
		}
		if got := strings.Join(resource.Aliases, " "); got != aliases {
			t.Errorf("%s: got aliases %q, want %q", name, got, aliases)
		}
	}
}

// idPattern and matchesTemplate say independently of Route which paths a template with {id} means.
var idPattern = regexp.MustCompile(`^[1-9][0-9]*$`)

func matchesTemplate(template, path string) bool {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	return slices.EqualFunc(want, got, func(want, got string) bool {
		switch want {
		case "{id}":
			_, err := strconv.ParseInt(got, 10, 64) // it may be a number too great for an id
			return err == nil && idPattern.MatchString(got)
		case "{name}":
			return got != "" && got != "count"
		}
		return want == got
	})
}

// templates maps each path that a resource serves at an endpoint, written with {id}, to "name endpoint"; several of
// them for one path would be ambiguous.
func templates() map[string][]string {
	all := map[string][]string{}
	for _, resource := range perms.Store().Resources() {
		for what, template := range templatesOf(resource) {
			endpoint, _, _ := strings.Cut(what, " ")
			all[template] = append(all[template], resource.Name+" "+endpoint)
		}
	}
	return all
}

// templatesOf are the paths of one resource, written with {id} and {name}, by "endpoint path".
func templatesOf(resource perms.Resource) map[string]string {
	suffix := map[perms.Endpoint]string{perms.Item: "/{id}", perms.Named: "/{name}", perms.Count: "/count"}
	all := map[string]string{}
	for _, path := range append([]string{resource.Path}, resource.Aliases...) {
		for _, request := range resource.Requests {
			parentless := resource.Parent != "" && !strings.Contains(path, "{id}")
			if !parentless || request.Endpoint == perms.Item || request.Endpoint != perms.Single && request.Method == "GET" {
				all[string(request.Endpoint)+" "+path] = path + suffix[request.Endpoint]
			}
		}
	}
	return all
}

func TestNoPathMeansTwoThings(t *testing.T) {
	t.Parallel()
	all := templates()
	for template, what := range all {
		if len(what) != 1 {
			t.Errorf("%s: got %v, want one meaning", template, what)
		}
		path := strings.NewReplacer("{id}", "5", "{name}", "ci").Replace(template)
		for other := range all {
			if other != template && matchesTemplate(other, path) {
				t.Errorf("%s is matched by %s and %s", path, template, other)
			}
		}
	}
}

func TestCatalogueCannotBeChangedFromOutside(t *testing.T) {
	t.Parallel()
	for _, resource := range perms.Store().Resources() {
		for i := range resource.Requests {
			resource.Requests[i] = perms.Request{AnyUser: true}
		}
		clear(resource.Aliases)
	}
	orders, _ := perms.Store().Resource("orders")
	orders.Requests[0].AnyUser = true
	clear(perms.Store().Permissions())
	route, err := perms.Store().Route("GET", "", "/api/v2/orders")
	want := perms.Permission{Resource: "orders", Action: "view"}
	if err != nil || route.Request.AnyUser || route.Request.Permission != want || route.Resource.Requests[0].AnyUser {
		t.Errorf("got %+v, %v", route, err)
	}
	if !perms.Store().Known(want) {
		t.Errorf("%v is no longer known", want)
	}
}
