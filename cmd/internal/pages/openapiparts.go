package pages

import (
	"strings"

	"latchkey/perms"
)

// The parts of an OpenAPI document that operations have in common, and which of them each has.

// reference is a part that stands among the components.
type reference struct {
	Ref string `json:"$ref"`
}

func parameterOf(name string) reference { return reference{"#/components/parameters/" + name} }

func responseOf(name string) reference { return reference{"#/components/responses/" + name} }

func schemaOf(name string) map[string]any {
	return map[string]any{"$ref": "#/components/schemas/" + name}
}

func kind(name string) map[string]any { return map[string]any{"type": name} }

// parameters are those of the path, then those of the query and the header.
func parameters(resource perms.Resource, request perms.Request) []any {
	var list []any
	path := pathTemplate(resource.RequestPath(request))
	for _, name := range []string{"parent_id", "id", "name"} {
		if strings.Contains(path, "{"+name+"}") {
			list = append(list, parameterOf(name))
		}
	}
	if own, known := panelOf(resource, request); known {
		return append(list, own.parameters...)
	}
	if resource.Backend != perms.Documents {
		return list
	}
	listed := request.Endpoint == perms.Collection && request.Method == "GET"
	if listed {
		list = append(list, parameterOf("page"), parameterOf("limit"), parameterOf("sort"))
	}
	if listed || request.Endpoint == perms.Count || request.Endpoint == perms.Collection && request.Method == "DELETE" {
		list = append(list, parameterOf("filters"))
	}
	if request.Method == "GET" {
		return append(list, ifNew...)
	}
	return append(list, ifSeen...)
}

// ifNew are the preconditions of documents that are read, and ifSeen of those that are changed.
var (
	ifNew  = []any{parameterOf("if_none_match"), parameterOf("if_modified_since")}
	ifSeen = []any{parameterOf("if_match"), parameterOf("if_unmodified_since")}
)

// requestBody is what a request type takes along, nil for nothing.
func requestBody(resource perms.Resource, request perms.Request) any {
	if own, known := panelOf(resource, request); known {
		return own.requestBody()
	}
	name := "optional"
	switch {
	case request.Method == "GET", request.Method == "DELETE" && request.Endpoint != perms.Tree:
		return nil
	case request.Endpoint == perms.Tree:
		name = "any"
	case request.Method == "POST" && request.Endpoint == perms.Collection:
		name = "object"
	}
	return reference{"#/components/requestBodies/" + name}
}

// responses are those of a request type: on success, and with errors.
func responses(resource perms.Resource, request perms.Request) map[string]any {
	all := map[string]any{"401": responseOf("unauthenticated"), "429": responseOf("too_many"), "default": responseOf("error")}
	if !request.AnyUser {
		all["403"] = responseOf("forbidden")
	}
	if request.Endpoint == perms.Item || request.Endpoint == perms.Named || strings.Contains(resource.Path, "{") {
		all["404"] = responseOf("not_found")
	}
	if request.Endpoint != perms.Tree {
		all["400"], all["406"] = responseOf("wrong"), responseOf("not_acceptable")
	}
	if request.Method != "GET" && (request.Endpoint == perms.Tree || request.Method != "DELETE") {
		all["413"] = responseOf("too_large")
		if request.Endpoint != perms.Tree {
			all["415"] = responseOf("unsupported")
		}
	}
	for _, parameter := range parameters(resource, request) {
		switch parameter {
		case parameterOf("if_none_match"):
			all["304"], all["412"] = responseOf("not_modified"), responseOf("changed")
		case parameterOf("if_match"):
			all["412"] = responseOf("changed")
		case parameterOf("limit"):
			all["413"] = responseOf("too_large")
		}
	}
	if own, known := panelOf(resource, request); known {
		own.addResponses(all, resource, request)
		return all
	}
	addSuccess(all, resource, request)
	return all
}

// addSuccess adds what is sent of documents, or by a service, when all is well.
func addSuccess(all map[string]any, resource perms.Resource, request perms.Request) {
	switch {
	case request.Endpoint == perms.Tree:
		all["2XX"] = responseOf("service")
	case request.Method == "POST":
		all["201"] = responseOf("created")
	case request.Method == "DELETE":
		all["204"] = responseOf("removed")
	case request.Endpoint == perms.Collection:
		all["200"], all["204"] = responseOf("list"), responseOf("empty")
	case request.Endpoint == perms.Count:
		all["200"] = responseOf("count")
		if resource.Name == "orders" && resource.Backend == perms.Documents {
			all["200"] = responseOf("count_of_orders")
		}
	case request.Endpoint == perms.Single:
		all["200"] = responseOf("single")
	default:
		all["200"] = responseOf("document")
	}
}
