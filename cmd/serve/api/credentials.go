package api

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"latchkey/db/snapshot"
	"latchkey/tokens"
)

// maxAuthorization is how many bytes the Authorization field may have (H1).
const maxAuthorization = 1 << 10

// errNoCredentials: the request has no well-formed credentials. The response must not say more, nor does this error.
var errNoCredentials = errors.New("no well-formed credentials")

// parseCredentials reads the credentials of a request.
func parseCredentials(header http.Header) (snapshot.Credentials, error) {
	scheme, rest := authorization(header)
	switch scheme {
	case "Basic":
		username, secret, err := parseBasic(rest)
		if err != nil {
			return snapshot.Credentials{}, err
		}
		return snapshot.Credentials{Name: username, Token: tokens.DigestOf(secret)}, nil
	case "Bearer":
		// Nobody's token has another form (T1): what is mistyped, or of another service, is not looked up.
		token, err := tokens.Parse(rest)
		if err != nil {
			return snapshot.Credentials{}, errNoCredentials
		}
		return snapshot.Credentials{ByToken: true, Token: token.Digest()}, nil
	}
	return snapshot.Credentials{}, errNoCredentials
}

// authorization splits the Authorization field, of which there must be exactly one (H1). scheme is "Basic" or "Bearer", however it
// was written; else "".
func authorization(header http.Header) (scheme, rest string) {
	fields := header["Authorization"]
	if len(fields) != 1 || len(fields[0]) > maxAuthorization {
		return "", ""
	}
	given, rest, found := strings.Cut(fields[0], " ")
	for _, scheme := range []string{"Basic", "Bearer"} {
		// The length is checked because to EqualFold the long s (U+017F) equals s.
		if found && len(given) == len(scheme) && strings.EqualFold(given, scheme) {
			return scheme, strings.TrimLeft(rest, " ")
		}
	}
	return "", ""
}

// parseBasic reads the username and the secret of the Basic scheme (RFC 7617, H1).
//
// It is stricter than http.Request.BasicAuth: canonical base64, valid UTF-8 and no control characters, so that a proxy in
// front, this server and a log all read the same two strings. It accepts two deviations that real clients have: any case of the
// scheme, and missing padding.
func parseBasic(encoded string) (username, secret string, err error) {
	credentials, err := decodeBase64(encoded)
	if err != nil || !isText(credentials) {
		return "", "", errNoCredentials
	}
	// The username ends at the first colon: it cannot contain one, but a secret can.
	username, secret, found := strings.Cut(credentials, ":")
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
