package ui

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// marshal is a value as JSON and one newline: compact, or indented by the given text. Characters that a terminal would
// obey or not show are written as \uXXXX, which is the same JSON; < > and & stay as they are.
func marshal(value any, indent string) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("encoding the output: %w", err)
	}
	return visibleJSON(out.Bytes()), nil
}

// marshalLines is one compact value a line.
func marshalLines(values []any) ([]byte, error) {
	var out []byte
	for _, value := range values {
		line, err := marshal(value, "")
		if err != nil {
			return nil, err
		}
		out = append(out, line...)
	}
	return out, nil
}

// visibleJSON escapes hidden characters of valid JSON. Outside of strings JSON is ASCII, and inside encoding/json has
// escaped what is below a space, so everything from DEL on stands in a string.
func visibleJSON(data []byte) []byte {
	first := 0
	for first < len(data) && data[first] < 0x7f {
		first++
	}
	if first == len(data) {
		return data
	}
	out := make([]byte, first, len(data)+len(data)/8)
	copy(out, data)
	for i := first; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r >= 0x7f && (hidden(r) || r == utf8.RuneError) {
			out = appendJSONEscape(out, r)
		} else {
			out = append(out, data[i:i+size]...)
		}
		i += size
	}
	return out
}

func appendJSONEscape(out []byte, r rune) []byte {
	if r > 0xffff {
		high, low := utf16.EncodeRune(r)
		return fmt.Appendf(out, `\u%04x\u%04x`, high, low)
	}
	return fmt.Appendf(out, `\u%04x`, r)
}
