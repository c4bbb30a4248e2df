package wire

import (
	"time"

	"latchkey/db/model"
	"latchkey/perms"
)

// Resource is a resource of the catalogue.
type Resource struct {
	Name     string        `json:"name"`
	Title    string        `json:"title"`
	Host     string        `json:"host"`
	Path     string        `json:"path"`
	Aliases  []string      `json:"aliases"`
	Parent   string        `json:"parent"`
	Backend  perms.Backend `json:"backend"`
	Upstream *Upstream     `json:"upstream"`
	Requests []RequestType `json:"requests"`

	Origin    Origin     `json:"origin"`
	ChangedAt *time.Time `json:"changed_at"` // null: never, it is as it was built
	Revision  int64      `json:"revision"`   // the save that changed it last; 0: none
}

// Upstream is where requests are passed on to, and how. A limit of 0 is the server's own.
type Upstream struct {
	URL            string  `json:"url"`
	StripPrefix    string  `json:"strip_prefix"`
	TimeoutSeconds float64 `json:"timeout_seconds"`
	MaxBody        int64   `json:"max_body"` // bytes
}

// RequestType is one request type of a resource and the permission that it takes; null with any_user.
type RequestType struct {
	Method     string         `json:"method"`
	Endpoint   perms.Endpoint `json:"endpoint"`
	Path       string         `json:"path"`
	Permission *string        `json:"permission"`
	AnyUser    bool           `json:"any_user"`
}

// Origin is where a resource comes from.
type Origin string

// The origins: embedded and as it was built; embedded and laid over by the database; of the database alone; embedded and
// hidden by the database, so that it is not served.
const (
	OriginBuiltIn Origin = "built-in"
	OriginChanged Origin = "changed"
	OriginAdded   Origin = "added"
	OriginHidden  Origin = "hidden"
)

// ResourceOf shows a resource of a catalogue; laid is what the database lays over the embedded one of its name, nil for
// nothing.
func ResourceOf(resource perms.Resource, laid *model.Object) Resource {
	shape := Resource{Name: resource.Name, Title: resource.Title, Host: resource.Host, Path: resource.Path,
		Aliases: orEmpty(resource.Aliases), Parent: resource.Parent, Backend: resource.Backend, Requests: []RequestType{},
		Origin: originOf(resource.Name, laid)}
	if laid != nil {
		shape.ChangedAt, shape.Revision = &laid.ChangedAt, laid.Revision
	}
	if up := resource.Upstream; up != (perms.Upstream{}) {
		shape.Upstream = &Upstream{up.URL, up.StripPrefix, up.Timeout.Seconds(), up.MaxBody}
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
