package data

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// MaxDepth is how many objects and arrays may be within each other in what is to become a document.
const MaxDepth = 32

// FieldsError says what is wrong with a text that is to become a document. The reason continues a sentence that begins
// with what the text is: "the body", "the line".
type FieldsError struct{ Reason string }

func (e *FieldsError) Error() string { return "the document " + e.Reason }

func wrongFields(format string, args ...any) error {
	return &FieldsError{fmt.Sprintf(format, args...)}
}

// ParseFields reads one JSON object and nothing else. What two readers could understand differently is refused as a
// *[FieldsError]: invalid UTF-8, a name given twice, text behind the object; and nesting beyond [MaxDepth].
func ParseFields(text []byte) (Fields, error) {
	if !utf8.Valid(text) {
		return nil, wrongFields("is not valid UTF-8")
	}
	var fields Fields
	var syntax *json.SyntaxError
	err := json.Unmarshal(text, &fields)
	if errors.As(err, &syntax) {
		return nil, wrongFields("is not valid JSON: %s, at byte %d", syntax, syntax.Offset)
	}
	if err != nil || fields == nil { // null, too, makes no object
		return nil, wrongFields("must be one object")
	}
	return fields, checkNesting(json.NewDecoder(bytes.NewReader(text)))
}

// nesting is one open object or array.
type nesting struct {
	names   map[string]bool // of an object's members so far; nil: an array
	isValue bool            // the member's name was read, its value is next
}

// checkNesting walks through valid JSON, and refuses what is nested too deeply or names a member twice.
func checkNesting(decoder *json.Decoder) error {
	decoder.UseNumber() // else a number out of float64's range would be an error
	var open []nesting
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return wrongFields("is not valid JSON: %s", err)
		}
		if delimiter, ok := token.(json.Delim); ok && (delimiter == '}' || delimiter == ']') {
			open = open[:len(open)-1]
			continue
		}
		if isName, err := nextMember(open, token); err != nil || isName {
			if err != nil {
				return err
			}
			continue
		}
		switch token {
		case json.Delim('{'):
			open = append(open, nesting{names: map[string]bool{}})
		case json.Delim('['):
			open = append(open, nesting{})
		}
		if len(open) > MaxDepth {
			return wrongFields("is nested more than %d deep", MaxDepth)
		}
	}
}

// nextMember tells whether the token is the name of a member of the innermost object, and refuses one given twice.
func nextMember(open []nesting, token json.Token) (isName bool, err error) {
	if len(open) == 0 || open[len(open)-1].names == nil {
		return false, nil
	}
	object := &open[len(open)-1]
	object.isValue = !object.isValue
	if !object.isValue { // it was turned from value to name: this token is the value
		return false, nil
	}
	name, _ := token.(string)
	if object.names[name] {
		return true, wrongFields("names %q twice in one object", name)
	}
	object.names[name] = true
	return true, nil
}
