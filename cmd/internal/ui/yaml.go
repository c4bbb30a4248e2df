package ui

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
)

// marshalYAML is a value's JSON, its names and order included, as block YAML. A string stands without quotes only if no
// YAML 1.1 or 1.2 reader can take it for anything else.
//
// Written here and not by a library: goccy/go-yaml 1.19.2, otherwise the best of them, writes escape sequences and bidi
// controls as they are, leaves 1e3, .nan and 12:30:45 bare, loses tabs, and writes keys that it cannot read back.
func marshalYAML(value any) ([]byte, error) {
	data, err := marshal(value, "")
	if err != nil {
		return nil, err
	}
	writer := yamlWriter{in: json.NewDecoder(bytes.NewReader(data))}
	writer.in.UseNumber()
	if err := writer.value(0, false); err != nil {
		return nil, fmt.Errorf("encoding the output: %w", err)
	}
	return writer.out.Bytes(), nil
}

// yamlWriter turns a stream of JSON tokens into YAML.
type yamlWriter struct {
	in  *json.Decoder
	out bytes.Buffer
}

// value writes the next value and its newline. What spans lines begins on the line where "- " stands, but below a key.
func (w *yamlWriter) value(depth int, afterKey bool) error {
	token, err := w.in.Token()
	if err != nil {
		return err
	}
	open, nested := token.(json.Delim)
	if nested && w.in.More() {
		if afterKey {
			w.out.WriteByte('\n')
		}
		return w.entries(depth, afterKey, open == '[')
	}
	if afterKey {
		w.out.WriteByte(' ')
	}
	w.out.WriteString(yamlScalar(token))
	w.out.WriteByte('\n')
	if nested {
		_, err = w.in.Token()
	}
	return err
}

func (w *yamlWriter) entries(depth int, indentFirst, sequence bool) error {
	for i := 0; w.in.More(); i++ {
		if i > 0 || indentFirst {
			pad(&w.out, 2*depth)
		}
		if sequence {
			w.out.WriteString("- ")
		} else {
			key, err := w.in.Token()
			if err != nil {
				return err
			}
			w.out.WriteString(yamlScalar(key) + ":")
		}
		if err := w.value(depth+1, !sequence); err != nil {
			return err
		}
	}
	_, err := w.in.Token()
	return err
}

func yamlScalar(token json.Token) string {
	switch token := token.(type) {
	case string:
		return yamlString(token)
	case json.Delim:
		return map[json.Delim]string{'[': "[]", '{': "{}"}[token]
	case nil:
		return "null"
	default: // a number or a boolean, which are written as in JSON
		return fmt.Sprint(token)
	}
}

func yamlString(s string) string {
	if yamlPlain(s) {
		return s
	}
	out := make([]byte, 0, len(s)+8)
	out = append(out, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			out = append(out, '\\', byte(r))
		case hidden(r):
			out = appendVisible(out, r)
		default:
			out = append(out, string(r)...)
		}
	}
	return string(append(out, '"'))
}

// yamlPlain: begins with a letter, so it is no number, time or indicator; goes on with letters, digits and marks that
// mean nothing inside a word; and is none of the words that YAML 1.1 reads as something else.
func yamlPlain(s string) bool {
	for i, r := range s {
		inner := unicode.IsDigit(r) || strings.ContainsRune("_-./@+*", r) ||
			(r == ' ' || r == ':') && !strings.HasSuffix(s[:i], ":") && i+1 < len(s)
		if !unicode.IsLetter(r) && (i == 0 || !inner) || hidden(r) {
			return false
		}
	}
	switch strings.ToLower(s) {
	case "", "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "infinity":
		return false
	}
	return true
}
