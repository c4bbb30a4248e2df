package edits

import (
	"fmt"
	"slices"
	"strings"

	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/perms/errorkind"
)

// ErrBackend: there is no such backend, or none that a resource can be given.
var ErrBackend = errorkind.Invalid.New("unusable backend")

// FreshResource is a new resource before a shape is given to it: a collection, or what the backend is ("" for that), at the
// usual path with the usual request types. The catalogue is where its parent is ("" for none). [model.ErrNoResource].
func FreshResource(name string, backend perms.Backend, parent string, catalogue *perms.Catalogue) (perms.Resource, error) {
	fresh := perms.Resource{Name: name, Title: perms.DefaultTitle(name), Path: perms.BasePath + "/" + name, Backend: perms.Documents, Parent: parent}
	if backend.IsService() {
		fresh.Backend, fresh.Path = backend, "/"+name
	}
	if parent != "" {
		above, found := catalogue.Resource(parent)
		if !found {
			return fresh, fmt.Errorf("%w: %s", model.ErrNoResource, parent)
		}
		fresh.Host = above.Host
		fresh.Path = above.Path + "/{id}/" + strings.TrimPrefix(name, parent+"_")
	}
	fresh.Requests = perms.DefaultRequests(fresh.Backend, name, parent)
	return fresh, nil
}

// UseBackend gives a resource another backend, with that one's usual request types where they differ. [ErrBackend].
func UseBackend(resource *perms.Resource, backend perms.Backend) error {
	known := []perms.Backend{perms.Documents, perms.Proxied, perms.External}
	if !slices.Contains(known, backend) {
		return fmt.Errorf("%w: it is %s, %s or %s, not %.40q", ErrBackend, known[0], known[1], known[2], backend)
	}
	if resource.Backend == backend {
		return nil
	}
	if backend.IsService() != resource.Backend.IsService() {
		resource.Requests = perms.DefaultRequests(backend, resource.Name, resource.Parent)
	}
	resource.Backend, resource.Upstream = backend, perms.Upstream{}
	if !backend.IsService() {
		resource.PassFields = nil
		resource.CORS.PassOwn = false
	}
	return nil
}
