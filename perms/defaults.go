package perms

import (
	"slices"
	"strings"
	"unicode"
)

// DefaultTitle is what a resource of a name is called unless somebody says otherwise: "Order notes" for order_notes.
func DefaultTitle(name string) string {
	words := []rune(strings.ReplaceAll(name, "_", " "))
	words[0] = unicode.ToUpper(words[0])
	return string(words)
}

// DefaultRequests are the request types of a new resource with the permissions they usually take. Documents are listed,
// made, changed, removed and counted, for the actions view, create, edit, delete and, to remove all at once, delete_all
// of the resource itself; under a parent for the parent's actions view, to read, and edit, for the rest. Another service
// is asked by GET to view, POST to create, PUT and PATCH to edit and DELETE to delete. Other backends have none.
func DefaultRequests(backend Backend, name, parent string) []Request {
	var requests []Request
	switch backend {
	case Documents:
		row := storeRow{operations: collection | item | count}
		return row.requests(Resource{Name: name, Parent: parent})
	case Proxied, External:
		for _, kind := range []struct{ method, action string }{
			{methodGet, "view"}, {methodPost, "create"}, {methodPut, "edit"}, {methodPatch, "edit"}, {methodDelete, "delete"},
		} {
			requests = append(requests, Request{Endpoint: Tree, Method: kind.method,
				Permission: Permission{Resource: name, Action: kind.action}})
		}
	case System:
	}
	return requests
}

// Endpoints are those at which a resource of the backend can have request types of a method; none where it can have none.
func (b Backend) Endpoints(method string) []Endpoint {
	var found []Endpoint
	for _, endpoint := range []Endpoint{Collection, Item, Count, Single, Tree} {
		if slices.Contains(backends[b][endpoint], method) {
			found = append(found, endpoint)
		}
	}
	return found
}

// RequestTypes are those that a resource of the backend can have, as "GET collection". latchkey's own have what they have.
func (b Backend) RequestTypes() []string {
	var types []string
	for _, method := range []string{methodGet, methodPost, methodPut, methodPatch, methodDelete} {
		for _, endpoint := range b.Endpoints(method) {
			types = append(types, method+" "+string(endpoint))
		}
	}
	return types
}
