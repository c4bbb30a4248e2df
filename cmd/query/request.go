package query

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"latchkey/cmd/internal/app"
	"latchkey/db/edits"
	"latchkey/perms"
	"latchkey/perms/errorkind"
)

// question is what `can` and `who` ask about: a permission, or a request by method and path.
type question struct {
	permission   perms.Permission
	method, host string
	path         string
}

// parseQuestion reads a permission, or a method and a path.
func parseQuestion(args []string) (question, error) {
	if len(args) == 1 {
		permission, err := perms.ParsePermission(args[0])
		return question{permission: permission}, err
	}
	host, path, err := requestPath(args[1])
	return question{method: strings.ToUpper(args[0]), host: host, path: path}, err
}

// resolve finds the request type in a catalogue.
func (q question) resolve(catalogue *perms.Catalogue) (perms.Request, error) {
	if q.method == "" {
		return perms.Request{Permission: q.permission}, edits.Known(catalogue, q.permission)
	}
	route, err := catalogue.Route(q.method, q.host, q.path)
	switch {
	case errors.Is(err, perms.ErrNoRoute):
		return perms.Request{}, q.noRoute(catalogue)
	case errors.Is(err, perms.ErrNotImplemented):
		return perms.Request{}, fmt.Errorf("%s %s: %w; the path has %s", q.method, q.path, err, strings.Join(catalogue.Allow(q.host, q.path), ", "))
	case err != nil:
		return perms.Request{}, fmt.Errorf("%s %s: %w", q.method, q.path, err)
	}
	return route.Request, nil
}

// requestPath is the host and the decoded path of what somebody copied: a path, or a whole URL. The query does not matter.
func requestPath(text string) (host, path string, err error) {
	text, _, _ = strings.Cut(text, "#")
	parsed, err := url.ParseRequestURI(text)
	if err == nil && (parsed.Scheme == "" || (parsed.Scheme == "https" || parsed.Scheme == "http") && parsed.Host != "") {
		if perms.HidesSlash(parsed) {
			err = fmt.Errorf("%s: %w", text, perms.ErrNoRoute)
		}
		return parsed.Host, parsed.Path, err
	}
	return "", "", app.WrongUsef("%q is no path: write it as in a request, like %s/orders or https://HOST%[2]s/orders", text, perms.BasePath)
}

// noRoute says that there is nothing at a path, and what was probably meant.
func (q question) noRoute(catalogue *perms.Catalogue) error {
	err := fmt.Errorf("%s %s: %w", q.method, q.path, perms.ErrNoRoute)
	segments := strings.Split(q.path, "/")
	for i, segment := range segments {
		if _, notNumber := strconv.ParseInt(segment, 10, 64); notNumber == nil {
			segments[i] = "{id}"
		}
	}
	var paths []string
	for _, resource := range catalogue.Resources() {
		for _, request := range resource.Requests {
			paths = append(paths, resource.RequestPath(request))
		}
	}
	slices.Sort(paths)
	if near := errorkind.Nearest(strings.Join(segments, "/"), slices.Compact(paths)); len(near) > 0 {
		return fmt.Errorf("%w: did you mean %s?", err, strings.Join(near, " or "))
	}
	return err
}
