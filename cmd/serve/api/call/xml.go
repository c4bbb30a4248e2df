package call

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"latchkey/cmd/serve/api/xml"
	"latchkey/perms"
)

// maxAnswerDepth is more than any answer of ours has: a document's depth and a list around it.
const maxAnswerDepth = MaxDepth + 8

// errXMLTooLarge is for pages alone: one document of the largest size always fits, or its change could not be answered.
var errXMLTooLarge = &Refusal{
	Status:  http.StatusRequestEntityTooLarge,
	Message: "the page would be larger than 64 MiB as XML: ask for a smaller limit, or for JSON",
}

// jsonOf makes JSON of an XML body.
func jsonOf(body []byte) ([]byte, error) {
	body, err := xml.ToJSON(body, MaxDepth)
	var wrong *xml.Error
	switch {
	case errors.Is(err, xml.ErrCharset):
		return nil, unsupported("the encoding of the body must be UTF-8")
	case errors.As(err, &wrong):
		return nil, BadBody("the body " + wrong.Reason)
	}
	return body, err
}

// inXML writes a JSON answer as XML: the one place where that is done. name is what the answer is one or several of,
// in the plural.
func (a Answer) InXML(name string) (Answer, error) {
	a = a.tagXML()
	if len(a.Body) == 0 || a.Plain {
		return a, nil
	}
	var written beginning
	err := xml.FromJSON(&written, a.Body, name, maxAnswerDepth)
	if errors.Is(err, xml.ErrTooLarge) {
		return Answer{}, errXMLTooLarge
	}
	if err != nil {
		return Answer{}, fmt.Errorf("writing the answer as XML: %w", err)
	}
	a.format = FormatXML
	if written.size <= LargeAnswer {
		a.Body = written.kept
	} else {
		a.root, a.size = name, written.size
	}
	return a, nil
}

// beginning counts what is written and keeps it as long as it is no large answer.
type beginning struct {
	kept []byte
	size int
}

func (b *beginning) Write(piece []byte) (int, error) {
	if b.size += len(piece); b.size <= LargeAnswer {
		b.kept = append(b.kept, piece...)
	}
	return len(piece), nil
}

// answerName is what the answers to a route are called, in the plural: by the last segment of the resource's path
// that is no parameter.
func AnswerName(route perms.Route) string {
	segments := strings.Split(route.Resource.Path, "/")
	for _, segment := range slices.Backward(segments) {
		if segment != "" && !strings.HasPrefix(segment, "{") {
			return segment
		}
	}
	return "answer"
}
