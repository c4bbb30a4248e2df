package api

import (
	"net/http"
	"strings"

	"latchkey/cmd/serve/api/call"
	"latchkey/perms"
)

// sites judge the sites whose pages make requests before it is known who asks and for what: by whether anything here allows
// them, so that the responses tell nobody which paths there are (H14).
type sites struct {
	cors      perms.CORS // for all resources
	catalogue func(*call.Call) (*perms.Catalogue, error)
}

// preflight responds to the question of a browser whether a page of another site may make a request, without credentials and
// alike for every path. The zero Response: it is none, or nothing allows the site.
func (s sites) preflight(c *call.Call) (call.Response, error) {
	header := c.Request.Header
	method, fields := header["Access-Control-Request-Method"], header["Access-Control-Request-Headers"]
	if c.Request.Method != http.MethodOptions || len(method) != 1 || len(fields) > 1 || header["Authorization"] != nil {
		return call.Response{}, nil
	}
	origin, err := s.judge(c)
	if err != nil || origin.Name == "" {
		return call.Response{}, err
	}
	origin.Set(c.Writer.Header())
	said := map[string]string{
		"Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
		"Access-Control-Max-Age":       "600",
	}
	if len(fields) == 1 && isFieldList(fields[0]) {
		said["Access-Control-Allow-Headers"] = fields[0]
	}
	c.Writer.Header().Add("Vary", "Access-Control-Request-Headers")
	return call.Response{Status: http.StatusNoContent, Header: said}, nil
}

// announce lets a page of an allowed site read why its request was not authenticated.
func (s sites) announce(c *call.Call) error {
	if c.Request.Header["Origin"] == nil {
		return nil
	}
	origin, err := s.judge(c)
	origin.Set(c.Writer.Header())
	return err
}

// judge judges a site by all resources together.
func (s sites) judge(c *call.Call) (call.Origin, error) {
	catalogue, err := s.catalogue(c)
	if err != nil {
		return call.Origin{}, err
	}
	name := call.OriginOf(c.Request.Header)
	origin := call.Origin{Varies: catalogue.AllowsOrigins() || len(s.cors.Origins) > 0}
	if allowed, credentials := catalogue.AllowsOrigin(name); allowed {
		origin.Name, origin.Credentials = name, credentials
	}
	if s.cors.Allows(name) {
		origin.Name, origin.Credentials = name, origin.Credentials || s.cors.Credentials
	}
	return origin, nil
}

// isFieldList reports whether a text is a list of names of fields, of at most 2 KiB.
func isFieldList(text string) bool {
	return len(text) <= 2<<10 && !strings.ContainsFunc(text, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("!#$&'+-.^_`|~, ", c)
	})
}
