package api

import (
	"fmt"
	"net/http"
	"strings"

	"latchkey/cmd/internal/pages"
	"latchkey/db"
	"latchkey/perms"
)

// isDocs reports whether a path is of the pages about what is served.
func isDocs(path string) bool {
	return path == pages.Folder || strings.HasPrefix(path, pages.Folder+"/")
}

// publicDocs answers for the pages without asking who wants to read them.
func (s *server) publicDocs(c *call) (answer, error) {
	if err := s.checkAvailable(c); err != nil {
		return answer{}, err
	}
	s.awaitTurn(c)
	catalogue, err := s.Users.Catalogue(c.request.Context(), db.State{})
	if err != nil {
		return answer{}, fmt.Errorf("%w: %w", errUsers, err)
	}
	return s.docs(c, catalogue)
}

// docs answers for the pages, from the catalogue that decides at this moment.
func (s *server) docs(c *call, catalogue *perms.Catalogue) (answer, error) {
	request := c.request
	find, found := pageAt(strings.TrimSuffix(request.URL.Path, "/"), catalogue)
	if !found {
		return answer{}, &refusal{status: http.StatusNotFound, message: "no page at this path: " + pages.Folder + " lists them"}
	}
	allow := []string{http.MethodGet, http.MethodHead, http.MethodOptions}
	switch request.Method {
	case http.MethodGet, http.MethodHead:
		reply, err := find(request)
		if err == nil {
			err = s.hold(c, weight(len(reply.body), formatJSON))
		}
		return reply, err
	case http.MethodOptions:
		return answer{status: http.StatusOK, header: map[string]string{"Allow": strings.Join(allow, ", ")}}, nil
	}
	return answer{}, &perms.MethodError{Allow: allow}
}

// pageAt finds what makes the page of a path.
func pageAt(path string, catalogue *perms.Catalogue) (make func(*http.Request) (answer, error), found bool) {
	page := pages.Document{}
	switch path {
	case pages.Folder + "/openapi.json":
		return func(request *http.Request) (answer, error) { return openAPIAnswer(catalogue, request.Host) }, true
	case pages.Folder:
		page, found = pages.Index(catalogue), true
	case pages.Folder + "/requests":
		page, found = pages.Requests(catalogue), true
	default:
		if name, ok := strings.CutPrefix(path, pages.Folder+"/resources/"); ok {
			page, found = pages.Resource(catalogue, name)
		}
	}
	return func(*http.Request) (answer, error) { return pageAnswer(page) }, found
}

// openAPIAnswer describes what is served to the host that was asked: it only selects, and is not repeated.
func openAPIAnswer(catalogue *perms.Catalogue, host string) (answer, error) {
	document, err := pages.OpenAPI(catalogue, perms.CanonicalHost(host))
	return answer{status: http.StatusOK, body: document}, err
}

func pageAnswer(page pages.Document) (answer, error) {
	body, err := page.HTML()
	return answer{status: http.StatusOK, kind: "text/html; charset=utf-8", body: body,
		header: map[string]string{"Content-Security-Policy": pages.ContentSecurityPolicy()}}, err
}
