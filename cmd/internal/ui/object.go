package ui

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// Field is one line of an object: what it is, and its value. A key may come more than once, as rules do.
type Field struct {
	Key   string
	Value Cell
}

// cellOf is the value of the first field of a key, however that is capitalized.
func cellOf(fields []Field, key string) (Cell, bool) {
	i := slices.IndexFunc(fields, func(field Field) bool { return strings.EqualFold(field.Key, key) })
	if i < 0 {
		return Cell{}, false
	}
	return fields[i].Value, true
}

// tabbedFields is the form for a pipe: key, tab, value.
func tabbedFields(fields []Field) []byte {
	rows := make([][]Cell, len(fields))
	for i, field := range fields {
		rows[i] = []Cell{{Text: field.Key}, field.Value}
	}
	return tabbed(rows)
}

// aligned is the form for a terminal: "key:", and the values below each other, whole, times exact and relative. What
// is wider than the terminal goes on below itself.
func (p Printer) aligned(fields []Field) []byte {
	rows := make([][]Cell, len(fields))
	for i, field := range fields {
		value := Cell{Text: Escape(cmp.Or(field.Value.Brief, field.Value.Text)), Style: field.Value.Style}
		if !field.Value.Time.IsZero() {
			value.Text = both(field.Value.Time, p.Now)
		}
		rows[i] = []Cell{{Text: Escape(field.Key) + ":", Style: Dim}, value}
	}
	widths := columnWidths(rows)
	var out bytes.Buffer
	for _, row := range rows {
		p.line(&out, row, widths, true)
	}
	return out.Bytes()
}
