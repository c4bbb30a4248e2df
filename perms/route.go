package perms

import (
	"errors"
	"strings"
)

// The errors of a path that leads nowhere and of a method that no resource has. What only this resource lacks is a
// [MethodError].
var (
	ErrNoRoute        = errors.New("no resource at this path")
	ErrNotImplemented = errors.New("method not implemented: use GET, HEAD, POST, PUT, DELETE or OPTIONS")
)

// MethodError is the error of a method that other resources have and this path lacks. Allow is sorted.
type MethodError struct {
	Allow []string
}

// Error names the methods that the path has.
func (e *MethodError) Error() string {
	return "method not allowed: use " + strings.Join(e.Allow, ", ")
}

const (
	methodDelete  = "DELETE"
	methodGet     = "GET"
	methodHead    = "HEAD"
	methodOptions = "OPTIONS"
	methodPost    = "POST"
	methodPut     = "PUT"
)

// Route is where a method and a path lead. Its Resource shares slices with the catalogue and is for reading only.
type Route struct {
	Resource  Resource
	Request   Request
	Extension string // "", "json" or "xml"
	ParentID  int64  // 0: the resource has no parent, or the path left it out and means the documents of all parents
	ID        int64  // 0: the request is not for an item
}

// Route finds what a request asks for. path is absolute and already decoded; one trailing slash and then one extension
// .json or .xml may follow it. An id is a decimal int64 above 0 without sign or leading zeros. HEAD has the Request of
// GET; OPTIONS has one of its own, open to any user.
//
// Errors, the first that applies: [ErrNoRoute]; *[MethodError]; [ErrNotImplemented] for PATCH, TRACE and whatever else
// is not in the API. A route that is found costs no allocation.
func (c *Catalogue) Route(method, path string) (Route, error) {
	path, extension := trimPath(path)
	leaf, parentID, id := c.routes.find(path)
	if leaf == nil {
		return Route{}, ErrNoRoute
	}
	request, err := leaf.request(method)
	if err != nil {
		return Route{}, err
	}
	return Route{Resource: *leaf.resource, Request: request, Extension: extension, ParentID: parentID, ID: id}, nil
}

// Allow lists the methods that a path has, sorted; nil for a path that leads nowhere.
func (c *Catalogue) Allow(path string) []string {
	path, _ = trimPath(path)
	leaf, _, _ := c.routes.find(path)
	if leaf == nil {
		return nil
	}
	return leaf.allow()
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
