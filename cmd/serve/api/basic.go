package api

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"
)

// maxAuthorization is how many bytes the Authorization field may have (H1).
const maxAuthorization = 1 << 10

// errNoCredentials: the request has no well-formed Basic credentials. The response must not say more, nor does this error.
var errNoCredentials = errors.New("no well-formed credentials")

// parseBasic reads the username and the secret of a request (RFC 7617, H1).
//
// It is stricter than http.Request.BasicAuth: exactly one Authorization field, canonical base64, valid UTF-8 and no control
// characters, so that a proxy in front, this server and a log all read the same two strings. It accepts two deviations that
// real clients have: any case of the scheme, and missing padding.
func parseBasic(header http.Header) (username, secret string, err error) {
	fields := header["Authorization"]
	if len(fields) != 1 || len(fields[0]) > maxAuthorization {
		return "", "", errNoCredentials
	}
	scheme, encoded, found := strings.Cut(fields[0], " ")
	// The length is checked because to EqualFold the long s (U+017F) equals s.
	if !found || len(scheme) != len("Basic") || !strings.EqualFold(scheme, "Basic") {
		return "", "", errNoCredentials
	}
	credentials, err := decodeBase64(strings.TrimLeft(encoded, " "))
	if err != nil || !isText(credentials) {
		return "", "", errNoCredentials
	}
	// The username ends at the first colon: it cannot contain one, but a secret can.
	username, secret, found = strings.Cut(credentials, ":")
	if !found {
		return "", "", errNoCredentials
	}
	return username, secret, nil
}

// Made once, since each call of Strict copies a table.
var strictBase64, strictRawBase64 = base64.StdEncoding.Strict(), base64.RawStdEncoding.Strict()

// decodeBase64 accepts complete padding or none. It rejects line ends, which a strict decoder still skips.
func decodeBase64(encoded string) (string, error) {
	if strings.ContainsAny(encoded, "\r\n") {
		return "", errNoCredentials
	}
	encoding := strictRawBase64
	if strings.HasSuffix(encoded, "=") {
		encoding = strictBase64
	}
	// Not into an array of the largest size: in HTTP/2 each request has a new stack, which would have to grow for it.
	decoded, err := encoding.DecodeString(encoded)
	return string(decoded), err
}

// isText tells whether a text is valid UTF-8 without control characters (C0, DEL and C1).
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
