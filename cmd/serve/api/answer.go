package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// answer is what a request comes to, whole before the first byte is sent.
type answer struct {
	status int
	header map[string]string // besides those that every answer has
	plain  bool              // the body is text; else of the format
	kind   string            // the media type, where it is neither
	format format            // handlers make JSON: [answer.inXML] alone makes another
	body   []byte

	// A large answer in XML is written from its JSON while it is sent, and never held.
	root string // the name to write the body as XML by; "": it is sent as it is
	size int    // of that XML, in bytes

	// pass makes the whole answer in the place of the other fields: piece by piece, as another service gives it.
	pass func(http.ResponseWriter)
}

// write sends an answer. To HEAD, package net/http sends the header of GET alone (RFC 9110, section 9.3.2).
func (a answer) write(w http.ResponseWriter) {
	header := w.Header()
	for name, value := range a.header {
		header.Set(name, value)
	}
	// Neither has a body; of 304 the length would be that of the 200 it stands for (RFC 9110, section 8.6).
	if a.status != http.StatusNoContent && a.status != http.StatusNotModified {
		header["Content-Length"] = []string{strconv.Itoa(max(a.size, len(a.body)))}
	}
	if len(a.body) == 0 {
		w.WriteHeader(a.status)
		return
	}
	header["Content-Type"] = a.contentType()
	w.WriteHeader(a.status)
	// An error is the client's going away, and nobody is left to be told.
	if a.root != "" {
		_ = writeXML(w, a.body, a.root)
		return
	}
	_, _ = w.Write(a.body)
}

func (a answer) contentType() []string {
	switch {
	case a.kind != "":
		return []string{a.kind}
	case a.plain:
		return contentPlain
	case a.format == formatXML:
		return contentXML
	}
	return contentJSON
}

// What browsers are told about the certificate: to insist on it for a year (RFC 6797).
const (
	strictTransportField = "Strict-Transport-Security"
	strictTransport      = "max-age=31536000"
)

// Values that answers share, as every request has them: nobody may write to them. The names of the fields are in the form
// that [http.Header.Set] would bring them into.
var (
	contentPlain      = []string{"text/plain; charset=utf-8"}
	contentXML        = []string{"application/xml"}
	contentJSON       = []string{"application/json"}
	neverStored       = []string{"no-store"}
	nothingElseLoaded = []string{"default-src 'none'; frame-ancestors 'none'"}
	neverGuessed      = []string{"nosniff"}
	alwaysSecure      = []string{strictTransport}
)

// setHeaders sets what every answer has, errors and probes too (H4). No header names the server or its version.
func (s *server) setHeaders(header http.Header, requestID string) {
	header["Cache-Control"] = neverStored
	header["Content-Security-Policy"] = nothingElseLoaded
	header["X-Content-Type-Options"] = neverGuessed
	header["X-Request-Id"] = []string{requestID}
	if s.StrictTransport {
		header[strictTransportField] = alwaysSecure
	}
}

var noContent = answer{status: http.StatusNoContent}

// jsonAnswer is a 200 with a value of one of our wire types.
func jsonAnswer(value any) (answer, error) {
	body, err := json.Marshal(value)
	if err != nil {
		return answer{}, fmt.Errorf("encoding the answer: %w", err)
	}
	return answer{status: http.StatusOK, body: append(body, '\n')}, nil
}
