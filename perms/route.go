package perms

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"latchkey/perms/errorkind"
)

// The errors of a path that leads nowhere and of a method that no resource has. What only this resource lacks is a
// [MethodError].
var (
	ErrNoRoute        = errorkind.Missing.New("no resource at this path")
	ErrNotImplemented = errorkind.Missing.New("method not implemented: use GET, HEAD, POST, PUT, DELETE or OPTIONS")
)

// MethodError is the error of a method that other resources have and this path lacks. Allow is sorted.
type MethodError struct {
	Allow []string
}

// Error names the methods that the path has.
func (e *MethodError) Error() string {
	return "method not allowed: use " + strings.Join(e.Allow, ", ")
}

// ErrorKind is that of what is not there.
func (e *MethodError) ErrorKind() errorkind.Kind { return errorkind.Missing }

const (
	methodDelete  = "DELETE"
	methodGet     = "GET"
	methodHead    = "HEAD"
	methodOptions = "OPTIONS"
	methodPatch   = "PATCH"
	methodPost    = "POST"
	methodPut     = "PUT"
)

// Route is where a method, a host and a path lead. Its Resource shares slices with the catalogue and is for reading only.
type Route struct {
	Resource  Resource
	Request   Request
	Extension string // "", "json" or "xml"; "" with the endpoint Tree
	ParentID  int64  // 0: the resource has no parent, or the path left it out and means the documents of all parents
	ID        int64  // 0: the request is not for an item
	Name      string // what stands for {name} in the path, decoded; "": the resource is not addressed by name
	Rest      string // with the endpoint Tree, what follows the path of the resource: "" or from a "/" on
}

// Route finds what a request asks for. host is that of the request, with or without port, in any case; "" leads to
// resources without a host alone. path is absolute and already decoded, from a path without encoded slashes: those cannot
// be told from others here.
//
// A resource of the host goes before all those of any host. Then a path of its own goes before one that lies in a tree,
// and of several trees the longest counts. What goes before decides alone, be it to refuse the method.
//
// One trailing slash and then one extension .json or .xml may follow a path that is not in a tree. An id is a decimal int64
// above 0 without sign or leading zeros. A name is any segment but one that the catalogue has in that place, such as
// count. A path in a tree has to be clean, so that it means the same to whatever is behind: no segment is empty, "." or
// "..", and it has no ";", "%", "\", control character or invalid UTF-8.
//
// HEAD has the Request of GET; OPTIONS has one of its own, open to any user. Errors, the first that applies: [ErrNoRoute];
// *[MethodError]; [ErrNotImplemented] for TRACE and whatever else is not in the API, PATCH where the resource has none
// included. A route that is found costs no allocation, as long as the host is in lower case.
func (c *Catalogue) Route(method, host, path string) (Route, error) {
	at, found := c.find(host, path)
	if !found {
		return Route{}, ErrNoRoute
	}
	request, err := at.leaf.request(method)
	if err != nil {
		return Route{}, err
	}
	return Route{Resource: *at.leaf.resource, Request: request, Extension: at.extension,
		ParentID: at.parentID, ID: at.id, Name: at.name, Rest: at.rest}, nil
}

// Allow lists the methods that a path has, sorted; nil for a path that leads nowhere.
func (c *Catalogue) Allow(host, path string) []string {
	at, found := c.find(host, path)
	if !found {
		return nil
	}
	return at.leaf.allow()
}

// find looks among the resources of the host, then among those of any.
func (c *Catalogue) find(host, path string) (place, bool) {
	if len(c.hosts) > 0 {
		if routes := c.hosts[CanonicalHost(host)]; routes != nil {
			if at, found := routes.find(path); found {
				return at, true
			}
		}
	}
	return c.anyHost.find(path)
}

// HasHost reports whether there are resources of a host, beside those of any.
func (c *Catalogue) HasHost(host string) bool { return c.hosts[CanonicalHost(host)] != nil }

// CanonicalHost is the host of a Host field as a [Resource] names it: without port, brackets and final dot, in lower case.
func CanonicalHost(host string) string {
	if inner, bracketed := strings.CutPrefix(host, "["); bracketed {
		host, _, _ = strings.Cut(inner, "]")
	} else if name, port, found := strings.Cut(host, ":"); found && !strings.Contains(port, ":") {
		host = name
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// Extension is the extension that Route sees at the end of a path, "", "json" or "xml", whether or not the path leads
// anywhere: an error has a type, too.
func Extension(path string) string {
	_, extension := trimPath(path)
	return extension
}

func trimPath(path string) (trimmed, extension string) {
	path = strings.TrimSuffix(path, "/")
	if stem, found := strings.CutSuffix(path, ".json"); found {
		return stem, "json"
	}
	if stem, found := strings.CutSuffix(path, ".xml"); found {
		return stem, "xml"
	}
	return path, ""
}

// isClean reports whether a path means the same however it is normalised. A trailing slash may be.
func isClean(path string) bool {
	rest, absolute := strings.CutPrefix(path, "/")
	if !absolute || strings.ContainsAny(path, `;%\`) || !utf8.ValidString(path) {
		return false
	}
	for i := range len(path) {
		if path[i] < ' ' || path[i] == 0x7f {
			return false
		}
	}
	for more := rest != ""; more; {
		var segment string
		segment, rest, more = strings.Cut(rest, "/")
		if segment == "." || segment == ".." || segment == "" && more {
			return false
		}
	}
	return true
}

// HidesSlash reports whether a path has an encoded slash or a backslash, and then leads nowhere. Decoded they would count
// here as what they may not be for a proxy in front: it could let "/api/v2/orders%2F1" pass by a rule of its own for one
// segment. The same goes for a bare "#", where a path ends for others.
func HidesSlash(at *url.URL) bool {
	return strings.Contains(at.Path, `\`) || strings.Contains(at.RawPath, "#") || strings.Contains(strings.ToLower(at.RawPath), "%2f")
}
