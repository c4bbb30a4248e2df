package upstream

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"latchkey/cmd/serve/api/call"
	"latchkey/perms"
)

// AuthorizePath is the path at which a proxy asks whether a request may pass. No resource has it.
const AuthorizePath = "/authorize"

// original is the request that a proxy asks about.
type original struct {
	method, host string
	url          *url.URL
}

// The fields that describe the original request: nginx is configured to send the first set, Traefik and Caddy always send the
// second one.
const (
	originalURI    = "X-Original-Uri"
	originalMethod = "X-Original-Method"
	originalHost   = "X-Original-Host"

	forwardedMethod = "X-Forwarded-Method"
	forwardedURI    = "X-Forwarded-Uri"
	forwardedHost   = "X-Forwarded-Host"
	forwardedProto  = "X-Forwarded-Proto"
)

// AuthorizeOriginal responds to a proxy that asks whether the original request is allowed: with 200 and the username if the user
// may make it, else with 401 or 403. The decisions are the same, in the same order, as if the request had been made here. No
// other status is used for anything in the original request, since nginx treats it as an error; but 429 if a limit is set.
//
// Only trusted proxies may ask: anybody else could ask about requests that were not made. Credentials are checked before that,
// so that an unauthenticated client learns nothing.
//
// If the host of the original request has resources of its own, only these count: resources that are served here at any host
// are not what the proxy has at that host.
func (p *Proxy) AuthorizeOriginal(c *call.Call) (call.Response, error) {
	if !p.TrustedProxies.TrustsPeer(c.Request) {
		return call.Response{}, call.Forbidden("only a trusted proxy may ask for this: name it by serve --trusted-proxy ADDRESS")
	}
	asked, err := readOriginal(c.Request)
	if err != nil {
		return call.Response{}, err
	}
	method := asked.method
	if method == http.MethodOptions {
		method = http.MethodGet // here OPTIONS is allowed to all users; there it goes to the service
	}
	c.Route, err = call.FindRoute(c.Identity.Catalogue, method, asked.host, asked.url)
	if _, foreign := call.JudgeOrigin(asked.method, asked.host, c.Request.Header, c.Route.Resource, p.CORS); foreign != nil {
		return call.Response{}, foreign
	}
	if err != nil {
		return call.Response{}, forbiddenRoute(err)
	}
	if c.Route.Resource.Host == "" && c.Identity.Catalogue.HasHost(asked.host) {
		return call.Response{}, call.Forbidden("the original request has no route: its host has resources of its own, and none with this path")
	}
	if err := checkFields(c); err != nil {
		return call.Response{}, err
	}
	if err := call.Authorize(c.Identity, c.Route.Request); err != nil {
		return call.Response{}, err
	}
	if c.Anonymous {
		return call.Response{Status: http.StatusOK}, nil
	}
	return call.Response{Status: http.StatusOK, Header: map[string]string{userField: c.Identity.Name}}, nil
}

// forbiddenRoute makes a 403 of an error about the route.
func forbiddenRoute(err error) error {
	var method *perms.MethodError
	if errors.Is(err, perms.ErrNoRoute) || errors.Is(err, perms.ErrNotImplemented) || errors.As(err, &method) {
		return call.Forbidden("the original request has no route: " + err.Error())
	}
	return err
}

// readOriginal reads one of the two sets of fields. Both together are an error: a proxy passes on fields of the other set that
// a client has forged.
func readOriginal(request *http.Request) (original, error) {
	inOriginal := hasAny(request.Header, originalURI, originalMethod, originalHost)
	inForwarded := hasAny(request.Header, forwardedMethod, forwardedURI)
	switch {
	case inOriginal && inForwarded:
		return original{}, call.Forbidden("the original request is described in two ways: X-Original-* and X-Forwarded-Method or -Uri")
	case inOriginal:
		return readOriginalSet(request)
	case inForwarded:
		return readForwardedSet(request.Header)
	}
	return original{}, call.Forbidden("the original request is missing: the proxy must send X-Original-URI and X-Original-Method, " +
		"or X-Forwarded-Method, -Proto, -Host and -Uri")
}

func hasAny(header http.Header, fields ...string) bool {
	for _, field := range fields {
		if _, given := header[field]; given {
			return true
		}
	}
	return false
}

// readOriginalSet reads the fields that nginx is configured to send. The host is in Host; X-Original-Host must be the same.
func readOriginalSet(request *http.Request) (original, error) {
	target, errTarget := once(request.Header, originalURI)
	method, errMethod := once(request.Header, originalMethod)
	if err := cmp.Or(errTarget, errMethod); err != nil {
		return original{}, err
	}
	if hasAny(request.Header, originalHost) {
		named, err := once(request.Header, originalHost)
		if err != nil {
			return original{}, err
		}
		if !strings.EqualFold(named, request.Host) {
			return original{}, call.Forbidden("X-Original-Host and Host name two hosts: the proxy must send the original one in both, or in Host alone")
		}
	}
	return newOriginal(method, request.Host, target)
}

// readForwardedSet reads the fields that Traefik and Caddy send.
func readForwardedSet(header http.Header) (original, error) {
	target, errTarget := once(header, forwardedURI)
	method, errMethod := once(header, forwardedMethod)
	host, errHost := once(header, forwardedHost)
	proto, errProto := once(header, forwardedProto)
	if err := cmp.Or(errTarget, errMethod, errHost, errProto); err != nil {
		return original{}, err
	}
	if proto != "https" && proto != "wss" {
		return original{}, call.Forbidden("the original request was not made by HTTPS: others may have read its token")
	}
	return newOriginal(method, host, target)
}

// once reads a field that must be there exactly once.
func once(header http.Header, field string) (string, error) {
	given := header[field]
	if len(given) != 1 || given[0] == "" {
		return "", call.Forbidden("the original request is not clear: " + field + " must be there exactly once")
	}
	return given[0], nil
}

// newOriginal reads the target like package net/http reads that of a request.
func newOriginal(method, host, target string) (original, error) {
	for _, char := range []byte(target) {
		if char <= ' ' || char == 0x7f {
			return original{}, call.Forbidden("the original request is not clear: its URI has blanks or control characters")
		}
	}
	at, err := url.ParseRequestURI(target)
	if err != nil || !strings.HasPrefix(target, "/") {
		return original{}, call.Forbidden("the original request is not clear: its URI must be a path, with or without a query")
	}
	if !call.IsHost(host) {
		return original{}, call.Forbidden("the original request is not clear: its host is not valid")
	}
	return original{method: method, host: host, url: at}, nil
}
