package perms

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// CORS says which pages of other sites a browser lets use a resource (Fetch standard). The zero value: none.
type CORS struct {
	Origins     []string // sorted, each once, as browsers write them in the field Origin: https://app.example
	Credentials bool     // pages may have the browser send the credentials that it keeps for this server
	// PassOwn: of a service, the Access-Control fields of its responses are passed on in place of ours.
	PassOwn bool
}

// maxOrigins is for one resource.
const maxOrigins = 100

// IsZero reports whether nothing is set.
func (c CORS) IsZero() bool { return len(c.Origins) == 0 && !c.Credentials && !c.PassOwn }

// Allows reports whether pages of an origin may use the resource.
func (c CORS) Allows(origin string) bool {
	_, found := slices.BinarySearch(c.Origins, origin)
	return found
}

// SetOrigins sets whose pages may use the resource, in any order.
func (c *CORS) SetOrigins(origins []string) {
	c.Origins = slices.Compact(slices.Sorted(slices.Values(origins)))
}

// CheckOrigin refuses what no browser writes in the field Origin, and what stands for more than one site.
func CheckOrigin(text string) error {
	switch text {
	case "*":
		return errors.New("the origin * would be every site: name each one")
	case "null":
		return errors.New("the origin null is that of any sandboxed page and of any file: it cannot be told whose a page is")
	}
	written := fmt.Errorf("the origin %.80q has to be written as browsers do: https://HOST or https://HOST:PORT, in lower case, without a path", text)
	parsed, err := url.Parse(text)
	if err != nil || parsed.Scheme != "https" && parsed.Scheme != "http" || len(text) > maxURL || text != parsed.Scheme+"://"+parsed.Host || parsed.Hostname() == "" {
		return written
	}
	host := parsed.Hostname()
	if err := checkHost(host); err != nil || strings.Contains(host, ":") != strings.HasPrefix(parsed.Host, "[") {
		return written
	}
	port := parsed.Port()
	number, err := strconv.ParseUint(port, 10, 16)
	switch {
	case port == "":
		if strings.HasSuffix(text, ":") {
			return written
		}
	case err != nil || number == 0 || strconv.FormatUint(number, 10) != port:
		return written
	case parsed.Scheme == "https" && number == 443 || parsed.Scheme == "http" && number == 80:
		return fmt.Errorf("the origin %.80q names the port that goes without saying: browsers leave it out", text)
	}
	return nil
}

// checkCORS: origins as they are written, of resources that are not latchkey's own.
func (r Resource) checkCORS() error {
	switch {
	case len(r.CORS.Origins) > maxOrigins:
		return fmt.Errorf("it allows %d origins: leave at most %d", len(r.CORS.Origins), maxOrigins)
	case r.CORS.PassOwn && r.Backend != Proxied:
		return fmt.Errorf("only the backend %s has responses whose own CORS could be passed on", Proxied)
	case !slices.Equal(r.CORS.Origins, slices.Compact(slices.Sorted(slices.Values(r.CORS.Origins)))):
		return errors.New("its origins have to be sorted, each once")
	}
	for _, origin := range r.CORS.Origins {
		if err := CheckOrigin(origin); err != nil {
			return err
		}
	}
	return nil
}

// AllowsOrigin reports whether pages of an origin may use any resource, and any of those with credentials.
func (c *Catalogue) AllowsOrigin(origin string) (allowed, credentials bool) {
	for i := range c.resources {
		if cors := &c.resources[i].CORS; cors.Allows(origin) {
			allowed, credentials = true, credentials || cors.Credentials
		}
	}
	return allowed, credentials
}

// AllowsOrigins reports whether any resource allows pages of another site.
func (c *Catalogue) AllowsOrigins() bool {
	return slices.ContainsFunc(c.resources, func(r Resource) bool { return len(r.CORS.Origins) > 0 })
}
