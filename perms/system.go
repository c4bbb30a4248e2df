package perms

import (
	"slices"
	"strings"
	"sync"
)

// systemRow is one of latchkey's own resources: its path below BasePath and its request types.
type systemRow struct {
	path, title string
	requests    []Request
}

// systemTable has the resources of the server itself, ordered by resource name: what integrators ask for first (store, time)
// and the control panel. Its permissions are those of [Panel], and only the least that a request takes: what it changes is
// judged by [Permit]. Any user may work on a draft of their own, where each edit has been judged.
//
// Nothing is named count, which below a collection is how many there are.
var systemTable = []systemRow{
	{"can", "What a user may do", []Request{needs(Single, methodGet, "users:view")}},
	{"draft", "Draft", []Request{anyUser(methodGet), anyUser(methodDelete)}},
	{"draft/diff", "Draft as a diff", []Request{anyUser(methodGet)}},
	{"draft/rebase", "Rebase of the draft", []Request{anyUser(methodPost)}},
	{"draft/rollback", "Rollback of a revision", []Request{needs(Single, methodPost, "revisions:view")}},
	{"draft/save", "Save of the draft", []Request{anyUser(methodPost)}},
	{"requestlogs", "Request log", numbered("requestlogs")},
	{"resources", "Resources", named("resources")},
	{"revisions", "Revisions", numbered("revisions")},
	{"roles", "Roles", named("roles")},
	{"roles/{name}/permissions", "Permissions of a role", []Request{needs(Single, methodGet, "roles:view"),
		needs(Single, methodPut, "roles:edit"), needs(Single, methodDelete, "roles:edit")}},
	// What a setting decides may be anybody's access: to change one takes *:*.
	{"settings", "Settings", []Request{needs(Collection, methodGet, "settings:view"), needs(Named, methodGet, "settings:view"),
		needs(Named, methodPut, "settings:view"), needs(Named, methodDelete, "settings:view")}},
	{"store", "Store", []Request{needs(Single, methodGet, "store:view"), needs(Single, methodPut, "store:edit")}},
	{"time", "Time", []Request{anyUser(methodGet)}},
	{"token", "One's own token", []Request{needs(Single, methodPost, "tokens:rotate_own")}},
	{"users", "Users", named("users")},
	{"users/{name}/name", "Name of a user", []Request{needs(Single, methodPut, "users:rename")}},
	{"users/{name}/permissions", "Permissions of a user", []Request{needs(Single, methodGet, "users:view"),
		needs(Single, methodPut, "permissions:edit"), needs(Single, methodDelete, "permissions:edit")}},
	{"users/{name}/roles", "Roles of a user", []Request{needs(Single, methodGet, "users:view"),
		needs(Single, methodPut, "permissions:edit"), needs(Single, methodDelete, "permissions:edit")}},
	// POST regenerates, PUT enables, DELETE disables.
	{"users/{name}/token", "Token of a user", []Request{needs(Single, methodGet, "tokens:view"), needs(Single, methodPost, "tokens:edit"),
		needs(Single, methodPut, "tokens:edit"), needs(Single, methodDelete, "tokens:edit")}},
	// PUT suspends, DELETE resumes.
	{"users/{name}/token/suspension", "Suspension of the token of a user", []Request{needs(Single, methodPut, "tokens:edit"), needs(Single, methodDelete, "tokens:edit")}},
}

// named are the request types of what is found, made, changed and removed by name. There is none to remove all at once.
func named(resource string) []Request {
	return []Request{needs(Collection, methodGet, resource+":view"), needs(Collection, methodPost, resource+":create"),
		needs(Named, methodGet, resource+":view"), needs(Named, methodPut, resource+":edit"), needs(Named, methodDelete, resource+":delete"),
		needs(Count, methodGet, resource+":view")}
}

// numbered are those of what can only be read, by number.
func numbered(resource string) []Request {
	return []Request{needs(Collection, methodGet, resource+":view"), needs(Item, methodGet, resource+":view"),
		needs(Count, methodGet, resource+":view")}
}

func needs(endpoint Endpoint, method, permission string) Request {
	resource, action, _ := strings.Cut(permission, ":")
	return Request{Endpoint: endpoint, Method: method, Permission: Permission{Resource: resource, Action: action}}
}

func anyUser(method string) Request {
	return Request{Endpoint: Single, Method: method, AnyUser: true}
}

// systemResources are latchkey's own resources, sorted by name. They are for reading only.
var systemResources = sync.OnceValue(func() []Resource {
	resources := make([]Resource, len(systemTable))
	for i, row := range systemTable {
		resources[i] = Resource{Name: pathName(row.path), Title: row.title, Path: BasePath + "/" + row.path, Backend: System,
			Requests: row.requests}
	}
	return resources
})

// namedResources are those of them whose items are found by name.
var namedResources = sync.OnceValue(func() []Resource {
	return slices.DeleteFunc(slices.Clone(systemResources()), func(r Resource) bool {
		return !slices.ContainsFunc(r.Requests, func(request Request) bool { return request.Endpoint == Named })
	})
})
