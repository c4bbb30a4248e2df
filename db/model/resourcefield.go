package model

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/perms"
)

// The fields of a resource. Each alias, each request type and each field that is let through is a field of its own:
// "alias PATH", "request METHOD ENDPOINT", "pass_field NAME", "allow_origin ORIGIN".
const (
	fieldHidden      = "hidden"
	fieldTitle       = "title"
	fieldPath        = "path" // with the host before it, if there is one
	fieldParent      = "parent"
	fieldBackend     = "backend"
	fieldUpstream    = "upstream"
	fieldStripPrefix = "strip_prefix"
	fieldHostHeader  = "host_header"
	fieldTimeout     = "timeout"
	fieldMaxBody     = "max_body" // in bytes
	aliasPrefix      = "alias "
	requestPrefix    = "request "
	passedPrefix     = "pass_field "
	originPrefix     = "allow_origin "
	fieldAllowKept   = "allow_credentials"
	fieldPassCORS    = "pass_cors"

	isSet   = "yes"
	anyUser = "any user"
	anyone  = "anyone"
	nobody  = "nobody"
)

// resourceFields are the fields of a resource that are set, but for its name.
func (o *Object) resourceFields() Record {
	var record Record
	add := func(key, value string) {
		if value != "" {
			record = append(record, Field{key, value})
		}
	}
	served := o.Resource
	if o.Hidden {
		add(fieldHidden, isSet)
	}
	add(fieldTitle, served.Title)
	add(fieldPath, served.Host+served.Path)
	for _, alias := range served.Aliases {
		add(aliasPrefix+alias, isSet)
	}
	add(fieldParent, served.Parent)
	add(fieldBackend, string(served.Backend))
	add(fieldUpstream, served.Upstream.URL)
	add(fieldStripPrefix, served.Upstream.StripPrefix)
	add(fieldHostHeader, served.Upstream.HostHeader)
	if served.Upstream.Timeout != 0 {
		add(fieldTimeout, served.Upstream.Timeout.String())
	}
	if served.Upstream.MaxBody != 0 {
		add(fieldMaxBody, strconv.FormatInt(served.Upstream.MaxBody, 10))
	}
	for _, name := range served.PassFields {
		add(passedPrefix+name, isSet)
	}
	addCORS(served.CORS, add)
	for _, request := range served.Requests {
		add(requestPrefix+request.Method+" "+string(request.Endpoint), needInWords(request))
	}
	return record
}

// addCORS adds whose pages may use a resource.
func addCORS(cors perms.CORS, add func(key, value string)) {
	for _, origin := range cors.Origins {
		add(originPrefix+origin, isSet)
	}
	if cors.Credentials {
		add(fieldAllowKept, isSet)
	}
	if cors.PassOwn {
		add(fieldPassCORS, isSet)
	}
}

// needInWords is what it takes to make a request.
func needInWords(request perms.Request) string {
	switch {
	case request.Anyone:
		return anyone
	case request.AnyUser:
		return anyUser
	case request.Permission == (perms.Permission{}):
		return nobody
	}
	return request.Permission.String()
}

// setOfResource is [Object.SetField] for a resource.
func (o *Object) setOfResource(field, value string) error {
	served := &o.Resource
	alias, isAlias := strings.CutPrefix(field, aliasPrefix)
	request, isRequest := strings.CutPrefix(field, requestPrefix)
	passed, isPassed := strings.CutPrefix(field, passedPrefix)
	origin, isOrigin := strings.CutPrefix(field, originPrefix)
	switch {
	case isAlias:
		o.setAlias(alias, value != "")
	case isPassed:
		o.setPassed(passed, value != "")
	case isOrigin:
		o.setOrigin(origin, value != "")
	case isRequest:
		return o.setRequest(request, value)
	case field == FieldName:
		o.Name = value
	case field == fieldHidden:
		o.Hidden = value != ""
	case field == fieldTitle:
		served.Title = value
	case field == fieldPath:
		slash := max(strings.Index(value, "/"), 0)
		served.Host, served.Path = value[:slash], value[slash:]
	case field == fieldParent:
		served.Parent = value
	case field == fieldBackend:
		served.Backend = perms.Backend(value)
	default:
		return o.setUpstream(field, value)
	}
	return nil
}

func (o *Object) setUpstream(field, value string) (err error) {
	upstream := &o.Resource.Upstream
	switch field {
	case fieldAllowKept:
		o.Resource.CORS.Credentials = value != ""
	case fieldPassCORS:
		o.Resource.CORS.PassOwn = value != ""
	case fieldUpstream:
		upstream.URL = value
	case fieldStripPrefix:
		upstream.StripPrefix = value
	case fieldHostHeader:
		upstream.HostHeader = value
	case fieldTimeout:
		upstream.Timeout, err = time.ParseDuration(cmp.Or(value, "0s"))
	case fieldMaxBody:
		upstream.MaxBody, err = strconv.ParseInt(cmp.Or(value, "0"), 10, 64)
	default:
		return fmt.Errorf("%w: no resource has a field %q", ErrDamaged, field)
	}
	if err != nil {
		return fmt.Errorf("%w: reading a recorded resource: %w", ErrDamaged, err)
	}
	return nil
}

// setAlias adds or takes away another path.
func (o *Object) setAlias(alias string, there bool) {
	o.Resource.Aliases = slices.DeleteFunc(slices.Clone(o.Resource.Aliases), func(has string) bool { return has == alias })
	if there {
		o.Resource.Aliases = append(o.Resource.Aliases, alias)
	}
}

// setPassed lets a field through, or not any more.
func (o *Object) setPassed(name string, through bool) {
	names := slices.DeleteFunc(slices.Clone(o.Resource.PassFields), func(has string) bool { return has == name })
	if through {
		names = append(names, name)
	}
	o.Resource.SetPassFields(names)
}

// setOrigin lets pages of an origin use the resource, or not any more.
func (o *Object) setOrigin(origin string, allowed bool) {
	cors := &o.Resource.CORS
	origins := slices.DeleteFunc(slices.Clone(cors.Origins), func(has string) bool { return has == origin })
	if allowed {
		origins = append(origins, origin)
	}
	cors.SetOrigins(origins)
}

// setRequest sets what a request type takes, written METHOD ENDPOINT; with "" there is no such request type.
func (o *Object) setRequest(written, value string) error {
	method, endpoint, _ := strings.Cut(written, " ")
	request := perms.Request{Method: method, Endpoint: perms.Endpoint(endpoint), AnyUser: value == anyUser || value == anyone, Anyone: value == anyone}
	if value != "" && !request.AnyUser && value != nobody {
		var err error
		if request.Permission, err = perms.ParsePermission(value); err != nil {
			return fmt.Errorf("%w: reading a recorded request type: %w", ErrDamaged, err)
		}
	}
	o.SetRequest(request, value != "")
	return nil
}

// SetRequest adds, replaces or takes away a request type, and keeps them in the order of the endpoints.
func (o *Object) SetRequest(request perms.Request, there bool) {
	requests := slices.DeleteFunc(slices.Clone(o.Resource.Requests), func(has perms.Request) bool {
		return has.Method == request.Method && has.Endpoint == request.Endpoint
	})
	if there {
		requests = append(requests, request)
	}
	slices.SortStableFunc(requests, func(a, b perms.Request) int {
		return cmp.Or(cmp.Compare(slices.Index(endpoints, a.Endpoint), slices.Index(endpoints, b.Endpoint)),
			cmp.Compare(slices.Index(methods, a.Method), slices.Index(methods, b.Method)))
	})
	o.Resource.Requests = requests
}

// The order of request types.
var (
	endpoints = []perms.Endpoint{perms.Collection, perms.Item, perms.Named, perms.Count, perms.Single, perms.Tree}
	methods   = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
)

// carryOfResource is [carry] for a resource.
func carryOfResource(field string, from, to *Object) {
	_ = to.setOfResource(field, from.Record().Value(field)) // a value of a record is always one that can be set
}
