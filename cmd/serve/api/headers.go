package api

import (
	"net/http"

	"latchkey/cmd/serve/api/call"
)

// setHeaders sets what every answer has, errors and probes too (H4). No header names the server or its version.
func (s *server) setHeaders(header http.Header, requestID string) {
	header["Cache-Control"] = call.NeverStored
	header["Content-Security-Policy"] = call.NothingElseLoaded
	header["X-Content-Type-Options"] = call.NeverGuessed
	header["X-Request-Id"] = []string{requestID}
	if s.StrictTransport {
		header[call.StrictTransportField] = call.AlwaysSecure
	}
}
