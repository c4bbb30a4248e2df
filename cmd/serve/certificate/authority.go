package certificate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	authorityYears = 10
	// backdated covers clients whose clock is a little behind.
	backdated = time.Hour
	day       = 24 * time.Hour
)

// authority is the private local CA: it can sign for this machine's own names and the listen host, and for nothing
// else, if somebody gets its key.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// names are what a certificate is good for.
type names struct {
	domains   []string
	addresses []net.IP
}

// namesFor returns the local names, and the hosts that are none of them and do not stand for all addresses.
func namesFor(hosts ...string) names {
	found := names{domains: []string{"localhost"}, addresses: []net.IP{net.IPv4(127, 0, 0, 1).To4(), net.IPv6loopback}}
	for _, host := range hosts {
		if !IsWildcard(host) {
			found.add(host)
		}
	}
	return found
}

func (n *names) add(host string) {
	address, err := netip.ParseAddr(host)
	if err != nil {
		if name := strings.ToLower(strings.TrimSuffix(host, ".")); !slices.Contains(n.domains, name) {
			n.domains = append(n.domains, name)
		}
		return
	}
	ip := net.IP(address.Unmap().WithZone("").AsSlice())
	if !slices.ContainsFunc(n.addresses, ip.Equal) {
		n.addresses = append(n.addresses, ip)
	}
}

// IsName reports whether a certificate can be for a text: a host name (RFC 1123) or an address.
func IsName(text string) bool {
	if _, err := netip.ParseAddr(text); err == nil {
		return true
	}
	return len(text) <= 253 && hostName.MatchString(text)
}

var hostName = regexp.MustCompile(`^(?i:[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.?)+$`)

// IsWildcard reports whether a listen host stands for all addresses of the machine.
func IsWildcard(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "" || err == nil && address.IsUnspecified()
}

// newAuthority makes a CA whose name constraints are critical, so that a client which cannot check them refuses it.
func newAuthority(permitted names, now time.Time, random io.Reader) (authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), random)
	if err != nil {
		return authority{}, fmt.Errorf("making the key of the local CA: %w", err)
	}
	serial, err := newSerial(random)
	if err != nil {
		return authority{}, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		// Each CA has a name of its own: a client that still has the former one then says "unknown", not "bad signature".
		Subject:                     pkix.Name{CommonName: fmt.Sprintf("latchkey local CA %.8x", serial.Bytes())},
		NotBefore:                   now.Add(-backdated),
		NotAfter:                    now.AddDate(authorityYears, 0, 0),
		KeyUsage:                    x509.KeyUsageCertSign,
		ExtKeyUsage:                 []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid:       true,
		IsCA:                        true,
		MaxPathLenZero:              true,
		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         permitted.domains,
		PermittedIPRanges:           exactRanges(permitted.addresses),
	}
	encoded, err := x509.CreateCertificate(random, template, template, &key.PublicKey, key)
	if err != nil {
		return authority{}, fmt.Errorf("making the local CA: %w", err)
	}
	certificate, err := x509.ParseCertificate(encoded)
	return authority{certificate: certificate, key: key}, err
}

func exactRanges(addresses []net.IP) []*net.IPNet {
	ranges := make([]*net.IPNet, 0, len(addresses))
	for _, address := range addresses {
		bits := 8 * len(address)
		ranges = append(ranges, &net.IPNet{IP: address, Mask: net.CIDRMask(bits, bits)})
	}
	return ranges
}

// newSerial makes a positive number of 127 bits (RFC 5280, 4.1.2.2: at most 20 octets).
func newSerial(random io.Reader) (*big.Int, error) {
	octets := make([]byte, 16)
	if _, err := io.ReadFull(random, octets); err != nil {
		return nil, fmt.Errorf("making a serial number: %w", err)
	}
	octets[0] = octets[0]&0x7f | 0x40
	return new(big.Int).SetBytes(octets), nil
}

// madeByUs reports whether newAuthority made the certificate: any other must not be replaced.
func madeByUs(certificate *x509.Certificate) bool {
	return certificate.IsCA && certificate.PermittedDNSDomainsCritical && certificate.MaxPathLenZero &&
		certificate.CheckSignatureFrom(certificate) == nil
}

// outdated says why this CA, of which a part may be missing, cannot serve any longer and a new one must take its
// place; "" while it can.
func (a authority) outdated(now time.Time) string {
	switch {
	case a.certificate == nil:
		return AuthorityFile + " was missing"
	case a.key == nil:
		return AuthorityKeyFile + " was missing"
	case !a.key.PublicKey.Equal(a.certificate.PublicKey):
		return "its key is of another CA"
	case now.Before(a.certificate.NotBefore):
		return "it was to begin on " + a.certificate.NotBefore.UTC().Format(time.DateOnly) + ", so that a clock was or is wrong"
	case !now.Before(a.certificate.NotAfter):
		return "it ended on " + a.certificate.NotAfter.UTC().Format(time.DateOnly)
	}
	return ""
}

// refuses returns the first of the names that this CA may not sign for; "" where there is none.
func (a authority) refuses(wanted names) string {
	for _, domain := range wanted.domains {
		if !slices.ContainsFunc(a.certificate.PermittedDNSDomains, func(permitted string) bool {
			return domain == permitted || strings.HasSuffix(domain, "."+permitted)
		}) {
			return domain
		}
	}
	for _, address := range wanted.addresses {
		if !slices.ContainsFunc(a.certificate.PermittedIPRanges, func(permitted *net.IPNet) bool { return permitted.Contains(address) }) {
			return address.String()
		}
	}
	return ""
}

// permitted lists what this CA may sign for.
func (a authority) permitted() string {
	list := slices.Clone(a.certificate.PermittedDNSDomains)
	for _, permitted := range a.certificate.PermittedIPRanges {
		list = append(list, permitted.IP.String())
	}
	return strings.Join(list, ", ")
}
