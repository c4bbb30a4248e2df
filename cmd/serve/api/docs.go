package api

import (
	"net/http"
	"strings"

	"latchkey/cmd/internal/pages"
	"latchkey/cmd/serve/api/call"
	"latchkey/perms"
)

// isDocs tells whether a path belongs to the pages about what is served.
func isDocs(path string) bool {
	return path == pages.Folder || strings.HasPrefix(path, pages.Folder+"/")
}

// publicDocs responds with a page, without authentication.
func (s *server) publicDocs(c *call.Call) (call.Response, error) {
	catalogue, err := s.catalogue(c)
	if err != nil {
		return call.Response{}, err
	}
	return s.docs(c, catalogue)
}

// docs responds with a page about what a catalogue serves.
func (s *server) docs(c *call.Call, catalogue *perms.Catalogue) (call.Response, error) {
	page, found := pageAt(catalogue, strings.TrimSuffix(c.Request.URL.Path, "/"), c.Request.Host)
	if !found {
		return call.Response{}, &call.Error{Status: http.StatusNotFound, Message: "no page at this path: " + pages.Folder + " lists them"}
	}
	allow := []string{http.MethodGet, http.MethodHead, http.MethodOptions}
	switch c.Request.Method {
	case http.MethodGet, http.MethodHead:
		response, err := s.pages.find(catalogue, page)
		if err == nil {
			err = s.countResponse(c, len(response.Body), call.FormatJSON)
		}
		return response, err
	case http.MethodOptions:
		return call.Response{Status: http.StatusOK, Header: map[string]string{"Allow": strings.Join(allow, ", ")}}, nil
	}
	return call.Response{}, &perms.MethodError{Allow: allow}
}

// docsPage names a page of a catalogue. One field is set, but host, which may be empty.
type docsPage struct {
	path     string // of the list of resources, or that of requests
	resource string // of its page
	openAPI  bool
	host     string // of the OpenAPI document: one that some resource is for alone, or ""
}

// pageAt finds the page of a path. The host that was asked only selects, and is not repeated.
func pageAt(catalogue *perms.Catalogue, path, host string) (page docsPage, found bool) {
	switch path {
	case pages.Folder + "/openapi.json":
		if host = perms.CanonicalHost(host); !catalogue.HasHost(host) {
			host = ""
		}
		return docsPage{openAPI: true, host: host}, true
	case pages.Folder, pages.Folder + "/requests":
		return docsPage{path: path}, true
	}
	name, isResource := strings.CutPrefix(path, pages.Folder+"/resources/")
	if isResource {
		_, found = catalogue.Resource(name)
	}
	return docsPage{resource: name}, found
}

func (p docsPage) write(catalogue *perms.Catalogue) (call.Response, error) {
	if p.openAPI {
		document, err := pages.OpenAPI(catalogue, p.host)
		return call.Response{Status: http.StatusOK, Body: document}, err
	}
	var page pages.Document
	switch p.path {
	case pages.Folder:
		page = pages.Index(catalogue)
	case pages.Folder + "/requests":
		page = pages.Requests(catalogue)
	default:
		page, _ = pages.Resource(catalogue, p.resource)
	}
	body, err := page.HTML()
	return call.Response{Status: http.StatusOK, Kind: "text/html; charset=utf-8", Body: body,
		Header: map[string]string{"Content-Security-Policy": pages.ContentSecurityPolicy()}}, err
}
