package resource

import (
	"strings"

	"github.com/spf13/cobra"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/panel"
	"latchkey/perms"
)

// The words of --permission that are no permission.
const (
	anyUserWords = "any user"
	anyoneWord   = "anyone"
	NoneSign     = "-"
)

// hostMark stands in --path before a host that has no dot.
const hostMark = "//"

// shapeFlags are the flags that say what a resource is.
type shapeFlags struct {
	title, path, parent, backend, upstream, stripPrefix, hostHeader string
	aliases, permissions, passFields, allowOrigins                  []string
	allowCredentials, passCORS                                      bool
	timeout                                                         app.Duration
	maxBody                                                         app.ByteCount
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
	flags.StringVar(&f.hostHeader, "host-header", "", "the `host` that the service is told: keep, what the client sent; upstream, that of its url; or another, such as app.example.org")
	flags.Var(&f.timeout, "timeout", "how long the upstream may take to begin its answer; 0: the server's own limit")
	flags.Var(&f.maxBody, "max-body", "the most `bytes` of a request that are passed on, such as 10M; 0: the server's own limit")
	flags.StringArrayVar(&f.passFields, "pass-field", nil,
		"let the service see the `field` of clients, though it claims what only latchkey may say, such as X-User-Id; -X-User-Id takes one away; can be repeated")
	flags.StringArrayVar(&f.allowOrigins, "allow-origin", nil,
		"let pages of this `origin`, such as https://app.example, use it from a browser (CORS); -https://app.example takes one away; can be repeated")
	flags.BoolVar(&f.allowCredentials, "allow-credentials", false, "let these pages have the browser send the credentials that it keeps for this server")
	flags.BoolVar(&f.passCORS, "pass-cors", false, "pass on the Access-Control fields of the service's own responses, in place of those by --allow-origin")
	flags.StringArrayVar(&f.permissions, "permission", nil,
		"what a `request` takes: 'GET=reports:view', 'POST collection=reports:create', 'GET=any user', 'GET=anyone' without credentials too, or 'DELETE=-' for no such request; can be repeated")
}

// fields are what the given flags set of a resource.
func (f *shapeFlags) fields(command *cobra.Command) (panel.ResourceFields, error) {
	var fields panel.ResourceFields
	given := command.Flags().Changed
	for flag, text := range map[string]struct {
		to   *panel.Text
		from *string
	}{"title": {&fields.Title, &f.title}, "parent": {&fields.Parent, &f.parent}, "upstream": {&fields.Upstream.URL, &f.upstream},
		"strip-prefix": {&fields.Upstream.StripPrefix, &f.stripPrefix}, "host-header": {&fields.Upstream.HostHeader, &f.hostHeader}} {
		if given(flag) {
			*text.to = text.from
		}
	}
	if f.backend != "" {
		fields.Backend = new(perms.Backend(f.backend))
	}
	if given("path") {
		host, path, err := hostAndPath(f.path)
		if err != nil {
			return fields, err
		}
		fields.Host, fields.Path = &host, &path
	}
	if given("timeout") {
		fields.Upstream.Timeout = &f.timeout.Duration
	}
	if given("max-body") {
		fields.Upstream.MaxBody = new(int64(f.maxBody))
	}
	f.setCORS(&fields, given)
	fields.AliasChanges, fields.PassFieldChanges = listChanges(f.aliases), listChanges(f.passFields)
	for _, text := range f.permissions {
		change, err := parseNeed(text)
		if err != nil {
			return fields, err
		}
		fields.RequestChanges = append(fields.RequestChanges, change)
	}
	return fields, nil
}

func (f *shapeFlags) setCORS(fields *panel.ResourceFields, given func(flag string) bool) {
	fields.AllowOriginChanges = listChanges(f.allowOrigins)
	if given("allow-credentials") {
		fields.AllowCredentials = &f.allowCredentials
	}
	if given("pass-cors") {
		fields.PassCORS = &f.passCORS
	}
}

// listChanges adds values to a list, and takes away those that are written with "-" before.
func listChanges(values []string) []panel.ListChange {
	var changes []panel.ListChange
	for _, value := range values {
		value, gone := strings.CutPrefix(value, NoneSign)
		changes = append(changes, panel.ListChange{Value: value, Gone: gone})
	}
	return changes
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

// PlaceOf is where a resource is, host and path together, as --path takes it: the reverse of [hostAndPath].
func PlaceOf(path string) string {
	if host, _, _ := strings.Cut(path, "/"); host != "" && !isPlainlyHost(host) {
		return hostMark + path
	}
	return path
}

func isPlainlyHost(host string) bool { return strings.ContainsAny(host, ".:") || host == "localhost" }
