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

// parameters are those of the path, then those of the query.
func parameters(resource perms.Resource, request perms.Request) []reference {
	var list []reference
	path := pathTemplate(resource.RequestPath(request))
	for _, name := range []string{"parent_id", "id", "name"} {
		if strings.Contains(path, "{"+name+"}") {
			list = append(list, parameterOf(name))
		}
	}
	listed := request.Endpoint == perms.Collection && request.Method == "GET"
	if listed {
		list = append(list, parameterOf("page"), parameterOf("limit"))
	}
	filtered := listed || request.Endpoint == perms.Count || request.Endpoint == perms.Collection && request.Method == "DELETE"
	if filtered && resource.Backend == perms.Documents {
		list = append(list, parameterOf("filters"))
	}
	if listed && resource.Backend == perms.Documents {
		list = append(list, parameterOf("sort"))
	}
	if resource.Backend == perms.System {
		list = append(list, parameterOf("options"))
	}
	return list
}

// body is what a request type takes along, nil for nothing.
func body(request perms.Request) *reference {
	name := "optional"
	switch {
	case request.Method == "GET", request.Method == "DELETE" && request.Endpoint != perms.Tree:
		return nil
	case request.Endpoint == perms.Tree:
		name = "any"
	case request.Method == "POST" && request.Endpoint == perms.Collection:
		name = "object"
	}
	return &reference{"#/components/requestBodies/" + name}
}

// responses are the answers of a request type: those that are right, and those to be ready for.
func responses(resource perms.Resource, request perms.Request) map[string]reference {
	all := map[string]reference{"401": responseOf("unauthenticated"), "default": responseOf("error")}
	if !request.AnyUser {
		all["403"] = responseOf("forbidden")
	}
	if request.Endpoint == perms.Item || request.Endpoint == perms.Named || strings.Contains(resource.Path, "{") {
		all["404"] = responseOf("not_found")
	}
	switch {
	case request.Endpoint == perms.Tree:
		all["2XX"] = responseOf("service")
	case resource.Backend == perms.System && request.Method != "GET":
		all["2XX"] = responseOf("done")
	case request.Method == "POST":
		all["201"] = responseOf("created")
	case request.Method == "DELETE":
		all["204"] = responseOf("removed")
	case request.Endpoint == perms.Collection:
		all["200"], all["204"] = responseOf("list"), responseOf("empty")
	case request.Endpoint == perms.Count:
		all["200"] = responseOf("count")
	default:
		all["200"] = responseOf("object")
	}
	return all
}

// components are what operations refer to.
func components() any {
	return map[string]any{
		"securitySchemes": map[string]any{"basic": map[string]any{"type": "http", "scheme": "basic", "description": "username and token"}},
		"parameters":      parameterParts(),
		"responses":       responseParts(),
		"requestBodies": map[string]any{
			"object":   map[string]any{"required": true, "content": inBothFormats(schemaOf("Object"))},
			"optional": map[string]any{"content": inBothFormats(schemaOf("Object"))},
			"any":      map[string]any{"content": anything()},
		},
		"schemas": map[string]any{
			"Object": map[string]any{"type": "object", "additionalProperties": true},
			"Count":  map[string]any{"type": "object", "required": []string{"count"}, "properties": map[string]any{"count": kind("integer")}},
			"Errors": map[string]any{"type": "array", "minItems": 1, "items": schemaOf("Error")},
			"Error": map[string]any{"type": "object", "required": []string{"status", "message"}, "properties": map[string]any{
				"status": kind("integer"), "message": kind("string"),
				"details": map[string]any{"type": "object", "additionalProperties": kind("string")}}},
		},
	}
}

func parameterParts() map[string]any {
	number := map[string]any{"type": "integer", "format": "int64", "minimum": 1}
	inPath := func(name, description string, schema map[string]any) map[string]any {
		return map[string]any{"name": name, "in": "path", "required": true, "description": description, "schema": schema}
	}
	inQuery := func(name, description string, schema map[string]any) map[string]any {
		return map[string]any{"name": name, "in": "query", "description": description, "schema": schema}
	}
	names := func(name, description string) map[string]any {
		made := inQuery(name, description, map[string]any{"type": "object", "additionalProperties": kind("string")})
		made["style"], made["explode"] = "form", true
		return made
	}
	return map[string]any{
		"id":        inPath("id", "which one", number),
		"parent_id": inPath("parent_id", "of the one that it belongs to", number),
		"name":      inPath("name", "which one", kind("string")),
		"below":     inPath("below", "the rest of the path; it may have slashes", kind("string")),
		"page":      inQuery("page", "counts from 1", map[string]any{"type": "integer", "minimum": 1, "default": 1}),
		"limit":     inQuery("limit", "documents of a page", map[string]any{"type": "integer", "minimum": 1, "maximum": 250, "default": 50}),
		"sort":      inQuery("sort", "a field, then :asc or :desc", kind("string")),
		"filters":   names("filters", "fields that have to be equal; min_ and max_ before id, numbers and dates for ranges"),
		"options":   names("options", "what the control panel knows, such as save, message and draft of an edit"),
	}
}

func responseParts() map[string]any {
	part := func(description string, content map[string]any) map[string]any {
		made := map[string]any{"description": description}
		if content != nil {
			made["content"] = content
		}
		return made
	}
	failure := func(description string) map[string]any { return part(description, inBothFormats(schemaOf("Errors"))) }
	return map[string]any{
		"unauthenticated": failure("there are no valid credentials"),
		"forbidden":       failure("the permission is missing"),
		"not_found":       failure("there is nothing of this id or name"),
		"error":           failure("the request cannot be answered; the status says why"),
		"object":          part("what is there", inBothFormats(schemaOf("Object"))),
		"created":         part("what was added", inBothFormats(schemaOf("Object"))),
		"done":            part("what has come of it", inBothFormats(schemaOf("Object"))),
		"list":            part("a page of the list", inBothFormats(map[string]any{"type": "array", "items": schemaOf("Object")})),
		"count":           part("how many there are", inBothFormats(schemaOf("Count"))),
		"empty":           part("there is nothing on this page", nil),
		"removed":         part("removed", nil),
		"service":         part("what the service answers", anything()),
	}
}

// inBothFormats is a content that is JSON or XML.
func inBothFormats(schema map[string]any) map[string]any {
	return map[string]any{"application/json": map[string]any{"schema": schema}, "application/xml": map[string]any{"schema": schema}}
}

// anything is a content of which only another service knows what it is.
func anything() map[string]any {
	return map[string]any{"*/*": map[string]any{"schema": map[string]any{}}}
}
