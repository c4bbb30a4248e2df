package api

import (
	"cmp"
	"fmt"
	"net/http"

	"latchkey/cmd/serve/api/call"
	"latchkey/cmd/serve/api/upstream"
	"latchkey/cmd/serve/fastpath"
	"latchkey/perms"
)

// act does what the request asks for.
func (s *server) act(c *call.Call) (call.Response, error) {
	if c.Route.Request.Method == http.MethodOptions {
		return s.options(c), nil
	}
	switch c.Route.Resource.Backend {
	case perms.Proxied:
		if c.Left = fastpath.Leave(c.Writer.ResponseWriter); c.Left {
			s.unlimitRate(c)
			return call.Response{}, nil
		}
		return s.upstream.Serve(c)
	case perms.External:
		return call.Response{}, upstream.Elsewhere()
	}
	var err error
	if c.Format, err = call.NegotiateFormat(c.Request); err != nil {
		return call.Response{}, err
	}
	// Done here for all handlers: none can forget to reject unknown parameters.
	names, filters := parameters(c.Route)
	if c.Query, err = call.ReadQuery(c.Request.URL.RawQuery, names, filters); err != nil {
		return call.Response{}, err
	}
	c.Request, c.StartedAt = call.WithoutXMLTags(c.Request, c.Format), s.Clock()
	response, err := s.handle(c)
	if c.Reads() { // it may have waited, and has read what was there after the first decision
		err = cmp.Or(c.DecideAgain(c.Request.Context()), err)
	}
	if err == nil {
		err = s.countResponse(c, len(response.Body), c.Format)
	}
	if err != nil || c.Format == call.FormatJSON {
		return response, err
	}
	return response.InXML(call.XMLName(c.Route))
}

// handle calls the handler of the resource's backend.
func (s *server) handle(c *call.Call) (call.Response, error) {
	switch c.Route.Resource.Backend {
	case perms.Documents:
		return s.documents.Serve(c)
	case perms.System:
		if c.Route.Resource.Name == "store" {
			if c.Route.Request.Method == http.MethodPut {
				return s.documents.ChangeStore(c)
			}
			return s.documents.ShowStore(c)
		}
		return s.panel.Serve(c)
	}
	return call.Response{}, fmt.Errorf("resource %s has the unknown backend %q", c.Route.Resource.Name, c.Route.Resource.Backend)
}
