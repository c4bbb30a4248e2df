package call

import (
	"net/netip"
	"strings"
)

// IsHost tells whether a text can be the Host of a request, with or without a port: a name or an address, in brackets if it
// has colons, with at most one dot at its end (RFC 3986, section 3.2.2, without forms that HTTP does not use). Texts that a
// proxy may shorten to another host are not.
func IsHost(text string) bool {
	if inner, bracketed := strings.CutPrefix(text, "["); bracketed {
		address, port, closed := strings.Cut(inner, "]")
		_, err := netip.ParseAddr(address)
		return closed && err == nil && (port == "" || isPort(port))
	}
	name, _, hasPort := strings.Cut(text, ":")
	return name != "" && name != "." && !strings.HasSuffix(name, "..") && !strings.ContainsFunc(name, isNoHostChar) && (!hasPort || isPort(text[len(name):]))
}

func isNoHostChar(c rune) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_'
}

// isPort tells whether a text is a colon with digits behind it, or none.
func isPort(text string) bool {
	return text[0] == ':' && strings.Trim(text[1:], "0123456789") == ""
}
