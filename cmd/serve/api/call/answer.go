package call

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"latchkey/cmd/serve/api/xml"
)

// answer is what a request comes to, whole before the first byte is sent.
type Answer struct {
	Status int
	Header map[string]string // besides those that every answer has
	Plain  bool              // the body is text; else of the format
	Kind   string            // the media type, where it is neither
	format Format            // handlers make JSON: [answer.inXML] alone makes another
	Body   []byte

	// A large answer in XML is written from its JSON while it is sent, and never held.
	root string // the name to write the body as XML by; "": it is sent as it is
	size int    // of that XML, in bytes

	// pass makes the whole answer in the place of the other fields: piece by piece, as another service gives it.
	Pass func(http.ResponseWriter)
}

// write sends an answer. To HEAD, package net/http sends the header of GET alone (RFC 9110, section 9.3.2).
func (a Answer) Write(w http.ResponseWriter) {
	header := w.Header()
	for name, value := range a.Header {
		header.Set(name, value)
	}
	// Neither has a body; of 304 the length would be that of the 200 it stands for (RFC 9110, section 8.6).
	if a.Status != http.StatusNoContent && a.Status != http.StatusNotModified {
		header["Content-Length"] = []string{strconv.Itoa(max(a.size, len(a.Body)))}
	}
	if len(a.Body) == 0 {
		w.WriteHeader(a.Status)
		return
	}
	header["Content-Type"] = a.contentType()
	w.WriteHeader(a.Status)
	// An error is the client's going away, and nobody is left to be told.
	if a.root != "" {
		_ = xml.FromJSON(w, a.Body, a.root, maxAnswerDepth)
		return
	}
	_, _ = w.Write(a.Body)
}

func (a Answer) contentType() []string {
	switch {
	case a.Kind != "":
		return []string{a.Kind}
	case a.Plain:
		return contentPlain
	case a.format == FormatXML:
		return contentXML
	}
	return contentJSON
}

// What browsers are told about the certificate: to insist on it for a year (RFC 6797).
const (
	StrictTransportField = "Strict-Transport-Security"
	StrictTransport      = "max-age=31536000"
)

// Values that answers share, as every request has them: nobody may write to them. The names of the fields are in the form
// that [http.Header.Set] would bring them into.
var (
	contentPlain      = []string{"text/plain; charset=utf-8"}
	contentXML        = []string{"application/xml"}
	contentJSON       = []string{"application/json"}
	NeverStored       = []string{"no-store"}
	NothingElseLoaded = []string{"default-src 'none'; frame-ancestors 'none'"}
	NeverGuessed      = []string{"nosniff"}
	AlwaysSecure      = []string{StrictTransport}
)

var NoContent = Answer{Status: http.StatusNoContent}

// jsonAnswer is a 200 with a value of one of our wire types.
func JSONAnswer(value any) (Answer, error) {
	body, err := json.Marshal(value)
	if err != nil {
		return Answer{}, fmt.Errorf("encoding the answer: %w", err)
	}
	return Answer{Status: http.StatusOK, Body: append(body, '\n')}, nil
}

// largeAnswer is the size in bytes above which an answer counts.
const LargeAnswer = 16 << 10
