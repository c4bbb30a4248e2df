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

// AuthorizePath is where proxies ask about requests that they are about to let through. The catalogue has nothing there.
const AuthorizePath = "/authorize"

// original is the request that a proxy asks about.
type original struct {
	method, host string
	url          *url.URL
}

// The fields in which proxies say what they ask about: as nginx is configured to, and as Traefik and Caddy do unasked.
const (
	originalURI    = "X-Original-Uri"
	originalMethod = "X-Original-Method"
	originalHost   = "X-Original-Host"

	forwardedMethod = "X-Forwarded-Method"
	forwardedURI    = "X-Forwarded-Uri"
	forwardedHost   = "X-Forwarded-Host"
	forwardedProto  = "X-Forwarded-Proto"
)

// AuthorizeOriginal answers a proxy's question: 200 with the username, if the user whose credentials the proxy has passed
// on may make the original request, by the same decisions in the same order as if it had been made here; else 401 or
// 403. It is nothing else for what the original request is, since to nginx any other status is trouble; only limits, where
// they are set, are 429.
//
// Only trusted proxies are answered: anybody else could ask about requests that nobody makes. The credentials come first
// all the same, so that strangers learn nothing.
//
// Where the host of the original request has resources of its own, only these count: what is served here at any host is
// not what the proxy has there.
func (p *Proxy) AuthorizeOriginal(c *call.Call) (call.Response, error) {
	if !p.TrustedProxies.Contains(call.PeerAddress(c.Request)) {
		return call.Response{}, call.Forbidden("only a trusted proxy may ask for this: name it by serve --trusted-proxy ADDRESS")
	}
	asked, err := readOriginal(c.Request)
	if err != nil {
		return call.Response{}, err
	}
	if err := call.CheckSameSite(asked.method, asked.host, c.Request.Header); err != nil {
		return call.Response{}, err
	}
	if asked.method == http.MethodOptions {
		asked.method = http.MethodGet // here any user may ask what a path can do; there the service would answer
	}
	if c.Route, err = call.FindRoute(c.Identity.Catalogue, asked.method, asked.host, asked.url); err != nil {
		return call.Response{}, forbiddenRoute(err)
	}
	if c.Route.Resource.Host == "" && c.Identity.Catalogue.HasHost(asked.host) {
		return call.Response{}, call.Forbidden("the original request leads nowhere: its host has resources of its own, and none there")
	}
	if err := refuseFields(c); err != nil {
		return call.Response{}, err
	}
	if err := c.Authorize(c.Route.Request); err != nil {
		return call.Response{}, err
	}
	return call.Response{Status: http.StatusOK, Header: map[string]string{userField: c.Identity.Name}}, nil
}

// forbiddenRoute makes a 403 of what leads nowhere.
func forbiddenRoute(err error) error {
	var method *perms.MethodError
	if errors.Is(err, perms.ErrNoRoute) || errors.Is(err, perms.ErrNotImplemented) || errors.As(err, &method) {
		return call.Forbidden("the original request leads nowhere: " + err.Error())
	}
	return err
}

// readOriginal reads one of the two sets of fields. A request with both could mean two things: proxies pass on fields of
// the other set that a client has made up.
func readOriginal(request *http.Request) (original, error) {
	inOriginal := hasAny(request.Header, originalURI, originalMethod, originalHost)
	inForwarded := hasAny(request.Header, forwardedMethod, forwardedURI)
	switch {
	case inOriginal && inForwarded:
		return original{}, call.Forbidden("the original request is told in two ways: X-Original-* and X-Forwarded-Method or -Uri")
	case inOriginal:
		return readOriginalSet(request)
	case inForwarded:
		return readForwardedSet(request.Header)
	}
	return original{}, call.Forbidden("the original request is not told: the proxy has to send X-Original-URI and X-Original-Method, " +
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

// readOriginalSet reads what nginx is configured to send. The host is in Host; a second name for it has to be the same.
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
			return original{}, call.Forbidden("X-Original-Host and Host name two hosts: the proxy has to send the original one in both, or in Host alone")
		}
	}
	return newOriginal(method, request.Host, target)
}

// readForwardedSet reads what Traefik and Caddy send.
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

// once reads a field that has to be there once.
func once(header http.Header, field string) (string, error) {
	given := header[field]
	if len(given) != 1 || given[0] == "" {
		return "", call.Forbidden("the original request is not clear: " + field + " has to be there once")
	}
	return given[0], nil
}

// newOriginal reads the target as package net/http reads that of a direct request.
func newOriginal(method, host, target string) (original, error) {
	for _, char := range []byte(target) {
		if char <= ' ' || char == 0x7f {
			return original{}, call.Forbidden("the original request is not clear: its URI has blanks or control characters")
		}
	}
	at, err := url.ParseRequestURI(target)
	if err != nil || !strings.HasPrefix(target, "/") {
		return original{}, call.Forbidden("the original request is not clear: its URI has to be a path, with or without a query")
	}
	if !call.IsHost(host) {
		return original{}, call.Forbidden("the original request is not clear: its host is none")
	}
	return original{method: method, host: host, url: at}, nil
}
