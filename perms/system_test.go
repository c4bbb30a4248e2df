package perms_test

import (
	"slices"
	"strings"
	"testing"

	"latchkey/perms"
)

// ownResources are latchkey's own, by path: what each request type takes. An asterisk before a method means on an item,
// N the count, "-" any user.
var ownResources = map[string]map[string]string{
	"store":                         {"single GET": "store:view", "single PUT": "store:edit"},
	"time":                          {"single GET": "any user"},
	"can":                           {"single GET": "users:view"},
	"draft":                         {"single GET": "any user", "single DELETE": "any user"},
	"draft/diff":                    {"single GET": "any user"},
	"draft/rebase":                  {"single POST": "any user"},
	"draft/rollback":                {"single POST": "revisions:view"},
	"draft/save":                    {"single POST": "any user"},
	"requestlogs":                   ownNumbered("requestlogs"),
	"revisions":                     ownNumbered("revisions"),
	"resources":                     ownNamed("resources"),
	"roles":                         ownNamed("roles"),
	"roles/{name}/permissions":      {"single GET": "roles:view", "single PUT": "roles:edit", "single DELETE": "roles:edit"},
	"token":                         {"single POST": "tokens:rotate_own"},
	"settings":                      {"collection GET": "settings:view", "named GET": "settings:view", "named PUT": "settings:view", "named DELETE": "settings:view"},
	"users":                         ownNamed("users"),
	"users/{name}/name":             {"single PUT": "users:rename"},
	"users/{name}/permissions":      {"single GET": "users:view", "single PUT": "permissions:edit", "single DELETE": "permissions:edit"},
	"users/{name}/roles":            {"single GET": "users:view", "single PUT": "permissions:edit", "single DELETE": "permissions:edit"},
	"users/{name}/token/suspension": {"single PUT": "tokens:edit", "single DELETE": "tokens:edit"},
	"users/{name}/token": {"single GET": "tokens:view", "single POST": "tokens:edit", "single PUT": "tokens:edit",
		"single DELETE": "tokens:edit"},
}

func ownNamed(name string) map[string]string {
	return map[string]string{"collection GET": name + ":view", "collection POST": name + ":create", "named GET": name + ":view",
		"named PUT": name + ":edit", "named DELETE": name + ":delete", "count GET": name + ":view"}
}

func ownNumbered(name string) map[string]string {
	return map[string]string{"collection GET": name + ":view", "item GET": name + ":view", "count GET": name + ":view"}
}

func TestOwnResources(t *testing.T) {
	t.Parallel()
	for path, requests := range ownResources {
		name := strings.ReplaceAll(strings.ReplaceAll(path, "/{name}", ""), "/", "_")
		resource, found := perms.Store().Resource(name)
		if !found || resource.Path != perms.BasePath+"/"+path || resource.Backend != perms.System || resource.Title == "" {
			t.Errorf("resource %q: got %+v, %v", name, resource, found)
			continue
		}
		checkRequests(t, resource, requests)
	}
}

// What the control panel asks for at its own table and what its resources ask for are the same permissions: each is
// needed by some request, and no request needs another.
func TestPanelIsServed(t *testing.T) {
	t.Parallel()
	var served, listed []string
	for _, resource := range perms.Store().Resources() {
		for _, request := range resource.Requests {
			if resource.Backend == perms.System && !request.AnyUser && request.Permission.Resource != "store" {
				served = append(served, request.Permission.String())
			}
		}
	}
	for _, row := range perms.Panel() {
		listed = append(listed, row.Permission.String())
	}
	slices.Sort(served)
	slices.Sort(listed)
	if served = slices.Compact(served); !slices.Equal(served, listed) {
		t.Errorf("got %v, want %v", served, listed)
	}
}

// Nothing may stand where a user, a role or a resource of any name is found, unless they cannot be found at all.
func TestNothingHidesNames(t *testing.T) {
	t.Parallel()
	for i, resource := range []perms.Resource{documents("a", "/api/v2/users/ci"), documents("a", "/api/v2/roles/x/y"),
		service("a", "", "/api/v2/resources/orders")} {
		checkRefused(t, i, "found by name", append(perms.Store().Resources(), resource))
	}
	catalogue := mustOverlay(t, hidden("users"), hidden("users_token"), hidden("users_permissions"), laid(documents("a", "/api/v2/users/ci")))
	if got := describe(catalogue.Route("GET", "", "/api/v2/users/ci")); got != "a collection GET - 0 0 a:view" {
		t.Errorf("got %q", got)
	}
}
