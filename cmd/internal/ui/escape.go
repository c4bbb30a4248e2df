package ui

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// Escape makes visible what a text from data could hide or do: control characters (C0, DEL, C1), bidirectional
// controls, zero-width and other invisible characters, line and paragraph separators, private-use and unassigned code
// points, and bytes that are not UTF-8. The result is one line of valid UTF-8.
//
// Tab, newline and return become \t, \n and \r; other ASCII controls and invalid bytes \x1b; code points \u202e or
// \U000e0001. A backslash stays as it is: a username may contain one, and a script must get back exactly the name that
// it can pass on. So Escape(Escape(s)) is Escape(s), and a note in which somebody typed `\n` looks like one with a
// newline. To distinguish the two, read JSON.
func Escape(s string) string {
	first := firstHidden(s)
	if first == len(s) {
		return s
	}
	out := make([]byte, first, len(s)+16)
	copy(out, s)
	for i := first; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			out = fmt.Appendf(out, `\x%02x`, s[i])
		case hidden(r):
			out = appendVisible(out, r)
		default:
			out = append(out, s[i:i+size]...)
		}
		i += size
	}
	return string(out)
}

// firstHidden is the index of the first thing in s that Escape changes, or its length.
func firstHidden(s string) int {
	for i := 0; i < len(s); {
		if s[i] >= ' ' && s[i] < 0x7f {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || hidden(r) {
			return i
		}
		i += size
	}
	return len(s)
}

// hidden: the reader would not see the character, or the terminal would obey it. Graphic characters are letters,
// marks, numbers, punctuation, symbols and spaces; some marks and letters among them have no shape of their own.
func hidden(r rune) bool {
	if r < 0x7f {
		return r < ' '
	}
	return !unicode.IsGraphic(r) ||
		unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// appendVisible writes a code point in a form that YAML's double-quoted strings share.
func appendVisible(out []byte, r rune) []byte {
	switch {
	case r == '\t':
		return append(out, `\t`...)
	case r == '\n':
		return append(out, `\n`...)
	case r == '\r':
		return append(out, `\r`...)
	case r < utf8.RuneSelf:
		return fmt.Appendf(out, `\x%02x`, r)
	case r <= 0xffff:
		return fmt.Appendf(out, `\u%04x`, r)
	default:
		return fmt.Appendf(out, `\U%08x`, r)
	}
}
