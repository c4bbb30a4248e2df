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

// systemTable is what the server answers itself, ordered by resource name.
var systemTable = []systemRow{
	{"store", "Store", []Request{needs(Single, methodGet, "store:view")}},
	{"time", "Time", []Request{anyUser(Single, methodGet)}},
}

func needs(endpoint Endpoint, method, permission string) Request {
	resource, action, _ := strings.Cut(permission, ":")
	return Request{Endpoint: endpoint, Method: method, Permission: Permission{Resource: resource, Action: action}}
}

func anyUser(endpoint Endpoint, method string) Request {
	return Request{Endpoint: endpoint, Method: method, AnyUser: true}
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
