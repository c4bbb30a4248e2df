package api

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"
)

// maxAuthorization is the size in bytes that the Authorization field may have (H1).
const maxAuthorization = 1 << 10

// errNoCredentials: the request has no well-formed Basic credentials. It says no more: the answer must not either.
var errNoCredentials = errors.New("no well-formed credentials")

// parseBasic reads the username and the secret of a request (RFC 7617, H1).
//
// It is strict where http.Request.BasicAuth is not: exactly one Authorization field, canonical base64, valid UTF-8 and
// no control characters, so that a proxy in front, a log behind and we all see the same two strings. It tolerates
// what clients really do: any case of the scheme and missing padding.
func parseBasic(header http.Header) (username, secret string, err error) {
	fields := header["Authorization"]
	if len(fields) != 1 || len(fields[0]) > maxAuthorization {
		return "", "", errNoCredentials
	}
	scheme, encoded, found := strings.Cut(fields[0], " ")
	// The length, because EqualFold takes the long s (U+017F) for an s.
	if !found || len(scheme) != len("Basic") || !strings.EqualFold(scheme, "Basic") {
		return "", "", errNoCredentials
	}
	credentials, err := decodeBase64(strings.TrimLeft(encoded, " "))
	if err != nil || !isText(credentials) {
		return "", "", errNoCredentials
	}
	// The first colon ends the username, which therefore cannot hold one; a secret can.
	username, secret, found = strings.Cut(credentials, ":")
	if !found {
		return "", "", errNoCredentials
	}
	return username, secret, nil
}

// Made once: each copies a table.
var strictBase64, strictRawBase64 = base64.StdEncoding.Strict(), base64.RawStdEncoding.Strict()

// decodeBase64 takes padding whole or not at all. The package's decoder skips line ends even when it is strict.
func decodeBase64(encoded string) (string, error) {
	if strings.ContainsAny(encoded, "\r\n") {
		return "", errNoCredentials
	}
	encoding := strictRawBase64
	if strings.HasSuffix(encoded, "=") {
		encoding = strictBase64
	}
	// Not into an array as large as can be: by HTTP/2 each request has a new stack, which would have to grow for it.
	decoded, err := encoding.DecodeString(encoded)
	return string(decoded), err
}

// isText is true of valid UTF-8 without control characters: C0, DEL and C1.
func isText(text string) bool {
	if !utf8.ValidString(text) {
		return false
	}
	for _, char := range text {
		if char < 0x20 || (char >= 0x7f && char <= 0x9f) {
			return false
		}
	}
	return true
}
