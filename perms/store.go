package perms

import (
	"slices"
	"strings"
	"sync"
)

// operations is a set of request types.
type operations uint16

const (
	list       operations = 1 << iota // GET of the collection
	create                            // POST to it
	deleteAll                         // DELETE of it
	view                              // GET of an item
	edit                              // PUT of it
	remove                            // DELETE of it
	count                             // GET of the count
	single                            // GET of the only document
	editSingle                        // PUT of it

	collection = list | create | deleteAll
	item       = view | edit | remove
	read       = list | view
)

type storeRow struct {
	path, older, title string
	operations         operations
}

// storeTable is the documented store of the Stores API V2 with our own permission table, ordered by resource name. A
// path is below BasePath; older is what older clients write for its last segment.
var storeTable = []storeRow{
	{"banners", "", "Banners", collection | item},
	{"blog/posts", "", "Blog posts", collection | item | count},
	{"blog/tags", "", "Blog tags", list},
	{"brands", "", "Brands", collection | item | count},
	{"categories", "", "Categories", collection | item | count},
	{"countries", "", "Countries", read | count},
	{"countries/{id}/states", "", "Country states", read | count},
	{"coupons", "", "Coupons", collection | item | count},
	{"currencies", "", "Currencies", collection | item},
	{"customer_groups", "", "Customer groups", collection | item | count},
	{"customers", "", "Customers", collection | item | count},
	{"customers/{id}/addresses", "", "Customer addresses", collection | item | count},
	{"gift_certificates", "", "Gift certificates", collection | item},
	{"option_sets", "optionsets", "Option sets", collection | item | count},
	{"option_sets/{id}/options", "", "Option set options", collection | item | count},
	{"options", "", "Options", collection | item | count},
	{"options/{id}/values", "", "Option values", collection | item | count},
	{"order_statuses", "orderstatuses", "Order statuses", read},
	{"orders", "", "Orders", collection | item | count},
	{"orders/{id}/coupons", "", "Order coupons", read},
	{"orders/{id}/messages", "", "Order messages", read},
	{"orders/{id}/products", "", "Order products", read | count},
	{"orders/{id}/shipments", "", "Order shipments", collection | item | count},
	{"orders/{id}/shipping_addresses", "shippingaddresses", "Order shipping addresses", read | count},
	{"orders/{id}/taxes", "", "Order taxes", read},
	{"pages", "", "Pages", collection | item | count},
	{"payments/methods", "", "Payment methods", list},
	{"products", "", "Products", collection | item | count},
	{"products/{id}/configurable_fields", "configurablefields", "Product configurable fields", list | deleteAll | view | remove | count},
	{"products/{id}/custom_fields", "customfields", "Product custom fields", collection | item | count},
	{"products/{id}/discount_rules", "discountrules", "Product discount rules", collection | item | count},
	{"products/{id}/googleproductsearch", "", "Product Google search mapping", single | editSingle},
	{"products/{id}/images", "", "Product images", collection | item | count},
	{"products/{id}/options", "", "Product options", read},
	{"products/{id}/reviews", "", "Product reviews", collection | item | count},
	{"products/{id}/rules", "", "Product rules", collection | item | count},
	{"products/{id}/skus", "", "Product SKUs", collection | item | count},
	{"products/{id}/videos", "", "Product videos", collection | item | count},
	{"redirects", "", "Redirects", collection | item | count},
	{"shipping/methods", "", "Shipping methods", read},
	{"shipping/zones", "", "Shipping zones", list | create | item},
	{"shipping/zones/{id}/methods", "", "Shipping zone methods", list | create | item},
	{"tax_classes", "", "Tax classes", read},
}

// requestTypes says what each operation is and which action a resource without a parent asks for it.
var requestTypes = []struct {
	operation operations
	endpoint  Endpoint
	method    string
	action    string
}{
	{list, Collection, methodGet, "view"},
	{create, Collection, methodPost, "create"},
	{deleteAll, Collection, methodDelete, "delete_all"},
	{view, Item, methodGet, "view"},
	{edit, Item, methodPut, "edit"},
	{remove, Item, methodDelete, "delete"},
	{count, Count, methodGet, "view"},
	{single, Single, methodGet, "view"},
	{editSingle, Single, methodPut, "edit"},
}

// Store is the embedded catalogue: the resources of a shop, with each spelling that older clients use for their paths, and
// latchkey's own. It is made once.
func Store() *Catalogue { return store() }

var store = sync.OnceValue(func() *Catalogue {
	resources := make([]Resource, len(storeTable))
	for i, row := range storeTable {
		resources[i] = row.resource(resources[:i])
	}
	catalogue, err := NewCatalogue(slices.Concat(resources, systemResources()))
	if err != nil {
		panic(err) //nolint:forbidigo // a constant table of this program is wrong
	}
	return catalogue
})

// Own is the catalogue of latchkey's own resources alone, for a database that begins without the store. It is made once.
func Own() *Catalogue { return own() }

var own = sync.OnceValue(func() *Catalogue {
	catalogue, err := NewCatalogue(systemResources())
	if err != nil {
		panic(err) //nolint:forbidigo // a constant table of this program is wrong
	}
	return catalogue
})

// resource makes the resource of a row. Its parent must be among the earlier ones.
func (r storeRow) resource(earlier []Resource) Resource {
	above, last, nested := strings.Cut(r.path, "/"+idSegment+"/")
	resource := Resource{Name: pathName(r.path), Title: r.title, Backend: Documents}
	prefixes := []string{BasePath}
	if nested {
		parent, _ := find(earlier, pathName(above))
		resource.Parent = parent.Name
		prefixes = prefixesUnder(parent, r.operations&single == 0)
	} else {
		last = r.path
	}
	for _, prefix := range prefixes {
		resource.Aliases = append(resource.Aliases, prefix+"/"+last)
		if r.older != "" {
			resource.Aliases = append(resource.Aliases, prefix+"/"+r.older)
		}
	}
	resource.Path, resource.Aliases = resource.Aliases[0], resource.Aliases[1:]
	resource.Requests = r.requests(resource)
	return resource
}

// prefixesUnder lists what may stand before the last segment of a resource under this one: each of its paths with an
// id, then, if asked for, each without, for clients that leave out the parent.
func prefixesUnder(parent Resource, without bool) []string {
	paths := append([]string{parent.Path}, parent.Aliases...)
	prefixes := make([]string, 0, 2*len(paths))
	for _, path := range paths {
		prefixes = append(prefixes, path+"/"+idSegment)
	}
	if without {
		prefixes = append(prefixes, paths...)
	}
	return prefixes
}

func (r storeRow) requests(resource Resource) []Request {
	var requests []Request
	for _, kind := range requestTypes {
		if r.operations&kind.operation == 0 {
			continue
		}
		requests = append(requests, Request{Endpoint: kind.endpoint, Method: kind.method,
			Permission: permissionFor(resource, kind.action)})
	}
	return requests
}

// permissionFor is the resource's own permission for an action; under a parent, the parent's: view to read and edit to
// change, whatever the change.
func permissionFor(resource Resource, action string) Permission {
	if resource.Parent == "" {
		return Permission{Resource: resource.Name, Action: action}
	}
	if action != "view" {
		action = "edit"
	}
	return Permission{Resource: resource.Parent, Action: action}
}

// pathName makes orders_shipments of orders/{id}/shipments.
func pathName(path string) string {
	return strings.NewReplacer("/"+idSegment, "", "/"+nameSegment, "", "/", "_").Replace(path)
}
