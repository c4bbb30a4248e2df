package local

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"latchkey/cmd/panel"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/perms/errorkind"
	"latchkey/perms/httpfield"
)

// ErrRequestType: a resource cannot have a request type.
var ErrRequestType = errorkind.Invalid.New("unusable request type")

// builtInVersion is that of a resource over which the database lays nothing.
const builtInVersion = "built-in"

// versionOf is the version that an edit finds.
func versionOf(target *model.Target) string {
	switch target.Kind {
	case model.KindResource:
		return cmp.Or(target.Version, builtInVersion)
	case model.KindSetting:
		return cmp.Or(target.Version, unsetVersion)
	case model.KindUser, model.KindRole:
	}
	return target.Version
}

func (s *steps) resourceStep(operation panel.Operation) (step, error) {
	switch one := operation.(type) {
	case panel.AddResource:
		return s.addResource(one)
	case panel.EditResource:
		shape := shapeOf(one.Fields)
		if shape == nil {
			return step{}, edits.ErrNothing
		}
		return resourceNamed(one.Name, edits.EditResource(shape))
	case panel.RemoveResource:
		step, err := resourceNamed(one.Name, edits.RemoveResource(), model.ErrNoResource)
		step.revokeRules = one.RevokeRules
		return step, err
	}
	return step{}, nil
}

func (s *steps) addResource(one panel.AddResource) (step, error) {
	var backend perms.Backend
	if given := backendOf(one.Fields); given != nil {
		backend = *given
	}
	var parent string
	if one.Fields.Parent != nil {
		parent = *one.Fields.Parent
	}
	add := func(target *model.Target) error {
		fresh, err := edits.FreshResource(target.Name, backend, parent, s.known.staged)
		if err != nil {
			return err
		}
		return edits.AddResource(fresh, shapeOf(one.Fields))(target)
	}
	step, err := resourceNamed(one.Name, add, model.ErrResourceExists)
	step.isAdded = true
	return step, err
}

// resourceNamed is a step on a resource, whose name must be one that a permission can begin with.
func resourceNamed(name string, change model.Change, so ...error) (step, error) {
	err := checkResourceName(name)
	return step{kind: model.KindResource, name: name, change: change, so: so}, err
}

func checkResourceName(name string) error {
	if _, err := perms.ParsePermission(name + ":view"); err != nil {
		return fmt.Errorf("%w: %q cannot be the name of a resource: it is a letter a-z, then a-z, 0-9 and _", perms.ErrMalformed, name)
	}
	return nil
}

// backendOf is the backend that fields ask for; an address to pass requests on to asks for it alone.
func backendOf(fields panel.ResourceFields) *perms.Backend {
	if fields.Backend == nil && fields.Upstream.URL != nil && *fields.Upstream.URL != "" {
		return new(perms.Proxied)
	}
	return fields.Backend
}

// shapeOf is what fields make of a resource; nil where none is given.
func shapeOf(fields panel.ResourceFields) edits.Shape {
	if fields.IsZero() {
		return nil
	}
	return func(resource *perms.Resource) error {
		if backend := backendOf(fields); backend != nil { // first, as it brings its own request types
			if err := edits.UseBackend(resource, *backend); err != nil {
				return err
			}
		}
		setText(&resource.Title, fields.Title)
		setText(&resource.Host, fields.Host)
		setText(&resource.Path, fields.Path)
		setText(&resource.Parent, fields.Parent)
		if fields.Aliases != nil {
			resource.Aliases = fields.Aliases
		}
		resource.Aliases = withChanges(resource.Aliases, fields.AliasChanges, func(path string) string { return path })
		if fields.Requests != nil {
			resource.Requests = fields.Requests
		}
		setUpstream(&resource.Upstream, fields.Upstream)
		if fields.PassFields != nil {
			resource.SetPassFields(fields.PassFields)
		}
		if fields.PassFieldChanges != nil {
			resource.SetPassFields(withChanges(resource.PassFields, fields.PassFieldChanges, httpfield.Canonical))
		}
		setCORS(&resource.CORS, fields)
		for _, change := range fields.RequestChanges {
			if err := setRequest(resource, change); err != nil {
				return err
			}
		}
		return nil
	}
}

func setCORS(cors *perms.CORS, fields panel.ResourceFields) {
	if fields.AllowOrigins != nil {
		cors.SetOrigins(fields.AllowOrigins)
	}
	if fields.AllowOriginChanges != nil {
		cors.SetOrigins(withChanges(cors.Origins, fields.AllowOriginChanges, func(origin string) string { return origin }))
	}
	if fields.AllowCredentials != nil {
		cors.Credentials = *fields.AllowCredentials
	}
	if fields.PassCORS != nil {
		cors.PassOwn = *fields.PassCORS
	}
}

func setText(to *string, from panel.Text) {
	if from != nil {
		*to = *from
	}
}

func setUpstream(upstream *perms.Upstream, fields panel.UpstreamFields) {
	setText(&upstream.URL, fields.URL)
	setText(&upstream.StripPrefix, fields.StripPrefix)
	if setText(&upstream.HostHeader, fields.HostHeader); upstream.HostHeader == perms.HostKept {
		upstream.HostHeader = ""
	}
	if fields.Timeout != nil {
		upstream.Timeout = *fields.Timeout
	}
	if fields.MaxBody != nil {
		upstream.MaxBody = *fields.MaxBody
	}
}

// withChanges changes a list of values, which are brought to their one form first.
func withChanges(list []string, changes []panel.ListChange, form func(string) string) []string {
	next := slices.Clone(list)
	for _, change := range changes {
		value := form(change.Value)
		next = slices.DeleteFunc(next, func(has string) bool { return form(has) == value })
		if !change.Gone {
			next = append(next, value)
		}
	}
	return next
}

// setRequest makes a resource have, or no longer have, a request type.
func setRequest(resource *perms.Resource, change panel.RequestChange) error {
	endpoints := []perms.Endpoint{change.Request.Endpoint}
	if change.Request.Endpoint == "" {
		endpoints = endpointsWith(resource, change.Request.Method)
	}
	if len(endpoints) == 0 && !change.Gone {
		return unplaced(resource, change.Request.Method)
	}
	object := &model.Object{Kind: model.KindResource, Name: resource.Name}
	object.Serve(*resource)
	for _, endpoint := range endpoints {
		request := change.Request
		request.Endpoint = endpoint
		object.SetRequest(request, !change.Gone)
	}
	*resource = object.Served()
	return nil
}

// endpointsWith are the endpoints of a resource that have a method.
func endpointsWith(resource *perms.Resource, method string) []perms.Endpoint {
	var endpoints []perms.Endpoint
	for _, has := range resource.Requests {
		if has.Method == method {
			endpoints = append(endpoints, has.Endpoint)
		}
	}
	if len(endpoints) == 0 && resource.Backend.IsService() {
		return []perms.Endpoint{perms.Tree}
	}
	return endpoints
}

// unplaced is the error of a method without an endpoint, which the resource has nowhere.
func unplaced(resource *perms.Resource, method string) error {
	var examples []string
	for _, endpoint := range resource.Backend.Endpoints(method) {
		examples = append(examples, fmt.Sprintf("'%s %s=…'", method, endpoint))
	}
	switch types := resource.Backend.RequestTypes(); {
	case len(examples) > 0:
		return fmt.Errorf("%w: %s has no request type %s: say of which endpoint one is to be, as in %s", ErrRequestType,
			resource.Name, method, strings.Join(examples, " or "))
	case len(types) > 0:
		return fmt.Errorf("%w: %s can have no request type %s: those of the backend %s are %s", ErrRequestType, resource.Name, method,
			resource.Backend, strings.Join(types, ", "))
	}
	return fmt.Errorf("%w: %s has no request type %s, and can get no others than it has", ErrRequestType, resource.Name, method)
}
