package api

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"latchkey/cmd/internal/pages"
	"latchkey/cmd/serve/api/panel"
	"latchkey/perms"
)

// documentedParameter is a parameter in an OpenAPI document, or the reference to one.
type documentedParameter struct {
	Ref  string `json:"$ref"`
	Name string
	In   string
}

// TestOpenAPIHasEveryParameter: the document describes exactly the parameters that the control panel knows.
func TestOpenAPIHasEveryParameter(t *testing.T) {
	t.Parallel()
	text, err := pages.OpenAPI(perms.Store(), "")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Paths      map[string]map[string]struct{ Parameters []documentedParameter }
		Components struct {
			Parameters map[string]documentedParameter
		}
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	for of, own := range panel.Handlers {
		resource, _ := perms.Store().Resource(of.Resource)
		request := perms.Request{Method: of.Method, Endpoint: of.Endpoint}
		var got []string
		for _, one := range document.Paths[resource.RequestPath(request)][strings.ToLower(of.Method)].Parameters {
			if one.Ref != "" {
				one = document.Components.Parameters[strings.TrimPrefix(one.Ref, "#/components/parameters/")]
			}
			if one.In == "query" {
				got = append(got, one.Name)
			}
		}
		want := slices.Clone(own.Parameters)
		if _, filters := parameters(perms.Route{Resource: resource, Request: request}); filters {
			want = append(want, "filters")
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s %s of %s: the document has the parameters %v, and the server knows %v", of.Method, of.Endpoint, of.Resource, got, want)
		}
	}
}
