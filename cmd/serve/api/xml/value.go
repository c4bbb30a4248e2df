package xml

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// finish returns the value of an element that was read to its end.
func (r *reader) finish(name string, mark kind, isRoot bool, text []byte, children []node) ([]byte, error) {
	if len(children) > 0 || mark == kindObject || mark == kindArray || (isRoot && mark == "" && isSpace(text)) {
		if !isSpace(text) {
			return nil, r.fail(fmt.Sprintf("<%s> has both text and elements", name))
		}
		return r.composite(name, mark, isRoot, children)
	}
	value, valid := leafValue(mark, string(text))
	if !valid {
		return nil, r.fail(fmt.Sprintf("the text of <%s> is not of the type %s", name, mark))
	}
	return value, nil
}

func (r *reader) composite(name string, mark kind, isRoot bool, children []node) ([]byte, error) {
	isArray := mark == kindArray
	switch {
	case mark == "" && isRoot: // an object, unless its elements are named as those of a list
		isArray = areAll(children, func(n node) bool { return n.name != arrayElement && n.name == elementOf(decodeName(name)) })
	case mark == "":
		isArray = areAll(children, func(n node) bool { return namesElements(decodeName(name), n.name) })
	case mark != kindArray && mark != kindObject:
		return nil, r.fail(fmt.Sprintf("<%s> has elements, and is said to be a %s", name, mark))
	}
	if isArray {
		return arrayOf(children), nil
	}
	return objectOf(children)
}

func areAll(children []node, are func(node) bool) bool {
	for _, child := range children {
		if !are(child) {
			return false
		}
	}
	return len(children) > 0
}

func arrayOf(children []node) []byte {
	value := []byte{'['}
	for i, child := range children {
		if i > 0 {
			value = append(value, ',')
		}
		value = append(value, child.value...)
	}
	return append(value, ']')
}

func objectOf(children []node) ([]byte, error) {
	value := []byte{'{'}
	for i, child := range children {
		if i > 0 {
			value = append(value, ',')
		}
		name, err := quote(decodeName(child.name))
		if err != nil {
			return nil, err
		}
		value = append(append(append(value, name...), ':'), child.value...)
	}
	return append(value, '}'), nil
}

// leafValue returns the JSON value of an element without elements, by its type, or as inferred from its text.
func leafValue(mark kind, text string) (value []byte, valid bool) {
	if mark == "" {
		mark = inferred(text)
	}
	switch mark {
	case kindString:
		quoted, err := quote(text)
		return quoted, err == nil
	case kindNumber:
		return []byte(text), json.Valid([]byte(text)) && isNumber(text)
	case kindBoolean:
		return []byte(text), text == "true" || text == "false"
	case kindNull:
		return []byte("null"), isSpace([]byte(text))
	case kindJSON:
		var inner string
		if err := json.Unmarshal([]byte(text), &inner); err != nil || text == "null" {
			return nil, false
		}
		quoted, err := quote(inner)
		return quoted, err == nil
	}
	return nil, false
}

// isNumber tells numbers from other valid JSON, and from numbers with space around them.
func isNumber(text string) bool {
	first, last := text[0], text[len(text)-1]
	return (first == '-' || (first >= '0' && first <= '9')) && last >= '0' && last <= '9'
}

// quote makes a JSON string, without the escapes that only HTML needs.
func quote(text string) ([]byte, error) {
	var quoted bytes.Buffer
	encoder := json.NewEncoder(&quoted)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		return nil, fmt.Errorf("encoding a text: %w", err)
	}
	return bytes.TrimSuffix(quoted.Bytes(), []byte("\n")), nil
}
