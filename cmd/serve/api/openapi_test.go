package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"latchkey/db/data"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms"
)

// described is the OpenAPI document that a server shows, and a compiler for the schemas in it.
type described struct {
	document map[string]any
	compiler *jsonschema.Compiler
}

func describedBy(t *testing.T, w *world) *described {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(w.request(t, "admin", "GET", "/docs/openapi.json", "").body))
	must(t, err)
	document, isObject := value.(map[string]any)
	if !isObject {
		t.Fatal("the document is no object")
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	must(t, compiler.AddResource("openapi.json", value))
	return &described{document, compiler}
}

// at finds a value in the document, following references, and the pointer to it; nil: there is none.
func (d *described) at(place ...string) (found any, pointer string) {
	found = d.document
	for _, name := range place {
		object, _ := found.(map[string]any)
		if reference, isReference := object["$ref"].(string); isReference {
			found, pointer = d.at(strings.Split(strings.TrimPrefix(reference, "#/"), "/")...)
			object, _ = found.(map[string]any)
		}
		found = object[name]
		pointer += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
	}
	if object, _ := found.(map[string]any); object["$ref"] != nil && !strings.HasPrefix(fmt.Sprint(object["$ref"]), "#/components/schemas/") {
		reference, _ := object["$ref"].(string)
		return d.at(strings.Split(strings.TrimPrefix(reference, "#/"), "/")...)
	}
	return found, pointer
}

// check compares a response with the description of the request.
func (d *described) check(t *testing.T, name, path, method string, got reply) {
	t.Helper()
	status := fmt.Sprint(got.status)
	if described, _ := d.at("paths", path, strings.ToLower(method), "responses", status); described == nil {
		t.Errorf("%s: got %s %s, which the document does not have", name, status, got.body)
		return
	}
	schema, pointer := d.at("paths", path, strings.ToLower(method), "responses", status, "content", "application/json", "schema")
	if (schema == nil) != (got.body == "") {
		t.Errorf("%s: got %s %q, and the document has the schema %v", name, status, got.body, schema)
	}
	if schema == nil || got.body == "" {
		return
	}
	compiled, err := d.compiler.Compile("openapi.json#" + pointer)
	must(t, err)
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(got.body))
	must(t, err)
	if err := compiled.Validate(value); err != nil {
		t.Errorf("%s: %s %s is not as described: %v", name, status, got.body, err)
	}
	if list, isList := value.([]any); isList {
		value = list[0]
	}
	known, object := d.fields(schema), map[string]any{}
	if answered, isObject := value.(map[string]any); isObject {
		object = answered
	}
	for field := range object {
		if known != nil && known[field] == nil { // which a schema lets pass
			t.Errorf("%s: %s has the field %q, which the document does not have", name, got.body, field)
		}
	}
	for _, field := range []string{"ETag", "Location"} {
		named, _ := d.at("paths", path, strings.ToLower(method), "responses", status, "headers", field)
		if (named != nil) != (got.header.Get(field) != "") {
			t.Errorf("%s: got %s with %s %q, and the document says of it %v", name, status, field, got.header.Get(field), named)
		}
	}
}

// fields are the fields of an object, or of each object of a list; nil: any are allowed.
func (d *described) fields(schema any) map[string]any {
	object, _ := schema.(map[string]any)
	if reference, named := object["$ref"].(string); named {
		schema, _ = d.at(strings.Split(strings.TrimPrefix(reference, "#/"), "/")...)
		return d.fields(schema)
	}
	if object["items"] != nil {
		return d.fields(object["items"])
	}
	if object["additionalProperties"] == true {
		return nil
	}
	fields, _ := object["properties"].(map[string]any)
	return fields
}

// TestOpenAPIDescribesThePanel: responses of the control panel, errors included, match the document.
func TestOpenAPIDescribesThePanel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addRoles(t, "clerk", "spare")
	w.saveEdit(t, model.KindUser, edits.Assign("clerk"), "off")
	must(t, w.data.AppendRequestLogs(t.Context(), []data.RequestLog{{Time: now, Method: "GET", Status: 401}}, 9))
	document := describedBy(t, w)
	w.request(t, "admin", "PUT", "/api/v2/users/idle", `{"note":"staged"}`)
	for _, saved := range []bool{false, true} { // refusals first: what is saved changes who is there
		for _, name := range slices.Sorted(maps.Keys(panelSteps)) {
			checkDescribed(t, w, document, name, saved)
		}
	}
}

// checkDescribed makes the requests of a step and compares the responses with the document.
func checkDescribed(t *testing.T, w *world, document *described, name string, saved bool) {
	t.Helper()
	step := panelSteps[name]
	parts := strings.Fields(name)
	resource, _ := perms.Store().Resource(parts[0])
	method, path := parts[2], resource.RequestPath(perms.Request{Endpoint: perms.Endpoint(parts[1])})
	at, mark := perms.BasePath+"/"+step.path, "?"
	if strings.Contains(at, "?") {
		mark = "&"
	}
	check := func(what, persona, at string, header ...string) {
		t.Helper()
		got := w.request(t, persona, method, at, step.body, header...)
		if (got.status == 401) != (persona == "nobody") {
			t.Fatalf("%s %s: got %d", name, what, got.status)
		}
		document.check(t, name+" "+what, path, method, got)
	}
	if !saved {
		check("with an unknown parameter", "admin", at+mark+"nonsense=1")
		check("without credentials", "nobody", at)
		check("without permission", "idle", at)
		if changed, _ := document.at("paths", path, strings.ToLower(method), "responses", "412"); changed != nil {
			check("as seen", "admin", at, `If-Match: "never"`)
		}
		check("as it is", "admin", at)
		return
	}
	if method != "GET" && !slices.Contains([]string{"store", "token"}, parts[0]) && !strings.HasPrefix(parts[0], "draft") {
		check("saved", "admin", at+mark+"save=true&draft=other")
		check("saved again", "admin", at+mark+"save=true&draft=other")
	}
}

// TestOpenAPIDescribesBodies: the control panel reads exactly those fields of a body that the document describes.
func TestOpenAPIDescribesBodies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addRoles(t, "clerk", "spare")
	document := describedBy(t, w)
	bodies := 0
	for name, step := range panelSteps {
		parts := strings.Fields(name)
		resource, _ := perms.Store().Resource(parts[0])
		path := resource.RequestPath(perms.Request{Endpoint: perms.Endpoint(parts[1])})
		schema, pointer := document.at("paths", path, strings.ToLower(parts[2]), "requestBody", "content", "application/json", "schema")
		known := document.fields(schema)
		if schema == nil && step.body != "" {
			t.Errorf("%s: the document has no body", name)
		}
		if known == nil {
			continue
		}
		bodies++
		sent := map[string]any{"zzz": 1} // the last by name of those that are not known is not reported
		for field, one := range known {
			sent[field] = sample(one)
		}
		text, err := json.Marshal(sent)
		must(t, err)
		got := w.request(t, "admin", parts[2], perms.BasePath+"/"+step.path, string(text))
		if got.status != 400 || !strings.Contains(got.body, `"details":{"field":"zzz","reason":"it is not known here"}`) {
			t.Errorf("%s with %s: got %d %s, want all fields to be known but zzz", name, text, got.status, got.body)
		}
		compiled, err := document.compiler.Compile("openapi.json#" + pointer)
		must(t, err)
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
		must(t, err)
		if compiled.Validate(value) == nil {
			t.Errorf("%s: the document lets any field pass", name)
		}
		if step.body != "" {
			value, err = jsonschema.UnmarshalJSON(strings.NewReader(step.body))
			must(t, err)
			if err := compiled.Validate(value); err != nil {
				t.Errorf("%s: %s is read, and the document forbids it: %v", name, step.body, err)
			}
		}
	}
	if bodies < 12 {
		t.Errorf("only %d bodies are described", bodies)
	}
}

// sample returns a value that a schema allows.
func sample(schema any) any {
	object, _ := schema.(map[string]any)
	if choices, isChoice := object["anyOf"].([]any); isChoice {
		return sample(choices[0])
	}
	if values, isEnum := object["enum"].([]any); isEnum {
		return values[0]
	}
	kind := object["type"]
	if kinds, several := kind.([]any); several {
		kind = kinds[0]
	}
	return map[string]any{"string": "x", "array": []any{}, "object": map[string]any{}}[fmt.Sprint(kind)]
}

// TestOpenAPIDescribesDocuments: responses with documents match the document.
func TestOpenAPIDescribesDocuments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	document := describedBy(t, w)
	tag := w.request(t, "admin", "GET", "/api/v2/orders/1", "").header.Get("ETag")
	for _, test := range []struct {
		template, method, at, body, header string
		status                             int
	}{
		{"orders", "GET", "orders", "", "", 200},
		{"orders", "GET", "orders?page=9", "", "", 204},
		{"orders", "GET", "orders?min_id=x", "", "", 400},
		{"orders", "POST", "orders", `{"note":"new"}`, "", 201},
		{"orders/count", "GET", "orders/count", "", "", 200},
		{"orders/{id}", "GET", "orders/1", "", "", 200},
		{"orders/{id}", "GET", "orders/1", "", "If-None-Match: " + tag, 304},
		{"orders/{id}", "GET", "orders/999", "", "", 404},
		{"orders/{id}", "PUT", "orders/1", `{"note":"new"}`, `If-Match: "never"`, 412},
		{"orders/{id}", "PUT", "orders/1", `{"note":"new"}`, "If-Match: " + tag, 200},
		{"orders/{id}", "DELETE", "orders/1", "", "", 204},
		{"orders", "DELETE", "orders", "", "", 204},
		{"store", "PUT", "store", `{"name":"shop"}`, "", 200},
		{"store", "PUT", "store", `{"name":"shop"}`, `If-Match: "never"`, 412},
	} {
		var header []string
		if test.header != "" {
			header = []string{test.header}
		}
		got := w.request(t, "admin", test.method, perms.BasePath+"/"+test.at, test.body, header...)
		if got.status != test.status {
			t.Errorf("%s %s: got %d %s, want %d", test.method, test.at, got.status, got.body, test.status)
		}
		document.check(t, test.method+" "+test.at, perms.BasePath+"/"+test.template, test.method, got)
	}
}
