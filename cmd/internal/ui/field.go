package ui

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// fieldLines is the field of every value, one line each: strings bare and escaped, null as nothing, objects and arrays
// as compact JSON. A field that some values lack is empty there; one that all lack is [ErrField], and names the known.
func fieldLines(field string, values []any) ([]byte, error) {
	path := strings.Split(field, ".")
	known := map[string]bool{}
	found := len(values) == 0
	var out []byte
	for _, value := range values {
		data, err := marshal(value, "")
		if err != nil {
			return nil, err
		}
		part, ok := pick(data, path)
		if found = found || ok; !found {
			collect(known, "", data)
		}
		line, err := bare(part)
		if err != nil {
			return nil, err
		}
		out = append(append(out, line...), '\n')
	}
	if !found {
		names := slices.Sorted(maps.Keys(known))
		return nil, fmt.Errorf("%w %q: the fields are %s", ErrField, field, strings.Join(names, ", "))
	}
	return out, nil
}

// pick follows the path into nested objects. Below a null everything may be, and is nothing.
func pick(data json.RawMessage, path []string) (json.RawMessage, bool) {
	for _, name := range path {
		object := members(data)
		if object == nil {
			return nil, isNull(data)
		}
		var ok bool
		if data, ok = object[name]; !ok {
			return nil, false
		}
	}
	return data, true
}

// collect gathers the names of all fields, nested ones with dots.
func collect(known map[string]bool, prefix string, data json.RawMessage) {
	for name, value := range members(data) {
		known[Escape(prefix+name)] = true
		collect(known, prefix+name+".", value)
	}
}

// members is nil for anything that is no object.
func members(data json.RawMessage) map[string]json.RawMessage {
	var object map[string]json.RawMessage
	if json.Unmarshal(data, &object) != nil {
		return nil
	}
	return object
}

func isNull(data json.RawMessage) bool { return strings.TrimSpace(string(data)) == "null" }

func bare(data json.RawMessage) (string, error) {
	if len(data) == 0 || isNull(data) {
		return "", nil
	}
	if data[0] != '"' {
		return strings.TrimSpace(string(data)), nil
	}
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return "", fmt.Errorf("encoding the output: %w", err)
	}
	return Escape(text), nil
}
