package local

import (
	"cmp"

	"latchkey/cmd/panel"
	"latchkey/db/model"
	"latchkey/perms"
)

// resourceOf shows a resource of a catalogue; laid is what the database lays over the embedded one of its name, nil for
// nothing, and embedded has that one.
func resourceOf(resource perms.Resource, laid *model.Object, embedded *perms.Catalogue) panel.Resource {
	shape := panel.Resource{Name: resource.Name, Title: resource.Title, Host: resource.Host, Path: resource.Path,
		Aliases: orEmpty(resource.Aliases), PassFields: orEmpty(resource.PassFields), Parent: resource.Parent, Backend: resource.Backend, Requests: []panel.RequestType{},
		AllowOrigins: orEmpty(resource.CORS.Origins), AllowCredentials: resource.CORS.Credentials, PassCORS: resource.CORS.PassOwn,
		Origin: originOf(resource.Name, laid, embedded)}
	if laid != nil {
		shape.ChangedAt, shape.Revision = &laid.ChangedAt, laid.Revision
	}
	if up := resource.Upstream; up != (perms.Upstream{}) {
		shape.Upstream = &panel.Upstream{URL: up.URL, StripPrefix: up.StripPrefix, HostHeader: cmp.Or(up.HostHeader, perms.HostKept), TimeoutSeconds: up.Timeout.Seconds(), MaxBody: up.MaxBody}
	}
	for _, request := range resource.Requests {
		one := panel.RequestType{Method: request.Method, Endpoint: request.Endpoint, Path: resource.RequestPath(request), AnyUser: request.AnyUser && !request.Anyone, Anyone: request.Anyone}
		if request.Permission != (perms.Permission{}) {
			one.Permission = orNull(request.Permission.String())
		}
		shape.Requests = append(shape.Requests, one)
	}
	return shape
}

// resourcesOf shows the resources of the live catalogue, by name, and those of the embedded one that the database hides;
// objects are what it lays over that.
func resourcesOf(catalogue, embedded *perms.Catalogue, objects []model.Object) (served, hidden []panel.Resource) {
	laid := map[string]*model.Object{}
	for i, object := range objects {
		laid[object.Name] = &objects[i]
		if object.Hidden {
			if built, isBuilt := embedded.Resource(object.Name); isBuilt {
				hidden = append(hidden, resourceOf(built, &objects[i], embedded))
			}
		}
	}
	for _, resource := range catalogue.Resources() {
		served = append(served, resourceOf(resource, laid[resource.Name], embedded))
	}
	return served, hidden
}

func originOf(name string, laid *model.Object, embedded *perms.Catalogue) panel.Origin {
	_, isBuilt := embedded.Resource(name)
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
