package api

import (
	"fmt"
	"net/http"
	"strings"

	"latchkey/cmd/serve/api/call"
	"latchkey/db"
)

// Before it is known who asks and for what, sites are judged by whether anything here allows them: so the responses tell
// nobody which paths there are (H14).

// preflight responds to the question of a browser whether a page of another site may make a request, without credentials and
// alike for every path. The zero Response: it is none, or nothing allows the site.
func (s *server) preflight(c *call.Call) (call.Response, error) {
	header := c.Request.Header
	method, fields := header["Access-Control-Request-Method"], header["Access-Control-Request-Headers"]
	if c.Request.Method != http.MethodOptions || len(method) != 1 || len(fields) > 1 || header["Authorization"] != nil {
		return call.Response{}, nil
	}
	origin, err := s.anywhereAllowed(c)
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

// announceOrigin lets a page of an allowed site read why its request was not authenticated.
func (s *server) announceOrigin(c *call.Call) error {
	if c.Request.Header["Origin"] == nil {
		return nil
	}
	origin, err := s.anywhereAllowed(c)
	origin.Set(c.Writer.Header())
	return err
}

// anywhereAllowed judges a site by all resources together.
func (s *server) anywhereAllowed(c *call.Call) (call.Origin, error) {
	if err := s.checkAvailable(); err != nil {
		return call.Origin{}, err
	}
	s.awaitTurn(c)
	catalogue, err := s.Users.Catalogue(c.Request.Context(), db.State{})
	if err != nil {
		return call.Origin{}, fmt.Errorf("%w: %w", call.ErrUsers, err)
	}
	name := call.OriginOf(c.Request.Header)
	origin := call.Origin{Varies: catalogue.AllowsOrigins() || len(s.CORS.Origins) > 0}
	if allowed, credentials := catalogue.AllowsOrigin(name); allowed {
		origin.Name, origin.Credentials = name, credentials
	}
	if s.CORS.Allows(name) {
		origin.Name, origin.Credentials = name, origin.Credentials || s.CORS.Credentials
	}
	return origin, nil
}

// isFieldList reports whether a text is a list of names of fields, of at most 2 KiB.
func isFieldList(text string) bool {
	return len(text) <= 2<<10 && !strings.ContainsFunc(text, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("!#$&'+-.^_`|~, ", c)
	})
}
