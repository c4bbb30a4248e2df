package pages

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"latchkey/perms"
)

// openAPI is a document as OpenAPI 3.1 has it (https://spec.openapis.org/oas/v3.1.1), as far as we have something to say.
type openAPI struct {
	OpenAPI    string                           `json:"openapi"`
	Info       apiInfo                          `json:"info"`
	Servers    []apiServer                      `json:"servers"`
	Security   []map[string][]string            `json:"security"`
	Tags       []apiTag                         `json:"tags"`
	Paths      map[string]map[string]*operation `json:"paths"`
	Components any                              `json:"components"`
}

type apiInfo struct {
	Title       string `json:"title"`
	Version     string `json:"version"`
	Description string `json:"description"`
}

type apiServer struct {
	URL         string `json:"url"`
	Description string `json:"description"`
}

type apiTag struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

type operation struct {
	OperationID string                `json:"operationId"`
	Summary     string                `json:"summary"`
	Description string                `json:"description"`
	Tags        []string              `json:"tags"`
	Deprecated  bool                  `json:"deprecated,omitempty"`
	Permission  string                `json:"x-permission,omitempty"`
	Family      bool                  `json:"x-stores-api-v2,omitempty"`
	Security    []map[string][]string `json:"security,omitempty"` // nil: that of the document
	Parameters  []any                 `json:"parameters,omitempty"`
	RequestBody any                   `json:"requestBody,omitempty"`
	Responses   map[string]any        `json:"responses"`
}

// OpenAPI writes what a client of a host sees, as an OpenAPI 3.1 document in JSON: the resources of this host, and those
// of any host where they have not taken the path. host is as in [perms.Resource]; "": those of any host alone. Other
// paths of a resource are marked as deprecated.
func OpenAPI(catalogue *perms.Catalogue, host string) ([]byte, error) {
	document := openAPI{
		OpenAPI: "3.1.1",
		Info: apiInfo{Title: "latchkey", Version: "2",
			Description: "What this server answers to whoever has a username, a token and the permission named in x-permission. Clients of the Stores API V2 know what is marked with x-stores-api-v2."},
		Servers:    []apiServer{{URL: "/", Description: "the server that this document comes from"}},
		Security:   []map[string][]string{{"basic": {}}, {"bearer": {}}},
		Paths:      map[string]map[string]*operation{},
		Components: components(),
	}
	for _, of := range slices.Compact([]string{host, ""}) { // the first to take a path keeps it
		taken := make(map[string]bool, len(document.Paths))
		for path := range document.Paths {
			taken[path] = true
		}
		for _, resource := range catalogue.Resources() {
			if resource.Host == of {
				document.add(resource, taken)
			}
		}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	err := encoder.Encode(document)
	return out.Bytes(), err
}

// add enters all request types of a resource at all its paths, but for those that are taken.
func (d *openAPI) add(resource perms.Resource, taken map[string]bool) {
	d.Tags = append(d.Tags, apiTag{Name: resource.Name, Description: resource.Title})
	for i, path := range append([]string{resource.Path}, resource.Aliases...) {
		allParents := resource.Parent != "" && !strings.Contains(path, "{id}")
		at := resource
		at.Path = path
		for _, request := range resource.Requests {
			if allParents && request.NeedsParent() {
				continue
			}
			made := describe(at, request)
			made.Family = resource.InFamily(request)
			if i > 0 {
				made.Deprecated = true
				made.OperationID += "_" + strconv.Itoa(i)
			}
			d.place(at, request, made, taken)
		}
	}
}

// place enters an operation. There is no pattern for all that is below a path: one parameter stands for it.
func (d *openAPI) place(resource perms.Resource, request perms.Request, made *operation, taken map[string]bool) {
	path := pathTemplate(resource.RequestPath(request))
	d.set(path, request.Method, made, taken)
	if request.Endpoint == perms.Tree {
		below := *made
		below.OperationID += "_below"
		below.Parameters = append(slices.Clone(made.Parameters), any(parameterOf("below")))
		d.set(strings.TrimSuffix(path, "/")+"/{below}", request.Method, &below, taken)
	}
}

func (d *openAPI) set(path, method string, made *operation, taken map[string]bool) {
	if taken[path] {
		return
	}
	if d.Paths[path] == nil {
		d.Paths[path] = map[string]*operation{}
	}
	d.Paths[path][strings.ToLower(method)] = made
}

// pathTemplate gives the id of the parent a name of its own: no two parameters of a path may have the same.
func pathTemplate(path string) string {
	return strings.Replace(path, "/{id}/", "/{parent_id}/", 1)
}

// describe says what a request type takes and returns.
func describe(resource perms.Resource, request perms.Request) *operation {
	made := &operation{
		OperationID: strings.ToLower(request.Method) + "_" + resource.Name + "_" + string(request.Endpoint),
		Summary:     title(resource) + ": " + does(resource, request),
		Description: "Takes valid credentials and no permission.",
		Tags:        []string{resource.Name},
		Parameters:  parameters(resource, request),
		RequestBody: requestBody(resource, request),
		Responses:   responses(resource, request),
	}
	if !request.AnyUser {
		made.Permission = request.Permission.String()
		made.Description = "Takes the permission " + made.Permission + "."
	}
	if request.Anyone {
		made.Description = "Takes no credentials, but refuses wrong ones."
		made.Security = []map[string][]string{{}, {"basic": {}}, {"bearer": {}}}
	}
	return made
}
