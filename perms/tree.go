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

const idSegment = "{id}"

// node is one place in the tree of path segments. Only a leaf, where some path ends, has a resource.
type node struct {
	edges    []edge // sorted by segment
	id       *node  // what follows where an id stands
	resource *Resource
	requests []Request
}

type edge struct {
	segment string
	to      *node
}

func (n *node) edge(segment string) (position int, found bool) {
	return slices.BinarySearchFunc(n.edges, segment, func(e edge, segment string) int {
		return strings.Compare(e.segment, segment)
	})
}

// add enters every path of a resource.
func (n *node) add(resource *Resource) {
	n.addPath(resource, resource.Path, resource.Requests)
	for _, alias := range resource.Aliases {
		requests := resource.Requests
		if resource.Parent != "" && !strings.Contains(alias, idSegment) {
			requests = slices.DeleteFunc(slices.Clone(requests), needsParent)
		}
		n.addPath(resource, alias, requests)
	}
}

// needsParent reports whether a request makes no sense over the documents of all parents.
func needsParent(request Request) bool {
	return request.Endpoint == Item || request.Method != methodGet
}

func (n *node) addPath(resource *Resource, path string, requests []Request) {
	for _, request := range requests {
		full := path
		switch request.Endpoint {
		case Item:
			full += "/" + idSegment
		case Count:
			full += "/count"
		case Collection, Single:
		}
		leaf := n.at(full)
		leaf.resource = resource
		leaf.requests = append(leaf.requests, request)
	}
}

// at finds the node of a path written with {id}, making what is missing.
func (n *node) at(path string) *node {
	for segment := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		n = n.child(segment)
	}
	return n
}

func (n *node) child(segment string) *node {
	if segment == idSegment {
		if n.id == nil {
			n.id = new(node)
		}
		return n.id
	}
	i, found := n.edge(segment)
	if !found {
		n.edges = slices.Insert(n.edges, i, edge{segment, new(node)})
	}
	return n.edges[i].to
}

// find follows a path to its leaf, nil if there is none.
func (n *node) find(path string) (leaf *node, parentID, id int64) {
	rest, more := strings.CutPrefix(path, "/")
	var segment string
	for more {
		segment, rest, more = strings.Cut(rest, "/")
		if i, found := n.edge(segment); found {
			if id != 0 { // an id with a name after it was the parent's
				parentID, id = id, 0
			}
			n = n.edges[i].to
			continue
		}
		if id = parseID(segment); id == 0 || n.id == nil {
			return nil, 0, 0
		}
		n = n.id
	}
	if n.resource == nil {
		return nil, 0, 0
	}
	return n, parentID, id
}

func (n *node) request(method string) (Request, error) {
	switch method {
	case methodOptions:
		return Request{Method: methodOptions, AnyUser: true}, nil
	case methodHead:
		method = methodGet
	case methodGet, methodPost, methodPut, methodDelete:
	default:
		return Request{}, ErrNotImplemented
	}
	for _, request := range n.requests {
		if request.Method == method {
			return request, nil
		}
	}
	return Request{}, &MethodError{Allow: n.allow()}
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
