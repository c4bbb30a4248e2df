package call

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"latchkey/cmd/serve/api/xml"
)

// Response is what a request results in. It is complete before its first byte is sent, unless Pass is set.
type Response struct {
	Status int
	Header map[string]string // besides those that every response has
	Plain  bool              // the body is plain text; else JSON or XML
	Kind   string            // the media type of a body that is none of these; "": it is one of these
	format Format            // handlers make JSON; only [Response.InXML] makes XML
	Body   []byte

	// A large response in XML is written from its JSON while it is sent: the XML is never in memory as a whole.
	root string // the name for [xml.FromJSON]; "": the body is sent as it is
	size int    // of that XML, in bytes

	// Pass sends the whole response in place of the other fields, piece by piece, as another service sends it.
	Pass func(http.ResponseWriter)
}

// Write sends a response. For HEAD, package net/http leaves out the body (RFC 9110, section 9.3.2).
func (r Response) Write(w http.ResponseWriter) {
	header := w.Header()
	for name, value := range r.Header {
		header.Set(name, value)
	}
	// These two have no body; the length in a 304 would be that of the 200 that it replaces (RFC 9110, section 8.6).
	if r.Status != http.StatusNoContent && r.Status != http.StatusNotModified {
		header["Content-Length"] = []string{strconv.Itoa(max(r.size, len(r.Body)))}
	}
	if len(r.Body) == 0 {
		w.WriteHeader(r.Status)
		return
	}
	header["Content-Type"] = r.contentType()
	w.WriteHeader(r.Status)
	// An error means that the client has gone: there is nobody to report it to.
	if r.root != "" {
		_ = xml.FromJSON(w, r.Body, r.root, maxResponseDepth)
		return
	}
	_, _ = w.Write(r.Body)
}

// IsJSON reports whether the body is sent as JSON.
func (r Response) IsJSON() bool {
	return r.Kind == "" && !r.Plain && r.format == FormatJSON && r.root == "" && r.Pass == nil
}

func (r Response) contentType() []string {
	switch {
	case r.Kind != "":
		return []string{r.Kind}
	case r.Plain:
		return contentPlain
	case r.format == FormatXML:
		return contentXML
	}
	return contentJSON
}

// StrictTransport is the value of the field StrictTransportField: browsers shall use HTTPS alone for a year (RFC 6797).
const (
	StrictTransportField = "Strict-Transport-Security"
	StrictTransport      = "max-age=31536000"
)

// Values that all responses share: nobody may write to them. They are set directly, under names in canonical form, since
// [http.Header.Set] would allocate a slice for each.
var (
	contentPlain = []string{"text/plain; charset=utf-8"}
	contentXML   = []string{"application/xml"}
	contentJSON  = []string{"application/json"}

	noStore         = []string{"no-store"}
	securityPolicy  = []string{"default-src 'none'; frame-ancestors 'none'"}
	noSniff         = []string{"nosniff"}
	strictTransport = []string{StrictTransport}
)

// SetCommonHeaders sets the fields that every response has, errors and probes included (H4). None of them names the
// server or its version.
func SetCommonHeaders(header http.Header, requestID string, secure bool) {
	header["Cache-Control"] = noStore
	header["Content-Security-Policy"] = securityPolicy
	header["X-Content-Type-Options"] = noSniff
	header["X-Request-Id"] = []string{requestID}
	if secure {
		header[StrictTransportField] = strictTransport
	}
}

// NoContent is the response without a body.
var NoContent = Response{Status: http.StatusNoContent}

// JSON makes a 200 of a value of one of our wire types.
func JSON(value any) (Response, error) {
	body, err := json.Marshal(value)
	if err != nil {
		return Response{}, fmt.Errorf("encoding the response: %w", err)
	}
	return Response{Status: http.StatusOK, Body: append(body, '\n')}, nil
}

// LargeResponse is how many bytes a body may have before it counts as large: then its memory is limited.
const LargeResponse = 16 << 10
