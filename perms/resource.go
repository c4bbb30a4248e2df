package perms

import (
	"slices"
	"time"

	"latchkey/perms/httpfield"
)

// BasePath is where the resources of the embedded catalogue begin.
const BasePath = "/api/v2"

// Endpoint is the part of a resource that a request is for.
type Endpoint string

// The endpoints: all documents, one of them by id or by name, how many there are, the only one (time, store), or a path
// with everything below it (another service).
const (
	Collection Endpoint = "collection"
	Item       Endpoint = "item"
	Named      Endpoint = "named"
	Count      Endpoint = "count"
	Single     Endpoint = "single"
	Tree       Endpoint = "tree"
)

// Backend is what handles the requests of a resource.
type Backend string

// The backends: documents stored by latchkey, latchkey itself, another service that requests are passed on to, or one
// that is reached through a proxy which asks latchkey whether a request is allowed and which latchkey cannot reach itself.
const (
	Documents Backend = "collection"
	System    Backend = "system"
	Proxied   Backend = "upstream"
	External  Backend = "external"
)

// IsService reports whether another service handles them, which does not know latchkey's resources.
func (b Backend) IsService() bool { return b == Proxied || b == External }

// Request is one request type of a resource and what it takes to make it: the permission, or only to be a user, or nothing. With
// none of these, nobody may; [Request.Decide] is the one place that says so.
type Request struct {
	Endpoint   Endpoint
	Method     string
	Permission Permission
	AnyUser    bool // whatever its rules
	Anyone     bool // without credentials too; implies AnyUser
}

// Resource is something that the API serves.
type Resource struct {
	Name     string   // the segments of Path without base and parameters, joined by "_": orders_shipments
	Title    string   // for people
	Host     string   // the host that requests must name, lower case and without port; "": any
	Path     string   // absolute, of the collection, single document or tree: /api/v2/orders/{id}/shipments
	Aliases  []string // other paths; one that leaves out the parent's {id} means the documents of all parents
	Parent   string   // the Name of the resource whose items this hangs under, or ""
	Backend  Backend  // what handles its requests
	Upstream Upstream // where requests are passed on to, with the backend Proxied alone
	// PassFields are the fields of clients that the service is to see though they claim what only latchkey may say, as
	// package httpfield writes them. Of other services alone.
	PassFields []string
	CORS       CORS      // whose pages may use it
	Requests   []Request // in the order of the endpoints; no two of one endpoint and method
}

// Upstream says how requests are passed on to another service. The zero value of a limit means the server's default.
type Upstream struct {
	URL         string        // http://host:port/base, https://host/base or unix:/path/of/socket
	StripPrefix string        // taken from the front of the path before the path of URL is put there
	HostHeader  string        // what the service is told as Host: "" what the client sent, [HostOfUpstream], or a host, with or without a port
	Timeout     time.Duration // until the header of the response has come
	MaxBody     int64         // of a request, in bytes
}

// HostOfUpstream as the HostHeader of an [Upstream] is the host in its URL. HostKept is how people write what the client sent.
const (
	HostOfUpstream = "upstream"
	HostKept       = "keep"
)

// clone copies a resource so that nothing of the catalogue can be changed through it.
func (r Resource) clone() Resource {
	r.Aliases = slices.Clone(r.Aliases)
	r.Requests = slices.Clone(r.Requests)
	r.PassFields = slices.Clone(r.PassFields)
	r.CORS.Origins = slices.Clone(r.CORS.Origins)
	return r
}

// SetPassFields sets which fields of clients are let through, by names in any order and case.
func (r *Resource) SetPassFields(names []string) { r.PassFields = httpfield.Normalize(names) }

// RequestPath is the path that a request type of this resource is made at, with {id} or {name} for an item.
func (r Resource) RequestPath(request Request) string { return request.Endpoint.under(r.Path) }

// under is the path of the endpoint of a resource.
func (e Endpoint) under(path string) string {
	switch e {
	case Item:
		return path + "/" + idSegment
	case Named:
		return path + "/" + nameSegment
	case Count:
		return path + "/count"
	case Collection, Single, Tree:
	}
	return path
}

// isTree reports whether the resource has all that is below its path.
func (r Resource) isTree() bool { return r.Backend == Proxied || r.Backend == External }
