package xml

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// What a name or a text of JSON is in XML, for both directions. docs/api.md tells clients the same.

// kind is what the type attribute of an element says, and what an element is without one.
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

// arrayElement names the elements of an array whose own name has no singular.
const arrayElement = "value"

// maxElementName is the size in bytes of a name that the elements of an array get from the array's. A long one,
// repeated for each, would make an answer many times as large as the document.
const maxElementName = 32

// singular is the name of one of several: categories, category. It knows the resources of the store, and the plain
// rules of English beyond them. A name that is no plural comes back as it is.
func singular(plural string) string {
	for _, ending := range []struct{ plural, singular string }{
		{"ies", "y"}, {"statuses", "status"}, {"skus", "sku"}, {"menus", "menu"}, {"sses", "ss"}, {"xes", "x"}, {"shes", "sh"}, {"ches", "ch"},
		{"ss", "ss"}, {"us", "us"}, {"is", "is"}, {"s", ""},
	} {
		if stem, found := strings.CutSuffix(plural, ending.plural); found && stem+ending.singular != "" {
			return stem + ending.singular
		}
	}
	return plural
}

// elementOf names the elements of an array: by its singular if it has one.
func elementOf(array string) string {
	if name := encodeName(singular(array)); name != encodeName(array) && len(name) <= maxElementName {
		return name
	}
	return arrayElement
}

// inferred is what the text of an element without a type attribute means. Numbers are those that any reader understands
// alike: without exponent, and short enough for a float64.
func inferred(text string) kind {
	switch {
	case text == "true" || text == "false":
		return kindBoolean
	case len(text) <= maxPlainNumber && plainNumber().MatchString(text):
		return kindNumber
	}
	return kindString
}

// maxPlainNumber is the size in bytes of a number that is recognized: any of 15 digits with sign and point fits, and a
// float64 holds every integer of 16.
const maxPlainNumber = 16

var plainNumber = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^-?(0|[1-9][0-9]{0,14})(\.[0-9]+)?$`) })

// escaped finds the escapes of encodeName.
var escaped = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`_x([0-9A-Fa-f]{4}|[0-9A-Fa-f]{8})?_`) })

// encodeName makes an XML name of any text, so that [decodeName] gives the text back. What cannot stand in a name is
// written as _x0020_, with four or eight digits, and no name at all as _x_. Letters beyond ASCII are escaped too, as
// XML's editions differ in which of them may stand in a name.
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

// isPlainAt tells whether the character at i can stand in a name as it is.
func isPlainAt(text string, i int, char rune) bool {
	switch {
	case i == 0 && (!isNameStart(char) || beginsXML(text)):
		return false
	case char == '_':
		return !beginsEscape(text[i+1:])
	}
	return isNameChar(char)
}

// beginsEscape tells whether what follows an underscore could make it the first of an escape, once it is encoded itself.
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

// beginsXML: such names are reserved (XML 1.0, section 2.3).
func beginsXML(text string) bool { return len(text) >= 3 && strings.EqualFold(text[:3], "xml") }

func writeEscape(name *strings.Builder, char rune) {
	digits := strings.ToUpper(strconv.FormatInt(int64(char), 16))
	width := 4
	if len(digits) > width {
		width = 8
	}
	name.WriteString("_x" + strings.Repeat("0", width-len(digits)) + digits + "_")
}

// decodeName takes the escapes from a name. One that stands for no character is left as it is.
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

// isXMLText tells whether every character of a text can stand in XML 1.0 (section 2.2).
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
