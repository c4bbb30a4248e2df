package telemetry

import (
	"net/http"
	"net/url"
	"strings"

	"latchkey/tokens"
)

const (
	redacted = "[redacted]"
	// longestWord is how many letters and digits in a row may be written. A token has 36, its hex form 78, its base64 form
	// about as many between two signs; a UUID has 12.
	longestWord = 29
	// longestText is how much of a path, a query or a field is written, in bytes.
	longestText = 512
	// mostEncodings is how many layers of percent-encoding are decoded. What has more is not written.
	mostEncodings = 3
)

// secretNames are parts of the names of query parameters whose values are not written, whatever they are.
var secretNames = []string{"auth", "code", "credential", "jwt", "key", "pass", "pwd", "secret", "session", "sig", "token"}

// redactedPath is a path as sent, percent-encoded and therefore of plain ASCII.
func redactedPath(at *url.URL) string {
	return redactedText(at.EscapedPath())
}

// redactedQuery is a query as sent, without the values that may be secrets.
func redactedQuery(raw string) string {
	if suspicious(raw) || strings.ContainsFunc(raw, isUnsafe) {
		return redacted
	}
	if !mayNameSecrets(raw) {
		return clip(raw)
	}
	pairs := strings.Split(raw, "&")
	for i, pair := range pairs {
		name, _, hasValue := strings.Cut(pair, "=")
		decoded, err := url.QueryUnescape(name)
		if hasValue && (err != nil || mayNameSecrets(decoded)) {
			pairs[i] = name + "=" + redacted
		}
	}
	return clip(strings.Join(pairs, "&"))
}

func mayNameSecrets(text string) bool {
	text = strings.ToLower(text)
	for _, name := range secretNames {
		if strings.Contains(text, name) {
			return true
		}
	}
	return strings.Contains(text, "%") // a name may be encoded
}

// redactedText is any text that a client sent, such as a field: whole, or not at all.
func redactedText(text string) string {
	if suspicious(text) || strings.ContainsFunc(text, isUnsafe) {
		return redacted
	}
	return clip(text)
}

// isUnsafe is true of what is no printable ASCII: a log is read at terminals.
func isUnsafe(char rune) bool { return char < ' ' || char > '~' }

func clip(text string) string {
	if len(text) > longestText {
		return text[:longestText] + "…"
	}
	return text
}

// suspicious reports whether a text may hold a token, whole or cut off, in whatever form it was pasted: as it is,
// percent-encoded, in base64 or in hex.
func suspicious(text string) bool {
	for range mostEncodings {
		if holdsToken(text) {
			return true
		}
		if !strings.Contains(text, "%") {
			return false
		}
		decoded, err := url.PathUnescape(text)
		if err != nil {
			return true
		}
		if decoded == text {
			return false
		}
		text = decoded
	}
	return true
}

func holdsToken(text string) bool {
	if longWord(text) {
		return true
	}
	// Most texts are short and hold no part of a token's beginning; finding tokens costs more than all the rest.
	if len(text) <= longestWord && !strings.Contains(text, tokens.Prefix) {
		return false
	}
	found, mistyped := tokens.Find(text)
	return len(found) > 0 || mistyped > 0
}

func longWord(text string) bool {
	length := 0
	for i := range len(text) {
		switch char := text[i]; {
		case char >= '0' && char <= '9', char >= 'a' && char <= 'z', char >= 'A' && char <= 'Z':
			if length++; length > longestWord {
				return true
			}
		default:
			length = 0
		}
	}
	return false
}

// method is a method that exists: anything can be sent as one.
func method(sent string) string {
	switch sent {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodOptions, http.MethodTrace, http.MethodConnect:
		return sent
	}
	return "other"
}
