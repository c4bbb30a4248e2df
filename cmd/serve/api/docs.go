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
func (s *server) publicDocs(c *call.Call) (call.Response, error) {
	if err := s.checkAvailable(); err != nil {
		return call.Response{}, err
	}
	s.awaitTurn(c)
	catalogue, err := s.Users.Catalogue(c.Request.Context(), db.State{})
	if err != nil {
		return call.Response{}, fmt.Errorf("%w: %w", call.ErrUsers, err)
	}
	return s.docs(c, catalogue)
}

// docs answers for the pages, from the catalogue that decides at this moment.
func (s *server) docs(c *call.Call, catalogue *perms.Catalogue) (call.Response, error) {
	request := c.Request
	find, found := pageAt(strings.TrimSuffix(request.URL.Path, "/"), catalogue)
	if !found {
		return call.Response{}, &call.Error{Status: http.StatusNotFound, Message: "no page at this path: " + pages.Folder + " lists them"}
	}
	allow := []string{http.MethodGet, http.MethodHead, http.MethodOptions}
	switch request.Method {
	case http.MethodGet, http.MethodHead:
		response, err := find(request)
		if err == nil {
			err = s.countResponse(c, len(response.Body), call.FormatJSON)
		}
		return response, err
	case http.MethodOptions:
		return call.Response{Status: http.StatusOK, Header: map[string]string{"Allow": strings.Join(allow, ", ")}}, nil
	}
	return call.Response{}, &perms.MethodError{Allow: allow}
}

// pageAt finds what makes the page of a path.
func pageAt(path string, catalogue *perms.Catalogue) (make func(*http.Request) (call.Response, error), found bool) {
	page := pages.Document{}
	switch path {
	case pages.Folder + "/openapi.json":
		return func(request *http.Request) (call.Response, error) { return openAPIResponse(catalogue, request.Host) }, true
	case pages.Folder:
		page, found = pages.Index(catalogue), true
	case pages.Folder + "/requests":
		page, found = pages.Requests(catalogue), true
	default:
		if name, ok := strings.CutPrefix(path, pages.Folder+"/resources/"); ok {
			page, found = pages.Resource(catalogue, name)
		}
	}
	return func(*http.Request) (call.Response, error) { return pageResponse(page) }, found
}

// openAPIResponse describes what is served to the host that was asked: it only selects, and is not repeated.
func openAPIResponse(catalogue *perms.Catalogue, host string) (call.Response, error) {
	document, err := pages.OpenAPI(catalogue, perms.CanonicalHost(host))
	return call.Response{Status: http.StatusOK, Body: document}, err
}

func pageResponse(page pages.Document) (call.Response, error) {
	body, err := page.HTML()
	return call.Response{Status: http.StatusOK, Kind: "text/html; charset=utf-8", Body: body,
		Header: map[string]string{"Content-Security-Policy": pages.ContentSecurityPolicy()}}, err
}
