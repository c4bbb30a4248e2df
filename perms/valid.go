package perms

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"latchkey/perms/errorkind"
)

// ErrResource is the error of a resource that the catalogue cannot take. The error wrapping it names the resource and
// says what to do.
var ErrResource = errorkind.Invalid.New("unusable resource")

const (
	maxTitle   = 200 // bytes
	maxPath    = 512 // bytes, of a path and of a prefix to strip
	maxHost    = 253 // bytes: the longest name of the DNS
	maxURL     = 2048
	maxAliases = 32
	maxPassed  = 32
	maxTimeout = 24 * time.Hour
)

// documentMethods and treeMethods are what a backend can do at each endpoint, methods sorted.
var (
	documentMethods = map[Endpoint][]string{
		Collection: {methodDelete, methodGet, methodPost},
		Item:       {methodDelete, methodGet, methodPut},
		Count:      {methodGet},
		Single:     {methodGet, methodPut},
	}
	treeMethods = map[Endpoint][]string{Tree: {methodDelete, methodGet, methodPatch, methodPost, methodPut}}
	backends    = map[Backend]map[Endpoint][]string{Documents: documentMethods, Proxied: treeMethods, External: treeMethods}
)

// reserved are the paths that the server handles itself, before it looks for a resource.
var reserved = []string{"/authorize", "/docs", "/healthz", "/readyz"}

// refusef makes an [ErrResource] of a resource.
func refusef(resource Resource, format string, args ...any) error {
	return fmt.Errorf("%w %.64q: %w", ErrResource, resource.Name, fmt.Errorf(format, args...))
}

// Check looks at what can be judged of a resource without the others: whether each of its fields can be what it is.
// [ErrResource].
func (r Resource) Check() error {
	if !isName(r.Name) || r.Name == string(Count) { // which is their number, in a path
		return refusef(r, "its name has to be a letter a-z, then a-z, 0-9 and _, up to %d bytes, and not %q", maxNameLength, Count)
	}
	if len(r.Title) > maxTitle || !utf8.ValidString(r.Title) || strings.ContainsFunc(r.Title, hidden) {
		return refusef(r, "its title has to be UTF-8 of up to %d bytes, without control and other hidden characters", maxTitle)
	}
	if err := checkHost(r.Host); err != nil {
		return refusef(r, "%w", err)
	}
	if _, built := find(systemResources(), r.Name); built || r.Backend == System {
		return r.checkSystem()
	}
	for _, check := range []func(Resource) error{Resource.checkPaths, Resource.checkRequests, Resource.checkUpstream, Resource.checkPassFields, Resource.checkCORS} {
		if err := check(r); err != nil {
			return refusef(r, "%w", err)
		}
	}
	return nil
}

func hidden(c rune) bool { return !unicode.IsGraphic(c) }

func checkHost(host string) error {
	strange := strings.ContainsFunc(host, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && !strings.ContainsRune("-._:", c)
	})
	if strange || len(host) > maxHost || host != CanonicalHost(host) {
		return fmt.Errorf("its host %.80q has to be a name or an address in lower case, without port, brackets and final dot", host)
	}
	return nil
}

func (r Resource) checkPaths() error {
	if len(r.Aliases) > maxAliases {
		return fmt.Errorf("it has %d aliases: leave at most %d", len(r.Aliases), maxAliases)
	}
	if r.isTree() && (len(r.Aliases) > 0 || r.Parent != "") {
		return errors.New("what lies behind another service has neither aliases nor a parent: make a resource for each path")
	}
	for i, path := range append([]string{r.Path}, r.Aliases...) {
		if err := r.checkPath(path, i > 0); err != nil {
			return err
		}
	}
	return nil
}

// checkPath looks at one path: only an alias may leave out the id of the parent.
func (r Resource) checkPath(path string, alias bool) error {
	if path == "/" && r.isTree() {
		return nil
	}
	rest, absolute := strings.CutPrefix(path, "/")
	if !absolute || len(path) > maxPath {
		return fmt.Errorf("its path %.80q has to begin with / and to have at most %d bytes", path, maxPath)
	}
	ids := 0
	for segment := range strings.SplitSeq(rest, "/") {
		if segment == idSegment {
			ids++
		} else if !isSegment(segment) {
			return fmt.Errorf("its path %.80q has the segment %.80q: use letters, digits and - . _ ~, and neither . nor .. alone", path, segment)
		}
	}
	switch {
	case r.Parent == "" && ids > 0:
		return fmt.Errorf("its path %.80q has %s, which needs a parent: name one, or leave it out", path, idSegment)
	case r.Parent != "" && ids != 1 && (!alias || ids > 1):
		return fmt.Errorf("its path %.80q has to have %s once, for the document of %s that it hangs under", path, idSegment, r.Parent)
	case ids > 0 && (strings.HasSuffix(path, idSegment) || strings.HasPrefix(path, "/"+idSegment)):
		return fmt.Errorf("its path %.80q has to have segments before and after %s", path, idSegment)
	}
	if bare, extension := trimPath(path); extension != "" && !r.isTree() {
		return fmt.Errorf("its path %.80q ends in an extension, which every path may have anyway: write %.80q", path, bare)
	}
	return r.checkReserved(path)
}

// checkReserved leaves the server its own paths. They are free where only a proxy asks about them.
func (r Resource) checkReserved(path string) error {
	for _, own := range reserved {
		if r.Backend != External && under(path, own) {
			return fmt.Errorf("its path %.80q is at %s, which latchkey answers itself: take another one", path, own)
		}
	}
	return nil
}

// under reports whether a path is another one or below it.
func under(path, top string) bool {
	rest, found := strings.CutPrefix(path, strings.TrimSuffix(top, "/"))
	return found && (rest == "" || rest[0] == '/')
}

func isSegment(segment string) bool {
	return segment != "" && segment != "." && segment != ".." && !strings.ContainsFunc(segment, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("-._~", c)
	})
}

func (r Resource) checkRequests() error {
	endpoints, known := backends[r.Backend]
	if !known {
		return fmt.Errorf("it has the backend %.80q: use %s, %s or %s", r.Backend, Documents, Proxied, External)
	}
	if len(r.Requests) == 0 {
		return errors.New("it has no request types: name at least one")
	}
	seen, singles := map[Request]bool{}, 0
	for _, request := range r.Requests {
		what := fmt.Sprintf("its request type %.20q of endpoint %.20q", request.Method, request.Endpoint)
		if !slices.Contains(endpoints[request.Endpoint], request.Method) {
			return fmt.Errorf("%s is none that the backend %s has: those are %s", what, r.Backend, strings.Join(r.Backend.RequestTypes(), ", "))
		}
		if err := request.checkPermission(); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		kind := Request{Endpoint: request.Endpoint, Method: request.Method}
		if seen[kind] {
			return fmt.Errorf("%s is there twice", what)
		}
		seen[kind] = true
		if request.Endpoint == Single {
			singles++
		}
	}
	if singles != 0 && singles != len(r.Requests) {
		return errors.New("it is a single document and has request types of a collection: leave out one or the other")
	}
	return nil
}

// checkPermission: a request type needs a permission, or is open to any user, and says only one of the two.
func (r Request) checkPermission() error {
	if r.Anyone && !r.AnyUser {
		return errors.New("it is open to anyone, and not to any user")
	}
	if r.AnyUser {
		if r.Permission != (Permission{}) {
			return fmt.Errorf("it is open to any user and names the permission %.140q: leave out one", r.Permission)
		}
		return nil
	}
	_, err := ParsePermission(r.Permission.String())
	return err
}
