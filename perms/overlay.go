package perms

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// NewCatalogue makes a catalogue of a whole set of resources, which it copies. What it takes:
//
//   - names, permissions and titles as they can be written, each name once;
//   - paths that are absolute and clean, each of one resource alone; with a host, each of one resource of that host;
//   - {id} only below a Parent, which is a collection of documents and has no parent itself. The path of the resource is
//     one of its parent's, then /{id}/ and more; an alias may leave out the id;
//   - documents by collection, item and count, or a single one; another service by tree alone: the services behind see
//     "/a", "/a/" and "/a/." as one, so that a rule for one path without what is below it would protect nothing;
//   - latchkey's own resources (backend System) as they are in [Store], but for titles and permissions;
//   - an Upstream exactly with the backend Proxied.
//
// Anything else is [ErrResource]. Requests that any user may make name no permission.
func NewCatalogue(resources []Resource) (*Catalogue, error) {
	own := make([]Resource, len(resources))
	for i, resource := range resources {
		own[i] = resource.clone()
		if err := resource.Check(); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(own, func(a, b Resource) int { return cmp.Compare(a.Name, b.Name) })
	for i, resource := range own {
		if i > 0 && own[i-1].Name == resource.Name {
			return nil, refusef(resource, "there are two of this name: rename one")
		}
		if err := resource.checkParent(own); err != nil {
			return nil, err
		}
		if err := resource.checkShadow(own); err != nil {
			return nil, err
		}
	}
	return newCatalogue(own)
}

// checkShadow keeps other resources from taking the place of a user, role or resource that is named like their path, and,
// by a host, which goes first, that of any of latchkey's own.
func (r Resource) checkShadow(all []Resource) error {
	if r.Backend == System {
		return nil
	}
	for _, path := range append([]string{r.Path}, r.Aliases...) {
		for _, own := range namedResources() {
			if _, served := find(all, own.Name); served && under(path, own.Path) {
				return refusef(r, "its path %.80q is at %s, where %s are found by name: take another one", path, own.Path, own.Name)
			}
		}
		if r.Host == "" {
			continue
		}
		for _, own := range all {
			if own.Backend == System && (path == own.Path || under(path, own.Path)) {
				return refusef(r, "its path %.80q is that of %s, which latchkey answers itself: take another one", path, own.Name)
			}
		}
	}
	return nil
}

// checkParent looks at a resource among all, sorted by name.
func (r Resource) checkParent(all []Resource) error {
	if r.Parent == "" {
		return nil
	}
	parent, found := find(all, r.Parent)
	if !found {
		return refusef(r, "its parent %.64q would not be there: remove it too, or give it another parent", r.Parent)
	}
	if !parent.holdsDocuments() || parent.Parent != "" || parent.Host != r.Host {
		return refusef(r, "its parent %.64q has to be a collection of documents without a parent, at the same host", r.Parent)
	}
	for _, path := range append([]string{parent.Path}, parent.Aliases...) {
		if strings.HasPrefix(r.Path, path+"/"+idSegment+"/") {
			return nil
		}
	}
	return refusef(r, "its path %.80q is not below its parent's: begin it with %s/%s/, or make its beginning an alias of %s",
		r.Path, parent.Path, idSegment, r.Parent)
}

// holdsDocuments reports whether other resources can hang under the documents of this one.
func (r Resource) holdsDocuments() bool {
	return r.Backend == Documents && slices.ContainsFunc(r.Requests, func(request Request) bool {
		return request.Endpoint == Collection || request.Endpoint == Item
	})
}

// Overlay is what is laid over the resource of a name in a catalogue: another resource in its place, or nothing.
type Overlay struct {
	Name     string
	Hidden   bool     // there is no such resource; Resource does not matter
	Resource Resource // its Name is the overlay's
}

// Overlay makes the catalogue that results when resources are laid over this one: added, put in the place of others, or
// hidden, by name. The order does not matter. To hide what is not there is no error.
//
// A resource whose parent is hidden, or no longer a collection of documents, is hidden with it, be it the catalogue's or
// laid over: it has nowhere to be. One whose parent never was there is an error, as is all that [NewCatalogue] refuses.
// latchkey's own resources can be hidden and get other titles and permissions; their request types stay as they are.
func (c *Catalogue) Overlay(overlays []Overlay) (*Catalogue, error) {
	laid := make(map[string]Overlay, len(overlays))
	var resources []Resource
	for _, overlay := range overlays {
		if _, twice := laid[overlay.Name]; twice {
			return nil, fmt.Errorf("%w %.64q: it is laid over twice", ErrResource, overlay.Name)
		}
		if !overlay.Hidden && overlay.Resource.Name != overlay.Name {
			return nil, fmt.Errorf("%w %.64q: the resource laid over it is named %.64q", ErrResource, overlay.Name, overlay.Resource.Name)
		}
		laid[overlay.Name] = overlay
		if !overlay.Hidden {
			resources = append(resources, overlay.Resource)
		}
	}
	for _, resource := range c.resources {
		if _, covered := laid[resource.Name]; !covered {
			resources = append(resources, resource)
		}
	}
	return NewCatalogue(slices.DeleteFunc(resources, c.orphaned(laid)))
}

// orphaned reports which resources have lost their parent to an overlay.
func (c *Catalogue) orphaned(laid map[string]Overlay) func(Resource) bool {
	return func(r Resource) bool {
		parent, covered := laid[r.Parent]
		if r.Parent == "" || !covered {
			return false
		}
		return parent.Hidden || !parent.Resource.holdsDocuments()
	}
}

// checkSystem holds latchkey's own resources to what they are built as.
func (r Resource) checkSystem() error {
	built, found := find(systemResources(), r.Name)
	if !found {
		return refusef(r, "the backend %s is for latchkey's own resources: use %s, %s or %s", System, Documents, Proxied, External)
	}
	same := slices.EqualFunc(r.Requests, built.Requests, func(a, b Request) bool { return a.Endpoint == b.Endpoint && a.Method == b.Method })
	if !same || r.Path != built.Path || r.Host != "" || r.Parent != "" || len(r.Aliases) > 0 || r.Upstream != (Upstream{}) || len(r.PassFields) > 0 || !r.CORS.IsZero() {
		return refusef(r, "of latchkey's own resources only the title and the permission of each request type can be changed, or hide it")
	}
	for _, request := range r.Requests {
		if request.Anyone {
			return refusef(r, "%s: latchkey's own resources are never open to anyone", request.Method)
		}
		if err := request.checkPermission(); err != nil {
			return refusef(r, "%s: %w", request.Method, err)
		}
	}
	return nil
}
