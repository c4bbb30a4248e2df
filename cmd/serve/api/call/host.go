package call

import (
	"net/netip"
	"strings"
)

// IsHost tells whether a text is the host of a request, with or without port: a name or an address, in brackets where it has
// colons, and at most one dot at the end (RFC 3986, section 3.2.2, without what no host of HTTP has). What a proxy in front
// would trim to another host is none.
func IsHost(text string) bool {
	if inner, bracketed := strings.CutPrefix(text, "["); bracketed {
		address, port, closed := strings.Cut(inner, "]")
		_, err := netip.ParseAddr(address)
		return closed && err == nil && (port == "" || isPort(port))
	}
	name, _, ported := strings.Cut(text, ":")
	return name != "" && name != "." && !strings.HasSuffix(name, "..") && !strings.ContainsFunc(name, strangeInHost) && (!ported || isPort(text[len(name):]))
}

func strangeInHost(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_'
}

// isPort is true of a colon with digits, or with none.
func isPort(text string) bool {
	return text[0] == ':' && strings.Trim(text[1:], "0123456789") == ""
}
