package upstream

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Allowed are the addresses at which services may be reached. The zero value allows every host but those of the local link
// and those by which clouds give a machine its credentials, and no socket in the file system: who may edit everything in
// latchkey has not got the machine by that. It is safe for concurrent use.
type Allowed struct {
	given     bool
	sockets   []string // paths; one that ends in a slash is a folder, and all below it
	hosts     []allowedHost
	addresses []allowedAddress
}

// allowedHost is a host by its name, and allowedAddress one by its address, of any port where that is 0.
type (
	allowedHost struct {
		name string
		port uint16
	}
	allowedAddress struct {
		prefix netip.Prefix
		port   uint16
	}
)

var (
	// ErrAllowed: nothing that can be allowed.
	ErrAllowed = errors.New("no host or address, with or without a port, no range in CIDR notation and no unix:/PATH, such as grafana:3000, 10.0.0.0/8, [::1]:3000 or unix:/run/app/")
	// errNotAllowed is the error of a service that may not be reached.
	errNotAllowed = errors.New("the address of the service is none that this server may reach: name it by serve --upstream-allow")
)

// credentialAddresses are those at which clouds answer every process of a machine, beside those of the local link.
var credentialAddresses = []netip.Addr{netip.MustParseAddr("100.100.100.200"), netip.MustParseAddr("192.0.0.192"), netip.MustParseAddr("fd00:ec2::254")}

// ParseAllowed reads what may be reached, and nothing else may: HOST, HOST:PORT, an address with or without a port, a
// range in CIDR notation, the path of a socket (unix:/run/app.sock) or of a folder with sockets (unix:/run/apps/). Without any
// text it is the zero value. The error is [ErrAllowed].
func ParseAllowed(texts []string) (Allowed, error) {
	allowed := Allowed{given: len(texts) > 0}
	for _, text := range texts {
		if err := allowed.add(text); err != nil {
			return Allowed{}, fmt.Errorf("%q is %w", text, err)
		}
	}
	return allowed, nil
}

func (a *Allowed) add(text string) error {
	if socket, isSocket := strings.CutPrefix(text, "unix:"); isSocket {
		if clean := path.Clean(socket); clean == "/" || !path.IsAbs(socket) || strings.TrimSuffix(socket, "/") != clean {
			return ErrAllowed
		}
		a.sockets = append(a.sockets, socket)
		return nil
	}
	if prefix, err := netip.ParsePrefix(text); err == nil {
		if prefix != prefix.Masked() || prefix.Addr().Is4In6() {
			return ErrAllowed
		}
		a.addresses = append(a.addresses, allowedAddress{prefix, 0})
		return nil
	}
	if address, err := netip.ParseAddr(text); err == nil { // first, as one of IPv6 has colons
		return a.addHost(address.String(), 0)
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return a.addHost(text, 0)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 {
		return ErrAllowed
	}
	return a.addHost(host, uint16(number))
}

// addHost allows a host by its name or its address; port 0 is any.
func (a *Allowed) addHost(host string, port uint16) error {
	if address, err := netip.ParseAddr(host); err == nil {
		if address.Zone() != "" {
			return ErrAllowed
		}
		address = address.Unmap()
		a.addresses = append(a.addresses, allowedAddress{netip.PrefixFrom(address, address.BitLen()), port})
		return nil
	}
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	if name == "" || strings.ContainsFunc(name, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && !strings.ContainsRune("-._", c)
	}) {
		return ErrAllowed
	}
	a.hosts = append(a.hosts, allowedHost{name, port})
	return nil
}

// socket tells whether a socket may be reached.
func (a Allowed) socket(at string) bool {
	return slices.ContainsFunc(a.sockets, func(allowed string) bool {
		return at == allowed || strings.HasSuffix(allowed, "/") && strings.HasPrefix(at, allowed)
	})
}

// named tells whether a host may be reached whatever its address is.
func (a Allowed) named(host, port string) bool {
	name := strings.ToLower(strings.TrimSuffix(host, "."))
	return slices.ContainsFunc(a.hosts, func(allowed allowedHost) bool {
		return allowed.name == name && (allowed.port == 0 || strconv.Itoa(int(allowed.port)) == port)
	})
}

// address tells whether an address may be reached.
func (a Allowed) address(at netip.AddrPort) bool {
	address := at.Addr().Unmap().WithZone("")
	if !a.given {
		return !address.IsLinkLocalUnicast() && !address.IsMulticast() && !slices.Contains(credentialAddresses, address)
	}
	return slices.ContainsFunc(a.addresses, func(allowed allowedAddress) bool {
		return allowed.prefix.Contains(address) && (allowed.port == 0 || allowed.port == at.Port())
	})
}

// control refuses a connection to an address that may not be reached, once the name of the host has been looked up.
func (a Allowed) control(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !a.address(at) {
		return errNotAllowed
	}
	return nil
}
