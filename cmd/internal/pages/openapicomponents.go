package pages

import (
	"maps"
	"reflect"
)

// components are what operations refer to.
func components() any {
	return map[string]any{
		"securitySchemes": map[string]any{"basic": map[string]any{"type": "http", "scheme": "basic", "description": "username and token"},
			"bearer": map[string]any{"type": "http", "scheme": "bearer", "description": "the token alone"}},
		"parameters": parameterParts(),
		"headers":    headerParts(),
		"responses":  responseParts(),
		"requestBodies": map[string]any{
			"object":   map[string]any{"required": true, "content": inBothFormats(schemaOf("Object"))},
			"optional": map[string]any{"content": inBothFormats(schemaOf("Object"))},
			"any":      map[string]any{"content": anything()},
		},
		"schemas": schemaParts(),
	}
}

func schemaParts() map[string]any {
	set := map[string]any{"type": "string", "readOnly": true, "description": "RFC 2822"}
	parts := schemas{
		"Object": map[string]any{"type": "object", "additionalProperties": true},
		"Document": map[string]any{"type": "object", "required": []string{"id", "date_created", "date_modified"}, "additionalProperties": true,
			"properties": map[string]any{"id": map[string]any{"type": "integer", "format": "int64", "minimum": 1, "readOnly": true}, "date_created": set, "date_modified": set}},
		"OrdersCount": map[string]any{"type": "object", "required": []string{"count", "statuses"}, "properties": map[string]any{
			"count": map[string]any{"type": "integer", "format": "int64", "minimum": 0},
			"statuses": map[string]any{"type": []string{"array", "null"}, "description": "null: it takes too long to count them",
				"items": map[string]any{"type": "object", "required": []string{"id", "count"}, "additionalProperties": true, "properties": map[string]any{
					"id": map[string]any{"type": "integer", "format": "int64"}, "count": map[string]any{"type": "integer", "format": "int64", "minimum": 0}}}}}},
		"Errors": map[string]any{"type": "array", "minItems": 1, "items": schemaOf("Error")},
		"Error": map[string]any{"type": "object", "required": []string{"status", "message"}, "properties": map[string]any{
			"status": kind("integer"), "message": kind("string"),
			"details": map[string]any{"type": "object", "additionalProperties": kind("string")}}},
	}
	for _, one := range panelRequests {
		if one.answer != nil {
			parts.of(reflect.TypeOf(one.answer))
		}
	}
	maps.Copy(parts, bodies())
	return parts
}

func inPath(name, description string, schema map[string]any) map[string]any {
	return map[string]any{"name": name, "in": "path", "required": true, "description": description, "schema": schema}
}

func inQuery(name, description string, schema map[string]any) map[string]any {
	return map[string]any{"name": name, "in": "query", "description": description, "schema": schema}
}

func inHeader(name, description string) map[string]any {
	return map[string]any{"name": name, "in": "header", "description": description, "schema": inHead()}
}

// required is a parameter that a request must have.
func required(parameter map[string]any) map[string]any {
	parameter["required"] = true
	return parameter
}

func parameterParts() map[string]any {
	number := map[string]any{"type": "integer", "format": "int64", "minimum": 1}
	filters := inQuery("filters", "fields that have to be equal; min_ and max_ before id, numbers and dates for ranges",
		map[string]any{"type": "object", "additionalProperties": inHead(), "maxProperties": maxFilters})
	filters["style"], filters["explode"] = "form", true
	flag := map[string]any{"type": "boolean", "default": false}
	return map[string]any{
		"id":        inPath("id", "which one", number),
		"parent_id": inPath("parent_id", "of the one that it belongs to", number),
		"name":      inPath("name", "which one", userName()),
		"below":     inPath("below", "the rest of the path; it may have slashes", inHead()),
		"page":      inQuery("page", "counts from 1; a page beyond the last is a 204", map[string]any{"type": "integer", "minimum": 1, "default": 1}),
		"limit":     inQuery("limit", "how many there are on a page", map[string]any{"type": "integer", "minimum": 1, "maximum": 250, "default": 50}),
		"sort":      inQuery("sort", "a field, then :asc or :desc; several with commas between them", inHead()),
		"filters":   filters,

		"draft":   inQuery("draft", "the name of the caller's draft; left out: the one without a name", note()),
		"staged":  inQuery("staged", "show what a save of the caller's draft would make live", flag),
		"save":    inQuery("save", "save this edit at once, and nothing else", flag),
		"confirm": inQuery("confirm", "with save=true: the word that the 409 of the same request asks for in details.confirm", inHead()),
		"message": inQuery("message", "with save: what the log keeps of it", note()),

		"if_match":            inHeader("If-Match", "an ETag: change nothing that is not as it was seen (412)"),
		"if_unmodified_since": inHeader("If-Unmodified-Since", "a date: change nothing that has changed since (412)"),
		"if_none_match":       inHeader("If-None-Match", "an ETag: send nothing that is as it was seen (304)"),
		"if_modified_since":   inHeader("If-Modified-Since", "a date: send nothing that has not changed since (304)"),
	}
}

func headerParts() map[string]any {
	part := func(description string) map[string]any {
		return map[string]any{"description": description, "schema": kind("string")}
	}
	return map[string]any{
		"ETag":             part("of this state: for If-Match and If-None-Match"),
		"Last-Modified":    part("when it was last changed"),
		"Location":         part("the path of what was added"),
		"Retry-After":      part("in how many seconds to try again"),
		"WWW-Authenticate": part("Basic, with the realm"),
	}
}

func headerOf(name string) reference { return reference{"#/components/headers/" + name} }

// headers are those with these names.
func headers(names ...string) map[string]any {
	made := map[string]any{}
	for _, name := range names {
		made[name] = headerOf(name)
	}
	return made
}

// response is a part that describes a response; content and headers may be nil.
func response(description string, content, headers map[string]any) map[string]any {
	made := map[string]any{"description": description}
	if content != nil {
		made["content"] = content
	}
	if len(headers) > 0 {
		made["headers"] = headers
	}
	return made
}

func responseParts() map[string]any {
	failure := func(description string, names ...string) map[string]any {
		return response(description, inBothFormats(schemaOf("Errors")), headers(names...))
	}
	state := headers("ETag", "Last-Modified")
	document := inBothFormats(schemaOf("Document"))
	return map[string]any{
		"not_acceptable":  failure("no type that Accept allows is served: it is JSON or XML"),
		"too_large":       failure("the body, the document, the page or the limit is too large"),
		"unsupported":     failure("the body has a Content-Type, a charset or a Content-Encoding that is not read"),
		"wrong":           failure("a parameter or a field is wrong or not known; the details name it"),
		"unauthenticated": failure("there are no valid credentials", "WWW-Authenticate"),
		"forbidden":       failure("the permission is missing; the details name it"),
		"not_found":       failure("there is nothing of this id or name"),
		"conflict":        failure("the state does not allow it, or somebody else was faster; the details say who changed what"),
		"changed":         failure("it is not as the precondition asks for: nothing was changed"),
		"too_many":        failure("too many requests", "Retry-After"),
		"error":           failure("the request cannot be answered; the status says why"),
		"document":        response("what is there", document, state),
		"single":          response("what is there", inBothFormats(schemaOf("Object")), state),
		"created":         response("what was added", document, headers("ETag", "Last-Modified", "Location")),
		"list":            response("a page of the list", inBothFormats(map[string]any{"type": "array", "items": schemaOf("Document")}), state),
		"count":           response("how many there are", inBothFormats(schemaOf("Count")), state),
		"count_of_orders": response("how many there are, in all and of each status", inBothFormats(schemaOf("OrdersCount")), state),
		"not_modified":    response("it is as it was seen", nil, state),
		"empty":           response("there is nothing to show", nil, nil),
		"removed":         response("removed", nil, nil),
		"service":         response("what the service answers", anything(), nil),
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
