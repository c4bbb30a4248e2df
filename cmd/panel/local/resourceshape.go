package local

import (
	"latchkey/cmd/panel"
	"latchkey/db/model"
	"latchkey/perms"
)

// resourceOf shows a resource of a catalogue; laid is what the database lays over the embedded one of its name, nil for
// nothing.
func resourceOf(resource perms.Resource, laid *model.Object) panel.Resource {
	shape := panel.Resource{Name: resource.Name, Title: resource.Title, Host: resource.Host, Path: resource.Path,
		Aliases: orEmpty(resource.Aliases), PassFields: orEmpty(resource.PassFields), Parent: resource.Parent, Backend: resource.Backend, Requests: []panel.RequestType{},
		Origin: originOf(resource.Name, laid)}
	if laid != nil {
		shape.ChangedAt, shape.Revision = &laid.ChangedAt, laid.Revision
	}
	if up := resource.Upstream; up != (perms.Upstream{}) {
		shape.Upstream = &panel.Upstream{URL: up.URL, StripPrefix: up.StripPrefix, TimeoutSeconds: up.Timeout.Seconds(), MaxBody: up.MaxBody}
	}
	for _, request := range resource.Requests {
		one := panel.RequestType{Method: request.Method, Endpoint: request.Endpoint, Path: resource.RequestPath(request), AnyUser: request.AnyUser}
		if request.Permission != (perms.Permission{}) {
			one.Permission = orNull(request.Permission.String())
		}
		shape.Requests = append(shape.Requests, one)
	}
	return shape
}

// resourcesOf shows the resources of the live catalogue, by name, and those that the database hides; objects are what it
// lays over the embedded ones.
func resourcesOf(catalogue *perms.Catalogue, objects []model.Object) (served, hidden []panel.Resource) {
	laid := map[string]*model.Object{}
	for i, object := range objects {
		laid[object.Name] = &objects[i]
		if object.Hidden {
			built, _ := perms.Store().Resource(object.Name)
			built.Name = object.Name
			hidden = append(hidden, resourceOf(built, &objects[i]))
		}
	}
	for _, resource := range catalogue.Resources() {
		served = append(served, resourceOf(resource, laid[resource.Name]))
	}
	return served, hidden
}

func originOf(name string, laid *model.Object) panel.Origin {
	_, isBuilt := perms.Store().Resource(name)
	switch {
	case laid == nil:
		return panel.OriginBuiltIn
	case laid.Hidden:
		return panel.OriginHidden
	case isBuilt:
		return panel.OriginChanged
	}
	return panel.OriginAdded
}
