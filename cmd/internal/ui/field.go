package ui

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// columns are the cells of a list or an object by their headings, for fields that are named as people see them.
type columns func(row int, heading string) (Cell, bool)

// fieldLines are the fields of every value, one value a line with tabs between: each the member of the value that its path leads to,
// or else the cell under its heading.
func fieldLines(fields string, values []any, cells columns) ([]byte, error) {
	lines := make([][]byte, len(values))
	for i, field := range strings.Split(fields, ",") {
		column, err := oneField(field, values)
		if err != nil {
			if column = headed(field, len(values), cells); column == nil {
				return nil, err
			}
		}
		for row, line := range bytes.Split(bytes.TrimSuffix(column, []byte{'\n'}), []byte{'\n'})[:len(values)] {
			if i > 0 {
				lines[row] = append(lines[row], '\t')
			}
			lines[row] = append(lines[row], line...)
		}
	}
	var out []byte
	for _, line := range lines {
		out = append(append(out, line...), '\n')
	}
	return out, nil
}

// headed is a column by its heading, one cell a line; nil where there is none.
func headed(heading string, rows int, cells columns) []byte {
	var out []byte
	for row := range rows {
		cell, ok := cells(row, heading)
		if !ok {
			return nil
		}
		out = append(append(out, cell.piped()...), '\n')
	}
	return out
}

// oneField is the field of every value, one line each: strings bare and escaped, null as nothing, objects and arrays
// as compact JSON. A field that some values lack is empty there; one that all lack is [ErrField], and names the known.
func oneField(field string, values []any) ([]byte, error) {
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
