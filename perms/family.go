package perms

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// What existing clients of the Stores API V2 expect of the resources that latchkey serves: this API family is documented, and
// some of the embedded catalogue is latchkey's own.

// ownRequests are the request types of resources of the family that latchkey has added.
var ownRequests = map[string][]Request{
	"products_googleproductsearch": {{Endpoint: Single, Method: methodPut}},
	"store":                        {{Endpoint: Single, Method: methodPut}},
}

// InFamily reports whether a request type of a resource is one that the documentation of the Stores API V2 has, at this path.
// Permissions do not matter: they are latchkey's.
func (r Resource) InFamily(request Request) bool {
	documented, found := Store().Resource(r.Name)
	if !found || documented.Path != r.Path || documented.Backend != r.Backend {
		return false
	}
	same := func(other Request) bool { return other.Endpoint == request.Endpoint && other.Method == request.Method }
	if documented.Backend == System && !slices.Contains([]string{"requestlogs", "store", "time"}, r.Name) {
		return false
	}
	return slices.ContainsFunc(documented.Requests, same) && !slices.ContainsFunc(ownRequests[r.Name], same)
}

// Below lists the resources whose documents hang under those of a resource, by name. They share slices with the catalogue
// and are for reading only.
func (c *Catalogue) Below(name string) []Resource { return c.below[name] }

// ParentField is the field of each document that has the id of its parent: product_id for products/{id}/skus. "": the
// resource has no parent.
func (r Resource) ParentField() string {
	above, _, nested := strings.Cut(r.Path, "/"+idSegment+"/")
	if r.Parent == "" || !nested {
		return ""
	}
	return Singular(above[strings.LastIndexByte(above, '/')+1:]) + "_id"
}

// Link is what a document says of the documents below it: at the field of their name, where they are. Existing clients
// follow it. Resource is the path below [BasePath], without a host.
type Link struct {
	URL      string `json:"url"`
	Resource string `json:"resource"`
}

// IsLink reports whether a field of a document, in JSON, is a link to the documents of this resource below some document:
// clients send back what they have got.
func (r Resource) IsLink(value []byte) bool {
	var link Link
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.DisallowUnknownFields()
	return decoder.Decode(&link) == nil && link.URL != "" && strings.HasPrefix(link.Resource, "/") &&
		strings.HasSuffix(link.Resource, "/"+LastSegment(r.Path))
}

// LastSegment is the last segment of a path that stands for no id or name; "": there is none.
func LastSegment(path string) string {
	for _, segment := range slices.Backward(strings.Split(path, "/")) {
		if segment != "" && !strings.HasPrefix(segment, "{") {
			return segment
		}
	}
	return ""
}

// Singular is the singular of a plural: category for categories. It knows the resources of the store and the common rules of
// English. A name that is not a plural stays as it is.
func Singular(plural string) string {
	for _, ending := range []struct{ plural, singular string }{
		{"ies", "y"}, {"statuses", "status"}, {"skus", "sku"}, {"menus", "menu"}, {"sses", "ss"}, {"xes", "x"}, {"shes", "sh"}, {"ches", "ch"},
		{"ss", "ss"}, {"us", "us"}, {"is", "is"}, {"s", ""},
	} {
		if stem, found := strings.CutSuffix(plural, ending.plural); found && stem+ending.singular != "" {
			return stem + ending.singular
		}
	}
	return plural
}
