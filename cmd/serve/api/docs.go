package api

import (
	"fmt"
	"net/http"
	"strings"

	"latchkey/cmd/internal/pages"
	"latchkey/cmd/serve/api/call"
	"latchkey/db"
	"latchkey/perms"
)

// isDocs reports whether a path is of the pages about what is served.
func isDocs(path string) bool {
	return path == pages.Folder || strings.HasPrefix(path, pages.Folder+"/")
}

// publicDocs answers for the pages without asking who wants to read them.
func (s *server) publicDocs(c *call.Call) (call.Answer, error) {
	if err := s.checkAvailable(c); err != nil {
		return call.Answer{}, err
	}
	s.awaitTurn(c)
	catalogue, err := s.Users.Catalogue(c.Request.Context(), db.State{})
	if err != nil {
		return call.Answer{}, fmt.Errorf("%w: %w", call.ErrUsers, err)
	}
	return s.docs(c, catalogue)
}

// docs answers for the pages, from the catalogue that decides at this moment.
func (s *server) docs(c *call.Call, catalogue *perms.Catalogue) (call.Answer, error) {
	request := c.Request
	find, found := pageAt(strings.TrimSuffix(request.URL.Path, "/"), catalogue)
	if !found {
		return call.Answer{}, &call.Refusal{Status: http.StatusNotFound, Message: "no page at this path: " + pages.Folder + " lists them"}
	}
	allow := []string{http.MethodGet, http.MethodHead, http.MethodOptions}
	switch request.Method {
	case http.MethodGet, http.MethodHead:
		reply, err := find(request)
		if err == nil {
			err = s.hold(c, weight(len(reply.Body), call.FormatJSON))
		}
		return reply, err
	case http.MethodOptions:
		return call.Answer{Status: http.StatusOK, Header: map[string]string{"Allow": strings.Join(allow, ", ")}}, nil
	}
	return call.Answer{}, &perms.MethodError{Allow: allow}
}

// pageAt finds what makes the page of a path.
func pageAt(path string, catalogue *perms.Catalogue) (make func(*http.Request) (call.Answer, error), found bool) {
	page := pages.Document{}
	switch path {
	case pages.Folder + "/openapi.json":
		return func(request *http.Request) (call.Answer, error) { return openAPIAnswer(catalogue, request.Host) }, true
	case pages.Folder:
		page, found = pages.Index(catalogue), true
	case pages.Folder + "/requests":
		page, found = pages.Requests(catalogue), true
	default:
		if name, ok := strings.CutPrefix(path, pages.Folder+"/resources/"); ok {
			page, found = pages.Resource(catalogue, name)
		}
	}
	return func(*http.Request) (call.Answer, error) { return pageAnswer(page) }, found
}

// openAPIAnswer describes what is served to the host that was asked: it only selects, and is not repeated.
func openAPIAnswer(catalogue *perms.Catalogue, host string) (call.Answer, error) {
	document, err := pages.OpenAPI(catalogue, perms.CanonicalHost(host))
	return call.Answer{Status: http.StatusOK, Body: document}, err
}

func pageAnswer(page pages.Document) (call.Answer, error) {
	body, err := page.HTML()
	return call.Answer{Status: http.StatusOK, Kind: "text/html; charset=utf-8", Body: body,
		Header: map[string]string{"Content-Security-Policy": pages.ContentSecurityPolicy()}}, err
}
