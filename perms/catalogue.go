package perms

import (
	"cmp"
	"slices"
)

// Catalogue is a set of resources, found by name or by path. It never changes and may be used from many goroutines. Make
// one with [NewCatalogue] or [Catalogue.Overlay], or take [Store].
type Catalogue struct {
	resources   []Resource // sorted by name
	permissions []Permission
	anyone      bool // some request type is open to anyone
	anyHost     node
	hosts       map[string]*node // the routes of resources with a host
	below       map[string][]Resource
}

// newCatalogue takes the resources over, sorted by name, each checked. Only here it is seen whether their paths have one
// meaning each.
func newCatalogue(resources []Resource) (*Catalogue, error) {
	c := &Catalogue{resources: resources, permissions: panelPermissions(), hosts: map[string]*node{}, below: map[string][]Resource{}}
	for i := range resources {
		if err := c.routesOf(resources[i].Host).add(&resources[i]); err != nil {
			return nil, err
		}
		if parent := resources[i].Parent; parent != "" {
			c.below[parent] = append(c.below[parent], resources[i])
		}
		for _, request := range resources[i].Requests {
			c.anyone = c.anyone || request.Anyone
			if !request.AnyUser {
				c.permissions = append(c.permissions, request.Permission)
			}
		}
	}
	slices.SortFunc(c.permissions, comparePermissions)
	c.permissions = slices.Compact(c.permissions)
	return c, nil
}

// routesOf is where the resources of a host are entered; "": of any host.
func (c *Catalogue) routesOf(host string) *node {
	if host == "" {
		return &c.anyHost
	}
	if c.hosts[host] == nil {
		c.hosts[host] = new(node)
	}
	return c.hosts[host]
}

// Resources lists all resources by name, as copies.
func (c *Catalogue) Resources() []Resource {
	all := make([]Resource, len(c.resources))
	for i, resource := range c.resources {
		all[i] = resource.clone()
	}
	return all
}

// Resource finds a resource by name, as a copy.
func (c *Catalogue) Resource(name string) (Resource, bool) {
	resource, found := find(c.resources, name)
	return resource.clone(), found
}

// find looks for a name among resources sorted by it.
func find(resources []Resource, name string) (Resource, bool) {
	i, found := slices.BinarySearchFunc(resources, name, func(r Resource, name string) int { return cmp.Compare(r.Name, name) })
	if !found {
		return Resource{}, false
	}
	return resources[i], true
}

// OpensToAnyone reports whether some request type is open to anyone, without credentials.
func (c *Catalogue) OpensToAnyone() bool { return c.anyone }

// OpenRequests lists the request types that are open to anyone, such as "GET /status".
func (c *Catalogue) OpenRequests() []string {
	var open []string
	for _, resource := range c.resources {
		for _, request := range resource.Requests {
			if request.Anyone {
				open = append(open, request.Method+" "+resource.Host+resource.RequestPath(request))
			}
		}
	}
	return open
}

// Permissions lists every permission that some request or the control panel needs, each once, sorted by resource and
// action.
func (c *Catalogue) Permissions() []Permission { return slices.Clone(c.permissions) }

// Known reports whether some request or the control panel needs the permission.
func (c *Catalogue) Known(permission Permission) bool {
	_, found := slices.BinarySearchFunc(c.permissions, permission, comparePermissions)
	return found
}

// Nearest lists the known permissions whose text is nearest to the given one's by edit distance, at most three, the
// nearest first and equally near ones in sorted order.
func (c *Catalogue) Nearest(permission Permission) []Permission {
	near := c.Permissions()
	text := permission.String()
	slices.SortStableFunc(near, func(a, b Permission) int {
		return cmp.Compare(editDistance(a.String(), text), editDistance(b.String(), text))
	})
	return near[:min(3, len(near))]
}

func comparePermissions(a, b Permission) int {
	return cmp.Or(cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Action, b.Action))
}

// editDistance counts the bytes to insert, delete or replace to make one text of the other (Levenshtein).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1) // distances of the prefix of a read so far to every prefix of b
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
