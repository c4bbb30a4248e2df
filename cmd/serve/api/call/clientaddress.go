package call

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// TrustedProxies are the addresses of the proxies whose X-Forwarded fields are believed (H7). No address is trusted unless
// it is named, those of this machine included: any process on it could pose as a proxy. The zero range stands for whoever may
// connect to a Unix socket. The zero value trusts nobody. It is safe for concurrent use as long as it is not changed.
type TrustedProxies []netip.Prefix

// ErrTrustedProxy: not an address or a range of addresses.
var ErrTrustedProxy = errors.New("not an address, a range in CIDR notation or 'unix', such as 10.0.0.5, 10.0.0.0/24 or fd00::/8")

// ParseTrustedProxies reads addresses and ranges in CIDR notation (RFC 4632, RFC 4291). The bits of a range beyond its
// length must be zero: 10.0.0.5/8 is a mistake for 10.0.0.5 or 10.0.0.0/8. "unix" is for Unix sockets. The error is [ErrTrustedProxy].
func ParseTrustedProxies(texts []string) (TrustedProxies, error) {
	var trusted TrustedProxies
	for _, text := range texts {
		if text == "unix" {
			trusted = append(trusted, netip.Prefix{})
			continue
		}
		prefix, err := parseRange(text)
		if err != nil {
			return nil, fmt.Errorf("%q is %w", text, err)
		}
		trusted = append(trusted, prefix)
	}
	return trusted, nil
}

func parseRange(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		address, err := netip.ParseAddr(text)
		if err != nil || address.Zone() != "" {
			return netip.Prefix{}, ErrTrustedProxy
		}
		address = address.Unmap()
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	// A range of mapped IPv4 addresses would match nothing: addresses are compared as IPv4.
	if err != nil || prefix != prefix.Masked() || prefix.Addr().Is4In6() {
		return netip.Prefix{}, ErrTrustedProxy
	}
	return prefix, nil
}

// Contains tells whether an address is that of a trusted proxy. The zero address is not.
func (t TrustedProxies) Contains(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	return slices.ContainsFunc(t, func(prefix netip.Prefix) bool { return prefix.Contains(address) })
}

// TrustsPeer tells whether the other end of a request's connection is a trusted proxy.
func (t TrustedProxies) TrustsPeer(request *http.Request) bool {
	if IsByUnixSocket(request) {
		return slices.Contains(t, netip.Prefix{})
	}
	return t.Contains(PeerAddress(request))
}

// IsByUnixSocket tells whether a request has come by a Unix socket, as package listen says who connected.
func IsByUnixSocket(request *http.Request) bool {
	return strings.HasPrefix(request.RemoteAddr, "unix:")
}

// ClientAddress is where a request comes from (H7): the address of the connection, unless that is a trusted proxy. Then it
// is the rightmost address in X-Forwarded-For that is not a trusted proxy: each proxy appends the address that it got the
// request from, and what is further to the left may be forged. If an element is not an address, the client is the last
// proxy to the right of it. IPv4 addresses mapped into IPv6 are returned as IPv4, and without a zone. The result is the zero
// Addr if the connection has no usable address.
//
// It does not allocate unless the field is there more than once.
func (t TrustedProxies) ClientAddress(request *http.Request) netip.Addr {
	client := PeerAddress(request)
	if !t.TrustsPeer(request) {
		return client
	}
	fields := request.Header["X-Forwarded-For"]
	if len(fields) == 0 {
		return client
	}
	rest := fields[0]
	if len(fields) > 1 { // several fields are one list, in their order (RFC 9110, section 5.3)
		rest = strings.Join(fields, ",")
	}
	for trusted, more := true, true; more && trusted; trusted = t.Contains(client) {
		comma := strings.LastIndexByte(rest, ',')
		address, ok := parseForwarded(rest[comma+1:])
		if !ok {
			break
		}
		client, more = address, comma >= 0
		rest = rest[:max(comma, 0)]
	}
	return client
}

// PeerAddress is the other end of the connection; the zero Addr if it is not known.
func PeerAddress(request *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(request.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return peer.Addr().Unmap().WithZone("")
}

// parseForwarded reads an element of X-Forwarded-For: an address, which some proxies write with a port.
func parseForwarded(text string) (netip.Addr, bool) {
	text = strings.Trim(text, " \t")
	address, err := netip.ParseAddr(text)
	if err != nil {
		withPort, err := netip.ParseAddrPort(text)
		if err != nil {
			return netip.Addr{}, false
		}
		address = withPort.Addr()
	}
	return address.Unmap().WithZone(""), true
}
