package wire

import (
	"latchkey/db/model"
	"latchkey/perms"
)

// ResourceOf shows a resource of a catalogue; laid is what the database lays over the embedded one of its name, nil for
// nothing.
func ResourceOf(resource perms.Resource, laid *model.Object) Resource {
	shape := Resource{Name: resource.Name, Title: resource.Title, Host: resource.Host, Path: resource.Path,
		Aliases: orEmpty(resource.Aliases), PassFields: orEmpty(resource.PassFields), Parent: resource.Parent, Backend: resource.Backend, Requests: []RequestType{},
		Origin: originOf(resource.Name, laid)}
	if laid != nil {
		shape.ChangedAt, shape.Revision = &laid.ChangedAt, laid.Revision
	}
	if up := resource.Upstream; up != (perms.Upstream{}) {
		shape.Upstream = &Upstream{URL: up.URL, StripPrefix: up.StripPrefix, TimeoutSeconds: up.Timeout.Seconds(), MaxBody: up.MaxBody}
	}
	for _, request := range resource.Requests {
		one := RequestType{Method: request.Method, Endpoint: request.Endpoint, Path: resource.RequestPath(request), AnyUser: request.AnyUser}
		if request.Permission != (perms.Permission{}) {
			one.Permission = orNull(request.Permission.String())
		}
		shape.Requests = append(shape.Requests, one)
	}
	return shape
}

// ResourcesOf shows the resources of the live catalogue, by name, and those that the database hides; objects are what it
// lays over the embedded ones.
func ResourcesOf(catalogue *perms.Catalogue, objects []model.Object) (served, hidden []Resource) {
	laid := map[string]*model.Object{}
	for i, object := range objects {
		laid[object.Name] = &objects[i]
		if object.Hidden {
			built, _ := perms.Store().Resource(object.Name)
			built.Name = object.Name
			hidden = append(hidden, ResourceOf(built, &objects[i]))
		}
	}
	for _, resource := range catalogue.Resources() {
		served = append(served, ResourceOf(resource, laid[resource.Name]))
	}
	return served, hidden
}

func originOf(name string, laid *model.Object) Origin {
	_, isBuilt := perms.Store().Resource(name)
	switch {
	case laid == nil:
		return OriginBuiltIn
	case laid.Hidden:
		return OriginHidden
	case isBuilt:
		return OriginChanged
	}
	return OriginAdded
}
