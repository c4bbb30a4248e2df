package pages_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi/datamodel"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"latchkey/cmd/internal/pages"
	"latchkey/perms"
)

// specification is the schema that the OpenAPI Initiative publishes for documents of version 3.1, compiled by a validator
// of JSON Schema.
func specification(t *testing.T) *jsonschema.Schema {
	t.Helper()
	const name = "https://spec.openapis.org/oas/3.1/schema/2022-10-07"
	text, err := jsonschema.UnmarshalJSON(strings.NewReader(datamodel.OpenAPI31SchemaData))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(name, text); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// Each fault is one that a generator could make.
func TestOpenAPIIsValid(t *testing.T) {
	t.Parallel()
	schema := specification(t)
	validate := func(document string) error {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(document))
		if err != nil {
			return err
		}
		return schema.Validate(value)
	}
	document := string(openAPI(t, busy(t), "a.example"))
	if err := validate(document); err != nil {
		t.Error(err)
	}
	for _, fault := range [][2]string{
		{`"openapi": "3.1.1"`, `"openapi": "3.0.1"`}, {`"title": "latchkey"`, `"titel": "latchkey"`}, {`"in": "path"`, `"in": "paths"`},
		{`"type": "http"`, `"type": "basic"`}, {`"required": true`, `"required": "yes"`}, {`"/api/v2/orders":`, `"api/v2/orders":`},
		{`"description": "removed"`, `"text": "removed"`}, {`"operationId"`, `"operation_id"`}, {`"401":`, `"forty":`},
		{`"security": [`, `"security": {"a":[`}, {`"style": "form"`, `"style": "matrix"`},
	} {
		broken := strings.Replace(document, fault[0], fault[1], 1)
		if broken == document {
			t.Errorf("%s is not in the document", fault[0])
		} else if validate(broken) == nil {
			t.Errorf("nobody complained about %s", fault[1])
		}
	}
}

// What the published schema leaves open: each schema in the document is one, and each reference leads somewhere.
func TestOpenAPIParts(t *testing.T) {
	t.Parallel()
	document := openAPI(t, busy(t), "")
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(document)))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	if err := compiler.AddResource("openapi.json", value); err != nil {
		t.Fatal(err)
	}
	var known struct {
		Components map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(document, &known); err != nil {
		t.Fatal(err)
	}
	for name := range known.Components["schemas"] {
		if _, err := compiler.Compile("openapi.json#/components/schemas/" + name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	used := map[string]bool{}
	for _, match := range regexp.MustCompile(`"\$ref": "#/components/([^/"]+)/([^/"]+)"`).FindAllStringSubmatch(string(document), -1) {
		used[match[1]+" "+match[2]] = true
		if known.Components[match[1]][match[2]] == nil {
			t.Errorf("%s leads nowhere", match[0])
		}
	}
	for part, all := range known.Components {
		for name := range all {
			if !used[part+" "+name] && part != "securitySchemes" {
				t.Errorf("nothing refers to %s %s", part, name)
			}
		}
	}
	errors, err := compiler.Compile("openapi.json#/components/schemas/Errors")
	if err != nil {
		t.Fatal(err)
	}
	for body, want := range map[string]bool{`[{"status":403,"message":"no","details":{"permission":"orders:view"}}]`: true, `[]`: false, `{}`: false, `[{"status":"403"}]`: false} {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if got := errors.Validate(value) == nil; got != want {
			t.Errorf("%s: got valid %v, want %v", body, got, want)
		}
	}
}

func openAPI(t *testing.T, catalogue *perms.Catalogue, host string) []byte {
	t.Helper()
	document, err := pages.OpenAPI(catalogue, host)
	if err != nil {
		t.Fatal(err)
	}
	return document
}

type documentedOperation struct {
	OperationID string   `json:"operationId"`
	Permission  string   `json:"x-permission"`
	Tags        []string `json:"tags"`
	Parameters  []struct {
		Ref string `json:"$ref"`
	}
	Responses map[string]any
}

// The document has every path and method that the catalogue answers, and nothing else, each with the permission that
// Route finds.
func TestOpenAPISaysWhatRouteDoes(t *testing.T) {
	t.Parallel()
	catalogue := busy(t)
	for _, host := range []string{"", "a.example", "b.example", "c.example"} {
		var document struct {
			Paths map[string]map[string]documentedOperation
		}
		if err := json.Unmarshal(openAPI(t, catalogue, host), &document); err != nil {
			t.Fatal(err)
		}
		ids := map[string]bool{}
		for path, operations := range document.Paths {
			asked := strings.NewReplacer("{parent_id}", "7", "{id}", "9", "{name}", "ci", "{below}", "x/y").Replace(path)
			methods := []string{"OPTIONS"}
			for method, operation := range operations {
				method = strings.ToUpper(method)
				methods = append(methods, method)
				if method == "GET" {
					methods = append(methods, "HEAD")
				}
				route, err := catalogue.Route(method, host, asked)
				if err != nil {
					t.Errorf("%s %s%s: %v", method, host, path, err)
				}
				checkOperation(t, method+" "+host+path, operation, route)
				if ids[operation.OperationID] || operation.OperationID == "" {
					t.Errorf("%s %s: the id %q is not its own", method, path, operation.OperationID)
				}
				ids[operation.OperationID] = true
			}
			slices.Sort(methods)
			if allowed := catalogue.Allow(host, asked); !slices.Equal(allowed, methods) {
				t.Errorf("%s%s: got %v, want %v", host, path, methods, allowed)
			}
		}
		for _, resource := range catalogue.Resources() {
			for _, request := range resource.Requests {
				path := strings.Replace(resource.RequestPath(request), "{id}/", "{parent_id}/", 1)
				if (resource.Host == "" || resource.Host == host) && document.Paths[path] == nil {
					t.Errorf("%s%s is missing", host, path)
				}
			}
		}
	}
}

func checkOperation(t *testing.T, what string, operation documentedOperation, route perms.Route) {
	t.Helper()
	needed := route.Request.Permission.String()
	if route.Request.AnyUser {
		needed = ""
	}
	if needed != operation.Permission || !slices.Equal(operation.Tags, []string{route.Resource.Name}) {
		t.Errorf("%s: got %+v, documented %+v", what, route, operation)
	}
	if operation.Responses["401"] == nil || operation.Responses["default"] == nil || (operation.Responses["403"] == nil) != route.Request.AnyUser {
		t.Errorf("%s: got responses %v", what, operation.Responses)
	}
	var inPath, declared []string
	for _, match := range regexp.MustCompile(`\{([a-z_]+)\}`).FindAllStringSubmatch(what, -1) {
		inPath = append(inPath, match[1])
	}
	for _, parameter := range operation.Parameters {
		name := strings.TrimPrefix(parameter.Ref, "#/components/parameters/")
		if slices.Contains([]string{"id", "parent_id", "name", "below"}, name) {
			declared = append(declared, name)
		}
	}
	slices.Sort(inPath)
	slices.Sort(declared)
	if !slices.Equal(inPath, declared) || len(slices.Compact(inPath)) != len(declared) {
		t.Errorf("%s: got parameters %v", what, declared)
	}
}
