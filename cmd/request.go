package cmd

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"latchkey/cmd/internal/ui"
	"latchkey/db/edits"
	"latchkey/perms"
)

// request reads a permission, or the method and path of a request, into what is needed for it.
func (a *App) request(args []string) (perms.Request, error) {
	if len(args) == 1 {
		permission, err := perms.ParsePermission(args[0])
		if err != nil {
			return perms.Request{}, err
		}
		return perms.Request{Permission: permission}, edits.Known(a.catalogue(), permission)
	}
	method := strings.ToUpper(args[0])
	host, path, err := requestPath(args[1])
	if err != nil {
		return perms.Request{}, err
	}
	route, err := a.catalogue().Route(method, host, path)
	switch {
	case errors.Is(err, perms.ErrNoRoute):
		return perms.Request{}, a.noRoute(method, path)
	case errors.Is(err, perms.ErrNotImplemented):
		return perms.Request{}, fmt.Errorf("%s %s: %w; the path has %s", method, path, err, strings.Join(a.catalogue().Allow(host, path), ", "))
	case err != nil:
		return perms.Request{}, fmt.Errorf("%s %s: %w", method, path, err)
	}
	return route.Request, nil
}

// requestPath is the host and the decoded path of what somebody copied: a path, or a whole URL. The query does not matter.
func requestPath(text string) (host, path string, err error) {
	text, _, _ = strings.Cut(text, "#")
	parsed, err := url.ParseRequestURI(text)
	if err == nil && (parsed.Scheme == "" || (parsed.Scheme == "https" || parsed.Scheme == "http") && parsed.Host != "") {
		return parsed.Host, parsed.Path, nil
	}
	return "", "", wrongUsef("%q is no path: write it as in a request, like %s/orders or https://HOST%[2]s/orders", text, perms.BasePath)
}

// noRoute says that there is nothing at a path, and what was probably meant.
func (a *App) noRoute(method, path string) error {
	err := fmt.Errorf("%s %s: %w", method, path, perms.ErrNoRoute)
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if _, notNumber := strconv.ParseInt(segment, 10, 64); notNumber == nil {
			segments[i] = "{id}"
		}
	}
	var paths []string
	for _, resource := range a.catalogue().Resources() {
		for _, request := range resource.Requests {
			paths = append(paths, resource.RequestPath(request))
		}
	}
	slices.Sort(paths)
	if near := ui.Suggest(strings.Join(segments, "/"), slices.Compact(paths)); len(near) > 0 {
		return fmt.Errorf("%w: did you mean %s?", err, strings.Join(near, " or "))
	}
	return err
}
