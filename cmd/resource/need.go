package resource

import (
	"fmt"
	"slices"
	"strings"

	"latchkey/cmd/internal/app"
	"latchkey/db/model"
	"latchkey/perms"
)

// need is what a value of --permission says: what request types of a resource take.
type need struct {
	request perms.Request // without an endpoint: all that the resource has of the method
	gone    bool          // there is no such request type
}

// parseNeed reads METHOD=PERMISSION or METHOD ENDPOINT=PERMISSION, where the permission may be "any user", or "-" for no
// such request.
func parseNeed(text string) (need, error) {
	kind, permission, found := strings.Cut(text, "=")
	words := strings.Fields(kind)
	if !found || len(words) < 1 || len(words) > 2 {
		return need{}, app.WrongUsef("--permission is written like 'GET=reports:view' or 'POST collection=reports:create', not %q", text)
	}
	parsed := need{request: perms.Request{Method: strings.ToUpper(words[0])}}
	if len(words) == 2 {
		parsed.request.Endpoint = perms.Endpoint(strings.ToLower(words[1]))
	}
	switch permission = strings.TrimSpace(permission); permission {
	case NoneSign:
		parsed.gone = true
	case AnyUserWords:
		parsed.request.AnyUser = true
	default:
		var err error
		if parsed.request.Permission, err = perms.ParsePermission(permission); err != nil {
			return need{}, err
		}
	}
	return parsed, nil
}

// unplaced is the error of a method without an endpoint, which the resource has nowhere.
func (n need) unplaced(resource *perms.Resource) error {
	var examples []string
	for _, endpoint := range resource.Backend.Endpoints(n.request.Method) {
		examples = append(examples, fmt.Sprintf("'%s %s=…'", n.request.Method, endpoint))
	}
	if types := resource.Backend.RequestTypes(); len(examples) == 0 && len(types) > 0 {
		return app.WrongUsef("%s can have no request type %s: those of the backend %s are %s", resource.Name, n.request.Method,
			resource.Backend, strings.Join(types, ", "))
	}
	if len(examples) == 0 {
		return app.WrongUsef("%s has no request type %s, and can get no others than it has", resource.Name, n.request.Method)
	}
	return app.WrongUsef("%s has no request type %s: say of which endpoint one is to be, as in %s", resource.Name, n.request.Method,
		strings.Join(examples, " or "))
}

// set makes a resource ask for it.
func (n need) set(resource *perms.Resource) error {
	endpoints := []perms.Endpoint{n.request.Endpoint}
	if n.request.Endpoint == "" {
		endpoints = nil
		for _, has := range resource.Requests {
			if has.Method == n.request.Method {
				endpoints = append(endpoints, has.Endpoint)
			}
		}
		if len(endpoints) == 0 && resource.Backend.IsService() {
			endpoints = []perms.Endpoint{perms.Tree}
		}
	}
	if len(endpoints) == 0 && !n.gone {
		return n.unplaced(resource)
	}
	object := &model.Object{Kind: model.KindResource, Name: resource.Name}
	object.Serve(*resource)
	for _, endpoint := range slices.Clone(endpoints) {
		request := n.request
		request.Endpoint = endpoint
		object.SetRequest(request, !n.gone)
	}
	*resource = object.Served()
	return nil
}
