package perms

import (
	"slices"
	"strconv"
	"strings"
)

// parseID reads an id, 0 if the segment is none. The first digit rules out signs and leading zeros, and that no id can
// be mistaken for the name of a segment.
func parseID(segment string) int64 {
	if segment == "" || segment[0] < '1' || segment[0] > '9' {
		return 0
	}
	id, err := strconv.ParseInt(segment, 10, 64)
	if err != nil {
		return 0
	}
	return id
}

const (
	idSegment   = "{id}"
	nameSegment = "{name}"
)

// node is one place in the tree of path segments. Only a leaf, where the path of some resource ends, has a resource.
type node struct {
	edges    []edge // sorted by segment
	id       *node  // what follows where an id stands
	name     *node  // and where a name does; no node has both
	resource *Resource
	requests []Request
	deep     bool // the resource has all that is below, too
}

type edge struct {
	segment string
	to      *node
}

// place is where a path leads.
type place struct {
	leaf         *node
	parentID, id int64
	name, rest   string
	extension    string
}

func (n *node) edge(segment string) (position int, found bool) {
	return slices.BinarySearchFunc(n.edges, segment, func(e edge, segment string) int {
		return strings.Compare(e.segment, segment)
	})
}

// add enters every path of a resource. Two meanings for one path are an [ErrResource].
func (n *node) add(resource *Resource) error {
	if err := n.addPath(resource, resource.Path, resource.Requests); err != nil {
		return err
	}
	for _, alias := range resource.Aliases {
		requests := resource.Requests
		if resource.Parent != "" && !strings.Contains(alias, idSegment) {
			requests = slices.DeleteFunc(slices.Clone(requests), Request.NeedsParent)
		}
		if err := n.addPath(resource, alias, requests); err != nil {
			return err
		}
	}
	return nil
}

// NeedsParent reports whether a request makes no sense at a path that leaves out the parent, where all documents of the
// resource are: what is added needs one, and nobody deletes those of all parents at once. One document is found by its id.
func (r Request) NeedsParent() bool {
	return r.Endpoint == Single || r.Endpoint != Item && r.Method != methodGet
}

func (n *node) addPath(resource *Resource, path string, requests []Request) error {
	for _, request := range requests {
		full := request.Endpoint.under(path)
		leaf, clear := n.at(full)
		switch {
		case leaf.resource != nil && leaf.resource != resource:
			return refusef(*resource, "its path %.80q is one of %s too: change one of them", full, leaf.resource.Name)
		case !clear:
			return refusef(*resource, "its path %.80q can be mistaken for another with an id or a name in it: change it", full)
		case slices.ContainsFunc(leaf.requests, func(other Request) bool { return other.Method == request.Method }):
			return refusef(*resource, "its path %.80q has two meanings for %s: leave one out", full, request.Method)
		}
		leaf.resource, leaf.deep = resource, request.Endpoint == Tree
		leaf.requests = append(leaf.requests, request)
	}
	return nil
}

// at finds the node of a path written with {id} and {name}, making what is missing. It is plain unless some segment could
// be read in two ways.
func (n *node) at(path string) (leaf *node, plain bool) {
	path = strings.Trim(path, "/")
	if path == "" {
		return n, true
	}
	for segment := range strings.SplitSeq(path, "/") {
		if n, plain = n.child(segment); !plain {
			return n, false
		}
	}
	return n, true
}

func (n *node) child(segment string) (to *node, plain bool) {
	switch segment {
	case idSegment:
		if n.id == nil {
			n.id = new(node)
		}
		return n.id, n.name == nil && !slices.ContainsFunc(n.edges, func(e edge) bool { return parseID(e.segment) != 0 })
	case nameSegment:
		if n.name == nil {
			n.name = new(node)
		}
		return n.name, n.id == nil
	}
	i, found := n.edge(segment)
	if !found {
		n.edges = slices.Insert(n.edges, i, edge{segment, new(node)})
	}
	return n.edges[i].to, n.id == nil || parseID(segment) == 0
}

// find follows a path to a leaf of its own, else to the longest tree that it lies in.
func (n *node) find(path string) (place, bool) {
	trimmed, extension := trimPath(path)
	if at, found := n.exact(trimmed); found {
		at.extension = extension
		return at, true
	}
	return n.longest(path)
}

// exact follows a path to its leaf.
func (n *node) exact(path string) (place, bool) {
	var at place
	rest, more := strings.CutPrefix(path, "/")
	var segment string
	for more {
		segment, rest, more = strings.Cut(rest, "/")
		if i, found := n.edge(segment); found {
			if at.id != 0 { // an id with a name after it was the parent's
				at.parentID, at.id = at.id, 0
			}
			n = n.edges[i].to
			continue
		}
		if n.name != nil && segment != "" {
			n, at.name = n.name, segment
			continue
		}
		if at.id = parseID(segment); at.id == 0 || n.id == nil {
			return place{}, false
		}
		n = n.id
	}
	at.leaf = n
	return at, n.resource != nil && !n.deep
}

// longest follows a path to the last tree on its way. In a path that is not clean, what is behind the tree could find
// another way, to where another permission is needed.
func (n *node) longest(path string) (place, bool) {
	var at place
	rest, more := strings.CutPrefix(path, "/")
	if n.deep {
		at = place{leaf: n, rest: path}
	}
	for more {
		var segment string
		segment, rest, more = strings.Cut(rest, "/")
		i, found := n.edge(segment)
		if !found {
			break
		}
		if n = n.edges[i].to; n.deep {
			at = place{leaf: n}
			if more {
				at.rest = path[len(path)-len(rest)-1:]
			}
		}
	}
	return at, at.leaf != nil && isClean(path)
}

func (n *node) request(method string) (Request, error) {
	switch method {
	case methodOptions:
		return Request{Method: methodOptions, AnyUser: true}, nil
	case methodHead:
		method = methodGet
	}
	for _, request := range n.requests {
		if request.Method == method {
			return request, nil
		}
	}
	switch method {
	case methodGet, methodPost, methodPut, methodDelete:
		return Request{}, &MethodError{Allow: n.allow()}
	}
	return Request{}, ErrNotImplemented
}

func (n *node) allow() []string {
	methods := []string{methodOptions}
	for _, request := range n.requests {
		methods = append(methods, request.Method)
		if request.Method == methodGet {
			methods = append(methods, methodHead)
		}
	}
	slices.Sort(methods)
	return methods
}
