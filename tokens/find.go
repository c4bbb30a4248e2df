package tokens

import (
	"encoding/base64"
	"strings"
)

// shortestEncoded is how long a base64 word is that may have a token or a good part of one in it; a whole one has 52
// characters.
const shortestEncoded = 40

var (
	unescape = strings.NewReplacer(Prefix+"%5F", begin, Prefix+"%5f", begin)
	standard = strings.NewReplacer("-", "+", "_", "/")
)

// Find finds the tokens in a text that may be anything, such as a line of a secret scanner's report: whatever stands
// before and after them, with the underscore or "%5F" in its place, and in base64 of either alphabet (RFC 4648), as the
// Basic scheme has them (RFC 7617), unless the base64 is broken by an end of line or a space. mistyped counts the places
// that look like one but are not, by a wrong checksum or because something is missing: the report may be shortened, or
// have the secrets blotted out. The work grows with the text's length alone.
func Find(text string) (found []Token, mistyped int) {
	found, mistyped = findPlain(text)
	for word := range strings.FieldsFuncSeq(text, endsEncoded) {
		if len(word) >= shortestEncoded {
			inside, broken := findEncoded(standard.Replace(word))
			found, mistyped = append(found, inside...), mistyped+broken
		}
	}
	return found, mistyped
}

func findPlain(text string) (found []Token, mistyped int) {
	text = unescape.Replace(text)
	for {
		at := strings.Index(text, begin)
		if at < 0 {
			return found, mistyped
		}
		text = text[at:]
		token, err := Parse(text[:min(textLen, len(text))])
		if err != nil {
			mistyped++
			text = text[len(begin):] // a token may begin right there, as after one that is cut off
			continue
		}
		found = append(found, token)
		text = text[textLen:]
	}
}

// findEncoded finds the tokens in a word of the standard alphabet of base64, without padding.
func findEncoded(word string) (found []Token, mistyped int) {
	for skipped := range 4 { // something else may stand right before the base64, such as the "20" of "Basic%20"
		part := word[skipped:]
		if len(part)%4 == 1 { // no number of bytes has this length
			part = part[:len(part)-1]
		}
		decoded, err := base64.RawStdEncoding.DecodeString(part)
		if err != nil {
			continue
		}
		inside, broken := findPlain(string(decoded))
		found = append(found, inside...)
		// What is no text, such as an image, has the few characters of a token's beginning by chance.
		if strings.Contains(string(decoded), ":"+Prefix) {
			mistyped += broken
		}
	}
	return found, mistyped
}

// endsEncoded reports whether a character is not in either alphabet of base64.
func endsEncoded(c rune) bool {
	return !strings.ContainsRune(alphabet+"+/-_", c)
}

// ParseFingerprint reads a fingerprint, 12 hex digits of either case, and returns it in lower case. It is false for
// anything else.
func ParseFingerprint(text string) (fingerprint string, ok bool) {
	if len(text) != 2*fingerprintLen {
		return "", false
	}
	for i := range len(text) {
		if !strings.ContainsRune("0123456789abcdefABCDEF", rune(text[i])) {
			return "", false
		}
	}
	return strings.ToLower(text), true
}
