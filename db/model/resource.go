package model

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"latchkey/perms"
)

// definition is how a resource is stored, in its row and in a draft.
type definition struct {
	Hidden   bool                `json:"hidden,omitempty"`
	Title    string              `json:"title,omitempty"`
	Host     string              `json:"host,omitempty"`
	Path     string              `json:"path,omitempty"`
	Aliases  []string            `json:"aliases,omitempty"`
	Parent   string              `json:"parent,omitempty"`
	Backend  perms.Backend       `json:"backend,omitempty"`
	Upstream upstreamDefinition  `json:"upstream,omitzero"`
	Passed   []string            `json:"pass_fields,omitempty"`
	CORS     corsDefinition      `json:"cors,omitzero"`
	Requests []requestTypeStored `json:"requests,omitempty"`
}

type corsDefinition struct {
	AllowOrigins     []string `json:"allow_origins,omitempty"`
	AllowCredentials bool     `json:"allow_credentials,omitempty"`
	PassCORS         bool     `json:"pass_cors,omitempty"`
}

// IsZero is for omitzero.
func (c corsDefinition) IsZero() bool {
	return perms.CORS{Origins: c.AllowOrigins, Credentials: c.AllowCredentials, PassOwn: c.PassCORS}.IsZero()
}

type upstreamDefinition struct {
	URL         string `json:"url,omitempty"`
	StripPrefix string `json:"strip_prefix,omitempty"`
	HostHeader  string `json:"host_header,omitempty"`
	TimeoutMS   int64  `json:"timeout_ms,omitempty"`
	MaxBody     int64  `json:"max_body,omitempty"`
}

// requestTypeStored is a request type with a permission, or for any user, or for anyone; with none of these it is for nobody.
type requestTypeStored struct {
	Method     string         `json:"method"`
	Endpoint   perms.Endpoint `json:"endpoint"`
	Permission string         `json:"permission,omitempty"`
	AnyUser    bool           `json:"any_user,omitempty"`
	Anyone     bool           `json:"anyone,omitempty"` // and any user
}

// stored is the definition of a resource; nil for objects of other kinds.
func (o *Object) stored() *definition {
	if o.Kind != KindResource {
		return nil
	}
	served := o.Resource
	stored := &definition{Hidden: o.Hidden, Title: served.Title, Host: served.Host, Path: served.Path, Aliases: served.Aliases,
		Parent: served.Parent, Backend: served.Backend, Upstream: upstreamDefinition{
			URL: served.Upstream.URL, StripPrefix: served.Upstream.StripPrefix, HostHeader: served.Upstream.HostHeader,
			TimeoutMS: served.Upstream.Timeout.Milliseconds(), MaxBody: served.Upstream.MaxBody,
		}, Passed: served.PassFields, CORS: corsDefinition{served.CORS.Origins, served.CORS.Credentials, served.CORS.PassOwn}}
	for _, request := range served.Requests {
		one := requestTypeStored{Method: request.Method, Endpoint: request.Endpoint, AnyUser: request.AnyUser, Anyone: request.Anyone}
		if request.Permission != (perms.Permission{}) {
			one.Permission = request.Permission.String()
		}
		stored.Requests = append(stored.Requests, one)
	}
	return stored
}

// Definition is the column of that name: of a resource what is served, of settings those that are set; NULL for other objects.
func (o *Object) Definition() any {
	var content []byte
	switch o.Kind {
	case KindResource:
		content, _ = json.Marshal(o.stored()) // texts, numbers and truths: nothing that could not be written
	case KindSetting:
		content, _ = json.Marshal(o.Settings) // the same
	case KindUser, KindRole:
		return nil
	default: // of a damaged row
		return nil
	}
	return string(content)
}

// Define reads the column definition. [ErrDamaged] where it is none.
func (o *Object) Define(content string) error {
	if o.Kind == KindSetting {
		if err := json.Unmarshal([]byte(content), &o.Settings); err != nil {
			return fmt.Errorf("%w: reading the settings: %w", ErrDamaged, err)
		}
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader([]byte(content)))
	decoder.DisallowUnknownFields()
	var stored definition
	if err := decoder.Decode(&stored); err != nil {
		return fmt.Errorf("%w: reading the definition of %s: %w", ErrDamaged, o.Name, err)
	}
	return stored.onto(o)
}

// onto is the reverse of [Object.stored].
func (d *definition) onto(object *Object) error {
	object.Hidden = d.Hidden
	object.Resource = perms.Resource{Title: d.Title, Host: d.Host, Path: d.Path, Aliases: d.Aliases, Parent: d.Parent,
		Backend: d.Backend, PassFields: d.Passed, CORS: perms.CORS{Origins: d.CORS.AllowOrigins, Credentials: d.CORS.AllowCredentials, PassOwn: d.CORS.PassCORS}, Upstream: perms.Upstream{URL: d.Upstream.URL, StripPrefix: d.Upstream.StripPrefix, HostHeader: d.Upstream.HostHeader,
			Timeout: time.Duration(d.Upstream.TimeoutMS) * time.Millisecond, MaxBody: d.Upstream.MaxBody}}
	for _, stored := range d.Requests {
		request := perms.Request{Endpoint: stored.Endpoint, Method: stored.Method, AnyUser: stored.AnyUser, Anyone: stored.Anyone}
		if stored.Permission != "" {
			var err error
			if request.Permission, err = perms.ParsePermission(stored.Permission); err != nil {
				return fmt.Errorf("%w: reading the definition of %s: %w", ErrDamaged, object.Name, err)
			}
		}
		object.Resource.Requests = append(object.Resource.Requests, request)
	}
	return nil
}

// Served is the resource with its name.
func (o *Object) Served() perms.Resource {
	served := o.Clone().Resource
	served.Name = o.Name
	return served
}

// Serve makes a resource be what is served under the name of the object.
func (o *Object) Serve(resource perms.Resource) {
	resource.Name = ""
	o.Resource, o.Hidden = resource, false
	o.Resource = o.Clone().Resource
}

// Hide makes nothing be served under the name of the object.
func (o *Object) Hide() { o.Resource, o.Hidden = perms.Resource{}, true }

// Embedded is a resource of an embedded catalogue as an object; nil where there is none of the name.
func Embedded(catalogue *perms.Catalogue, name string) *Object {
	resource, found := catalogue.Resource(name)
	if !found {
		return nil
	}
	object := &Object{Kind: KindResource, Name: name}
	object.Serve(resource)
	return object
}

// AsServed is a change of a resource as it shows in the catalogue: an embedded one stands where nothing is laid over it,
// and nothing where it is hidden. A change of another object is returned as it is.
func (c RecordedChange) AsServed() RecordedChange {
	if c.Kind == KindResource {
		built := Embedded(cmp.Or(c.Embedded, perms.Store()), c.Name()).Record()
		c.Before, c.After = c.Before.asServed(built), c.After.asServed(built)
	}
	return c
}

// Hides tells whether the record is of an object that hides the embedded resource of its name.
func (r Record) Hides() bool { return r.Value(fieldHidden) != "" }

func (r Record) asServed(built Record) Record {
	switch {
	case r == nil:
		return built
	case r.Hides():
		return nil
	}
	return r
}

// CatalogueOf lays resources over an embedded catalogue. [ErrCatalogue] where they do not go together.
func CatalogueOf(embedded *perms.Catalogue, resources map[string]*Object) (*perms.Catalogue, error) {
	if len(resources) == 0 {
		return embedded, nil
	}
	overlays := make([]perms.Overlay, 0, len(resources))
	for _, name := range slices.Sorted(maps.Keys(resources)) {
		overlays = append(overlays, perms.Overlay{Name: name, Hidden: resources[name].Hidden, Resource: resources[name].Served()})
	}
	catalogue, err := embedded.Overlay(overlays)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCatalogue, err)
	}
	return catalogue, nil
}
