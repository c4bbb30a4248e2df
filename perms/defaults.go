package perms

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
