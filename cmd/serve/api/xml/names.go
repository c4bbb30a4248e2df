package xml

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"latchkey/perms"
)

// The names and types that JSON gets in XML, for both directions. docs/api.md describes them for clients.

// kind is the type of an element: the value of its type attribute, or what is inferred without one.
type kind string

const (
	kindString  kind = "string"
	kindNumber  kind = "number"
	kindBoolean kind = "boolean"
	kindNull    kind = "null"
	kindObject  kind = "object"
	kindArray   kind = "array"
	kindJSON    kind = "json" // the text is a JSON string: it has characters that XML 1.0 cannot hold
)

// arrayElement is the name of the elements of an array whose own name has no singular.
const arrayElement = "value"

// maxElementName is how many bytes the name of an array's elements may have, if it is made from the array's name. A long
// name, repeated for each element, would make the XML many times as large as the JSON.
const maxElementName = 32

// elementOf is the name of the elements of an array: the singular of its own name, if there is one.
func elementOf(array string) string {
	if name := encodeName(perms.Singular(array)); name != encodeName(array) && len(name) <= maxElementName {
		return name
	}
	return arrayElement
}

// inferred is the type of an element without a type attribute, by its text. Only numbers that every reader understands the
// same way are inferred: without an exponent, and short enough for a float64.
func inferred(text string) kind {
	switch {
	case text == "true" || text == "false":
		return kindBoolean
	case len(text) <= maxPlainNumber && plainNumber().MatchString(text):
		return kindNumber
	}
	return kindString
}

// maxPlainNumber is how many bytes an inferred number may have: a float64 holds all integers of 15 digits.
const maxPlainNumber = 16

var plainNumber = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^-?(0|[1-9][0-9]{0,14})(\.[0-9]+)?$`) })

// escaped matches an escape of encodeName.
var escaped = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`_x([0-9A-Fa-f]{4}|[0-9A-Fa-f]{8})?_`) })

// encodeName makes an XML name of any text; [decodeName] reverses it. A character that a name cannot have is written as
// _x0020_, with four or eight digits, and the empty text as _x_. Letters beyond ASCII are escaped too, since the editions of
// XML differ in which of them are allowed.
func encodeName(text string) string {
	if text == "" {
		return "_x_"
	}
	if isPlainName(text) {
		return text
	}
	var name strings.Builder
	for i, char := range text {
		if isPlainAt(text, i, char) {
			name.WriteRune(char)
		} else {
			writeEscape(&name, char)
		}
	}
	return name.String()
}

func isPlainName(text string) bool {
	for i, char := range text {
		if !isPlainAt(text, i, char) {
			return false
		}
	}
	return true
}

// isPlainAt tells whether the character at i needs no escape.
func isPlainAt(text string, i int, char rune) bool {
	switch {
	case i == 0 && (!isNameStart(char) || beginsXML(text)):
		return false
	case char == '_':
		return !beginsEscape(text[i+1:])
	}
	return isNameChar(char)
}

// beginsEscape tells whether an underscore before this text could be read as the beginning of an escape, once the text is
// encoded.
func beginsEscape(rest string) bool {
	if len(rest) < 2 || rest[0] != 'x' {
		return false
	}
	next := rest[1]
	return next == '_' || !isNameChar(rune(next)) || strings.IndexByte("0123456789abcdefABCDEF", next) >= 0
}

func isNameStart(char rune) bool {
	return char == '_' || (char >= 'a' && char <= 'z') || (char >= 'A' && char <= 'Z')
}

func isNameChar(char rune) bool {
	return isNameStart(char) || (char >= '0' && char <= '9') || char == '-' || char == '.'
}

// beginsXML tells whether a name is reserved (XML 1.0, section 2.3).
func beginsXML(text string) bool { return len(text) >= 3 && strings.EqualFold(text[:3], "xml") }

func writeEscape(name *strings.Builder, char rune) {
	digits := strings.ToUpper(strconv.FormatInt(int64(char), 16))
	width := 4
	if len(digits) > width {
		width = 8
	}
	name.WriteString("_x" + strings.Repeat("0", width-len(digits)) + digits + "_")
}

// decodeName replaces the escapes in a name. An escape of no valid character is left unchanged.
func decodeName(name string) string {
	return escaped().ReplaceAllStringFunc(name, func(escape string) string {
		if escape == "_x_" {
			return ""
		}
		char, err := strconv.ParseInt(escape[2:len(escape)-1], 16, 32)
		if err != nil || !utf8.ValidRune(rune(char)) {
			return escape
		}
		return string(rune(char))
	})
}

// isXMLText tells whether XML 1.0 allows every character of a text (section 2.2).
func isXMLText(text string) bool {
	for _, char := range text {
		switch {
		case char == '\t' || char == '\n' || char == '\r':
		case char < 0x20 || char == 0xfffe || char == 0xffff:
			return false
		}
	}
	return true
}
