package perms

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"latchkey/perms/httpfield"
)

// checkUpstream: where requests are passed on to, exactly with the backend that does so.
func (r Resource) checkUpstream() error {
	if r.Backend != Proxied {
		if r.Upstream != (Upstream{}) {
			return fmt.Errorf("only the backend %s passes requests on: leave out where to", Proxied)
		}
		return nil
	}
	up := r.Upstream
	switch {
	case up.Timeout < 0 || up.Timeout > maxTimeout || up.MaxBody < 0:
		return fmt.Errorf("its limits have to be 0 for the server's own or more, a time of at most %v", maxTimeout)
	case up.StripPrefix != "" && (!under(r.Path, up.StripPrefix) || strings.HasSuffix(up.StripPrefix, "/")):
		return fmt.Errorf("the prefix %.80q to strip has to be the path %.80q or begin it, up to a /", up.StripPrefix, r.Path)
	}
	return cmp.Or(checkHostHeader(up.HostHeader), checkURL(up.URL))
}

// checkHostHeader: what can be sent as Host (RFC 9110, section 7.2).
func checkHostHeader(text string) error {
	if text == "" || text == HostOfUpstream {
		return nil
	}
	parsed, err := url.Parse("//" + text)
	if err != nil || parsed.Host != text || text == HostKept || strings.HasSuffix(text, ":") || checkHost(strings.ToLower(parsed.Hostname())) != nil || parsed.Hostname() == "" {
		return fmt.Errorf("its host header %.80q has to be %s, %s, or a host with or without a port", text, HostKept, HostOfUpstream)
	}
	return nil
}

// checkPassFields: names that can be let through, as they are written, to a service.
func (r Resource) checkPassFields() error {
	switch {
	case len(r.PassFields) == 0:
		return nil
	case !r.Backend.IsService():
		return fmt.Errorf("only the backends %s and %s let fields through: leave them out", Proxied, External)
	case len(r.PassFields) > maxPassed:
		return fmt.Errorf("it lets %d fields through: leave at most %d", len(r.PassFields), maxPassed)
	case !slices.Equal(r.PassFields, httpfield.Normalize(r.PassFields)):
		return fmt.Errorf("its fields that are let through have to be sorted, each once and written like %s", "X-User-Id")
	}
	for _, name := range r.PassFields {
		if err := httpfield.Passable(name); err != nil {
			return err
		}
	}
	return nil
}

// checkURL does not quote what it refuses: it may hold a password.
func checkURL(text string) error {
	errURL := errors.New("its URL has to be http://HOST[:PORT][/PATH], https://HOST[:PORT][/PATH] or unix:/PATH/OF/SOCKET, " +
		"without user, query and fragment")
	if path, socket := strings.CutPrefix(text, "unix:"); socket {
		if len(text) > maxURL || !isClean(path) || strings.HasSuffix(path, "/") {
			return errURL
		}
		return nil
	}
	parsed, err := url.Parse(text)
	if err != nil || len(text) > maxURL || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Hostname() == "" ||
		parsed.User != nil || parsed.RawQuery != "" || parsed.ForceQuery || strings.Contains(text, "#") || parsed.RawPath != "" ||
		parsed.Path != "" && !isClean(parsed.Path) {
		return errURL
	}
	if port, err := strconv.ParseUint(parsed.Port(), 10, 16); parsed.Port() != "" && (err != nil || port == 0) {
		return errors.New("the port in its URL has to be a number from 1 to 65535")
	}
	return nil
}
