package call

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"

	"latchkey/cmd/serve/api/xml"
	"latchkey/perms"
)

// maxResponseDepth is more than any response has: the depth of a document, and a list around it.
const maxResponseDepth = MaxDepth + 8

// errXMLTooLarge is for lists. A single document always fits: otherwise a change of it could be made, but not shown.
var errXMLTooLarge = &Error{
	Status:  http.StatusRequestEntityTooLarge,
	Message: "the page would be larger than 64 MiB as XML: ask for a smaller limit, or for JSON",
}

// jsonOf converts an XML body to JSON.
func jsonOf(body []byte) ([]byte, error) {
	body, err := xml.ToJSON(body, MaxDepth)
	var wrong *xml.Error
	switch {
	case errors.Is(err, xml.ErrCharset):
		return nil, unsupportedMediaType("the encoding of the body must be UTF-8")
	case errors.As(err, &wrong):
		return nil, BadRequest("the body " + wrong.Reason)
	}
	return body, err
}

// InXML converts a JSON response to XML. It is the only place that does. name is the name of a list of what is in the
// response, as for [xml.FromJSON].
func (r Response) InXML(name string) (Response, error) {
	r = r.tagXML()
	if len(r.Body) == 0 || r.Plain {
		return r, nil
	}
	var written beginning
	err := xml.FromJSON(&written, r.Body, name, maxResponseDepth)
	if errors.Is(err, xml.ErrTooLarge) {
		return Response{}, errXMLTooLarge
	}
	if err != nil {
		return Response{}, fmt.Errorf("writing the response as XML: %w", err)
	}
	r.format = FormatXML
	if written.size <= LargeResponse {
		r.Body = written.kept
	} else {
		r.root, r.size = name, written.size
	}
	return r, nil
}

// beginning counts the bytes that are written, and keeps them until they are a large response.
type beginning struct {
	kept []byte
	size int
}

func (b *beginning) Write(piece []byte) (int, error) {
	if b.size += len(piece); b.size <= LargeResponse {
		b.kept = append(b.kept, piece...)
	}
	return len(piece), nil
}

// XMLName is the name of a list of what a route is for: the last segment of the resource's path that is not a parameter.
func XMLName(route perms.Route) string {
	return cmp.Or(perms.LastSegment(route.Resource.Path), "answer")
}
