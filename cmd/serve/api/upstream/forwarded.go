package upstream

import (
	"maps"
	"net/http"
	"net/netip"
	"slices"

	"latchkey/cmd/serve/api/call"
)

// userField tells a service or a proxy who is asking: the username as latchkey has it, in UTF-8.
const userField = "Remote-User"

// ours are the fields that latchkey alone may send to a service, and families those whose names begin so: what a client
// writes into them would be believed. They are compared without case, and whatever is no letter or digit is as good as a
// hyphen: in the variables that CGI and its heirs make of them X_Forwarded_For is X-Forwarded-For.
var (
	ours = []string{"authorization", "proxy-authorization", "remote-user", "remote-name", "remote-email", "remote-groups",
		"forwarded", "x-real-ip", "x-request-id", "x-client-ip", "true-client-ip", "x-user", "x-username", "x-host", "x-url-scheme",
		"x-auth-user", "x-forwarded", "x-forward-for", "client-ip", "front-end-https", "x-http-host-override", "x-sendfile-type", "proxy"}
	families = []string{"x-forwarded-", "x-original-", "x-remote-", "x-auth-request-", "x-authenticated-", "x-authentik-", "x-webauth-", "x-accel-", "x-latchkey-"}
	// overrides are by what services let a client say another method or path than the one that was decided about.
	overrides = []string{"x-http-method", "x-http-method-override", "x-method-override", "x-rewrite-url", "x-override-url", "x-original-url"}
)

// overriding is the first field that overrides the method or the path, by name; "" for none.
func overriding(header http.Header) string {
	for _, field := range slices.Sorted(maps.Keys(header)) {
		if isOneOf(overrides, field) {
			return field
		}
	}
	return ""
}

func isOurs(field string) bool {
	if isOneOf(ours, field) || isOneOf(overrides, field) {
		return true
	}
	for _, family := range families {
		if len(field) >= len(family) && beginsLike(field, family) {
			return true
		}
	}
	return false
}

func isOneOf(names []string, field string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return len(field) == len(name) && beginsLike(field, name) })
}

// beginsLike compares a field's beginning with a name, which is not longer.
func beginsLike(field, name string) bool {
	for i := range len(name) {
		char := field[i]
		switch {
		case char >= 'A' && char <= 'Z':
			char |= 0x20
		case (char < 'a' || char > 'z') && (char < '0' || char > '9'):
			char = '-'
		}
		if char != name[i] {
			return false
		}
	}
	return true
}

// forward sets what the service is told of a request's way here, and takes out what the client said of it.
func (p *Proxy) forward(c *call.Call, header http.Header) {
	for field := range header {
		if isOurs(field) {
			delete(header, field)
		}
	}
	header[userField] = []string{c.Identity.Name}
	header["X-Request-Id"] = []string{c.ID}
	header["X-Forwarded-Host"] = []string{c.Request.Host}
	header["X-Forwarded-Proto"] = []string{"https"}
	peer := call.PeerAddress(c.Request)
	if !peer.IsValid() {
		return
	}
	client := p.TrustedProxies.ClientAddress(c.Request)
	header["X-Real-Ip"] = []string{client.String()}
	header["X-Forwarded-For"] = []string{client.String()}
	if p.TrustedProxies.Contains(peer) {
		p.forwardFurther(c.Request.Header, header, client, peer)
	}
}

// forwardFurther passes on what a trusted proxy said.
func (p *Proxy) forwardFurther(said, header http.Header, client, peer netip.Addr) {
	if client != peer {
		header["X-Forwarded-For"] = []string{client.String() + ", " + peer.String()}
	}
	if host := said["X-Forwarded-Host"]; len(host) == 1 && call.IsHost(host[0]) {
		header["X-Forwarded-Host"] = host
	}
	if proto := said["X-Forwarded-Proto"]; len(proto) == 1 && (proto[0] == "http" || proto[0] == "https") {
		header["X-Forwarded-Proto"] = proto
	}
}
