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
		header.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	if len(a.body) == 0 {
		w.WriteHeader(a.status)
		return
	}
	header.Set("Content-Type", a.contentType())
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // an error is the client's going away, and nobody is left to be told
}

func (a answer) contentType() string {
	switch {
	case a.kind != "":
		return a.kind
	case a.plain:
		return "text/plain; charset=utf-8"
	case a.format == formatXML:
		return "application/xml"
	}
	return "application/json"
}

// What browsers are told about the certificate: to insist on it for a year (RFC 6797).
const (
	strictTransportField = "Strict-Transport-Security"
	strictTransport      = "max-age=31536000"
)

// setHeaders sets what every answer has, errors and probes too (H4). No header names the server or its version.
func (s *server) setHeaders(header http.Header, requestID string) {
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Request-Id", requestID)
	if s.StrictTransport {
		header.Set(strictTransportField, strictTransport)
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
