package call

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// TrustedProxies are the addresses of proxies whose word counts for whom they forward (H7). Nobody is one unless named,
// this machine's own addresses included: any process on it could pretend to be one. The zero value trusts nobody. It is
// safe for concurrent use as long as it is not changed.
type TrustedProxies []netip.Prefix

// ErrTrustedProxy: not an address or a range of addresses.
var ErrTrustedProxy = errors.New("not an address or a range in CIDR notation, such as 10.0.0.5, 10.0.0.0/24 or fd00::/8")

// ParseTrustedProxies reads addresses and ranges in CIDR notation (RFC 4632, RFC 4291). Bits of a range that are beyond
// its length must be zero: 10.0.0.5/8 is a mistake, for 10.0.0.5 or for 10.0.0.0/8. The error is [ErrTrustedProxy].
func ParseTrustedProxies(texts []string) (TrustedProxies, error) {
	var trusted TrustedProxies
	for _, text := range texts {
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
	// A range of mapped IPv4 addresses would match none: they are compared as IPv4.
	if err != nil || prefix != prefix.Masked() || prefix.Addr().Is4In6() {
		return netip.Prefix{}, ErrTrustedProxy
	}
	return prefix, nil
}

// Contains tells whether an address is one of a trusted proxy. The zero address is nobody's.
func (t TrustedProxies) Contains(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	return slices.ContainsFunc(t, func(prefix netip.Prefix) bool { return prefix.Contains(address) })
}

// ClientAddress is where a request comes from (H7): the address of the connection, unless that is a trusted proxy's.
// Then it is the rightmost address of X-Forwarded-For that is no trusted proxy's, as each proxy writes whom it has the
// request from to the right of what it was sent; what is further left can be anybody's invention. Something that is no
// address ends the walk: the client is then the last proxy that is known. IPv4 addresses mapped into IPv6 are returned
// as IPv4, and without a zone. It is the zero Addr where the request has no usable address itself.
//
// It costs no allocation unless the field is given more than once.
func (t TrustedProxies) ClientAddress(request *http.Request) netip.Addr {
	client := PeerAddress(request)
	if !client.IsValid() || !t.Contains(client) {
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
	for more := true; more && t.Contains(client); {
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

// PeerAddress is who the connection is with.
func PeerAddress(request *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(request.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return peer.Addr().Unmap().WithZone("")
}

// parseForwarded reads an element of X-Forwarded-For: an address, by some proxies with a port.
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
