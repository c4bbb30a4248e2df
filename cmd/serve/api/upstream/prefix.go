package upstream

import (
	"net/http"
	"net/url"
	"strings"
)

// prefixed is how places at a service are written for its clients: with the prefix that was taken from the path of the request,
// and without the base of the service. They stay as they are where there is no such prefix.
type prefixed struct {
	prefix, base string   // escaped, without a slash at the end
	hosts        []string // that the service may know itself by
}

func (s *service) prefixedBy(prefix string, requested *url.URL, hosts ...string) prefixed {
	if prefix == "" || !isBelow(requested.Path, prefix) {
		return prefixed{}
	}
	return prefixed{prefix: (&url.URL{Path: prefix}).EscapedPath(), base: s.base, hosts: append(hosts, s.host)}
}

// change changes the places in the header of a response.
func (p prefixed) change(header http.Header) {
	if p.prefix == "" {
		return
	}
	for _, field := range []string{"Location", "Content-Location"} {
		for i, place := range header[field] {
			header[field][i] = p.place(place)
		}
	}
	for i, cookie := range header["Set-Cookie"] {
		header["Set-Cookie"][i] = p.cookie(cookie)
	}
}

// place is a reference (RFC 3986, section 4.1) with the prefix. What is relative to the request, at another host, outside the
// base, or has the prefix already, since the service knows it from X-Forwarded-Prefix, needs none.
func (p prefixed) place(text string) string {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Opaque != "" || parsed.User != nil || parsed.Scheme != "" && parsed.Scheme != "http" && parsed.Scheme != "https" {
		return text
	}
	rest := text
	if parsed.Host != "" {
		if !p.isHost(parsed.Host) {
			return text
		}
		_, rest, _ = strings.Cut(text, "//")
		rest = rest[len(parsed.Host):] // it has no escapes, as it is one of ours
	} else if !strings.HasPrefix(text, "/") {
		return text
	}
	path, _, _ := strings.Cut(rest, "?")
	path, _, _ = strings.Cut(path, "#")
	switch {
	case isBelow(path, p.prefix):
		return rest
	case isBelow(path, p.base):
		return p.prefix + rest[len(p.base):]
	}
	return text
}

func (p prefixed) isHost(host string) bool {
	for _, one := range p.hosts {
		if strings.EqualFold(host, one) {
			return true
		}
	}
	return false
}

// cookie is a Set-Cookie with the prefix in its path (RFC 6265, section 5.2.4). A name with __Host- stands for the path /, and
// browsers refuse any other.
func (p prefixed) cookie(text string) string {
	parts := strings.Split(text, ";")
	if strings.HasPrefix(strings.ToLower(strings.TrimSpace(parts[0])), "__host-") {
		return text
	}
	for i, part := range parts[1:] {
		name, path, _ := strings.Cut(part, "=")
		path = strings.TrimSpace(path)
		if !strings.EqualFold(strings.TrimSpace(name), "path") || !strings.HasPrefix(path, "/") {
			continue
		}
		trimmed := strings.TrimSuffix(path, "/")
		switch {
		case trimmed != "" && isBelow(path, p.prefix):
		case isBelow(p.base, trimmed): // the whole service, and a path without the final slash is there too
			parts[i+1] = name + "=" + p.prefix
		case isBelow(path, p.base):
			parts[i+1] = name + "=" + p.prefix + path[len(p.base):]
		}
	}
	return strings.Join(parts, ";")
}

// isBelow tells whether a path is another one or below it; all are below "".
func isBelow(path, above string) bool {
	rest, found := strings.CutPrefix(path, above)
	return found && (rest == "" || rest[0] == '/')
}
