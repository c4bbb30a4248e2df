package resource

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/db/edits"
	"latchkey/perms"
	"latchkey/perms/httpfield"
)

// The words of --permission that are no permission.
const (
	AnyUserWords = "any user"
	NoneSign     = "-"
)

// hostMark stands in --path before a host that has no dot.
const hostMark = "//"

// shapeFlags are the flags that say what a resource is.
type shapeFlags struct {
	title, path, parent, backend, upstream, stripPrefix string
	aliases, permissions, passFields                    []string
	timeout                                             app.Duration
	maxBody                                             app.ByteCount
}

func (f *shapeFlags) addFlags(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&f.title, "title", "", "what it is called, as a `text`")
	flags.StringVar(&f.path, "path", "", "the `place` where it is: /api/v2/reports, or at a host alone: reports.example.org/api/v2/reports, or //reports/api/v2/reports")
	flags.StringArrayVar(&f.aliases, "alias", nil, "another `path` for it; -/path takes one away; can be repeated")
	flags.StringVar(&f.parent, "parent", "", "the `resource` under whose documents it hangs")
	flags.StringVar(&f.backend, "backend", "", "what answers: collection, upstream or external, as a `word`")
	flags.StringVar(&f.upstream, "upstream", "", "pass requests on to this `url`: http://HOST:PORT/PATH, https://… or unix:/PATH/OF/SOCKET")
	flags.StringVar(&f.stripPrefix, "strip-prefix", "", "take this `path` from the front before requests are passed on")
	flags.Var(&f.timeout, "timeout", "how long the upstream may take to begin its answer; 0: the server's own limit")
	flags.Var(&f.maxBody, "max-body", "the most `bytes` of a request that are passed on, such as 10M; 0: the server's own limit")
	flags.StringArrayVar(&f.passFields, "pass-field", nil,
		"let the service see the `field` of clients, though it claims what only latchkey may say, such as X-User-Id; -X-User-Id takes one away; can be repeated")
	flags.StringArrayVar(&f.permissions, "permission", nil,
		"what a `request` takes: 'GET=reports:view', 'POST collection=reports:create', 'GET=any user', or 'DELETE=-' for no such request; can be repeated")
}

// wantedBackend is the backend that the flags name, "" for none: an upstream says it alone.
func (f *shapeFlags) wantedBackend() perms.Backend {
	if f.backend == "" && f.upstream != "" {
		return perms.Proxied
	}
	return perms.Backend(f.backend)
}

// shape is what the given flags make of a resource; nil where none is given.
func (f *shapeFlags) shape(command *cobra.Command) (edits.Shape, error) {
	var steps []edits.Shape
	given := func(flag string, set func(resource *perms.Resource)) {
		if command.Flags().Changed(flag) {
			steps = append(steps, func(resource *perms.Resource) error { set(resource); return nil })
		}
	}
	if backend := f.wantedBackend(); backend != "" { // first, as it brings its own request types
		steps = append(steps, func(resource *perms.Resource) error { return edits.UseBackend(resource, backend) })
	}
	given("title", func(r *perms.Resource) { r.Title = f.title })
	host, path, err := hostAndPath(f.path)
	if err != nil {
		return nil, err
	}
	given("path", func(r *perms.Resource) { r.Host, r.Path = host, path })
	given("alias", func(r *perms.Resource) { r.Aliases = withChanges(r.Aliases, f.aliases, asGiven) })
	given("parent", func(r *perms.Resource) { r.Parent = f.parent })
	given("upstream", func(r *perms.Resource) { r.Upstream.URL = f.upstream })
	given("strip-prefix", func(r *perms.Resource) { r.Upstream.StripPrefix = f.stripPrefix })
	given("timeout", func(r *perms.Resource) { r.Upstream.Timeout = f.timeout.Duration })
	given("max-body", func(r *perms.Resource) { r.Upstream.MaxBody = int64(f.maxBody) })
	given("pass-field", func(r *perms.Resource) { r.SetPassFields(withChanges(r.PassFields, f.passFields, httpfield.Canonical)) })
	for _, text := range f.permissions {
		need, err := parseNeed(text)
		if err != nil {
			return nil, err
		}
		steps = append(steps, need.set)
	}
	if len(steps) == 0 {
		return nil, nil //nolint:nilnil // no flag is no shape
	}
	return func(resource *perms.Resource) error {
		for _, step := range steps {
			if err := step(resource); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// hostAndPath takes apart where a resource is. A host that could be a segment of a path is written //HOST.
func hostAndPath(place string) (host, path string, err error) {
	bare, marked := strings.CutPrefix(place, hostMark)
	slash := max(strings.Index(bare, "/"), 0)
	host, path = bare[:slash], bare[slash:]
	if host != "" && !marked && !isPlainlyHost(host) {
		return "", "", app.WrongUsef("--path %s does not begin with /: write /%[1]s, or //%[1]s for the host %s", place, host)
	}
	return host, path, nil
}

// PlaceOf is where a resource is, as --path takes it: the reverse of [hostAndPath].
func PlaceOf(resource perms.Resource) string {
	if resource.Host != "" && !isPlainlyHost(resource.Host) {
		return hostMark + resource.Host + resource.Path
	}
	return resource.Host + resource.Path
}

func isPlainlyHost(host string) bool { return strings.ContainsAny(host, ".:") || host == "localhost" }

// withChanges adds values to a list, and takes away those that are written with "-" before.
func withChanges(list, changes []string, written func(string) string) []string {
	next := slices.Clone(list)
	for _, change := range changes {
		value, gone := strings.CutPrefix(change, NoneSign)
		value = written(value)
		next = slices.DeleteFunc(next, func(has string) bool { return has == value })
		if !gone {
			next = append(next, value)
		}
	}
	return next
}

func asGiven(value string) string { return value }
