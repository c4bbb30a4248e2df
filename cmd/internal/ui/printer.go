package ui

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Printer writes data. A command makes one from its flags and streams and prints once.
type Printer struct {
	Out      io.Writer
	Format   Format
	Field    string    // fields instead of the whole record, with commas between, "" for none; dots lead into objects
	Terminal bool      // Out is a terminal
	Color    bool      // tables and objects on the terminal are coloured; see UseColor
	Width    int       // of the terminal in cells; 0: no limit
	Now      time.Time // what relative times on a terminal are measured from; zero: they are exact
}

// List is many records in the forms that the formats want; all three have one element per record.
type List struct {
	Table  Table
	Values []any    // own structs with JSON tags; not omitempty, or --field takes a missing field for a wrong one
	Names  []string // what format name prints
}

// Add adds a record with its row of the table.
func (l *List) Add(name string, value any, row []Cell) {
	l.Names, l.Values, l.Table.Rows = append(l.Names, name), append(l.Values, value), append(l.Table.Rows, row)
}

// Object is one record in the forms that the formats want.
type Object struct {
	Fields []Field
	Value  any // an own struct with JSON tags, as in List
	Name   string
}

// Check refuses a --field that cannot be printed, with [ErrField]. A command that changes something calls it before,
// with a record of the kind it will print, every nested object filled in; nil checks only that field and format agree.
func (p Printer) Check(record any) error {
	if p.Field == "" {
		return nil
	}
	if p.Format != FormatDefault && p.Format != FormatName {
		return fmt.Errorf("%w: it prints bare values, so leave out --output %s", ErrField, p.Format)
	}
	if record == nil {
		return nil
	}
	_, err := fieldLines(p.Field, []any{record}, func(int, string) (Cell, bool) { return Cell{}, false })
	return err
}

// List prints many records. Nothing is printed on a terminal, in a pipe, as jsonl or as names when there are none.
// Nothing at all is written if a value cannot be encoded.
func (p Printer) List(list List) error {
	data, err := p.renderList(list)
	if err != nil {
		return err
	}
	return p.write(data)
}

func (p Printer) renderList(list List) ([]byte, error) {
	if err := p.Check(nil); err != nil {
		return nil, err
	}
	switch {
	case p.Field != "":
		return fieldLines(p.Field, list.Values, list.Table.cell)
	case p.Format == FormatName:
		return nameLines(list.Names), nil
	case p.Format == FormatJSON:
		return marshal(append([]any{}, list.Values...), "  ") // never nil, which would be null
	case p.Format == FormatJSONL:
		return marshalLines(list.Values)
	case p.Format == FormatYAML:
		return marshalYAML(append([]any{}, list.Values...))
	case p.Format != FormatDefault:
		return nil, fmt.Errorf("%w %q", ErrFormat, string(p.Format))
	case p.Terminal:
		return p.table(list.Table), nil
	default:
		return tabbed(list.Table.Rows), nil
	}
}

// Object prints one record.
func (p Printer) Object(object Object) error {
	data, err := p.renderObject(object)
	if err != nil {
		return err
	}
	return p.write(data)
}

func (p Printer) renderObject(object Object) ([]byte, error) {
	if err := p.Check(nil); err != nil {
		return nil, err
	}
	switch {
	case p.Field != "":
		return fieldLines(p.Field, []any{object.Value}, func(_ int, key string) (Cell, bool) { return cellOf(object.Fields, key) })
	case p.Format == FormatName:
		return nameLines([]string{object.Name}), nil
	case p.Format == FormatJSON:
		return marshal(object.Value, "  ")
	case p.Format == FormatJSONL:
		return marshal(object.Value, "")
	case p.Format == FormatYAML:
		return marshalYAML(object.Value)
	case p.Format != FormatDefault:
		return nil, fmt.Errorf("%w %q", ErrFormat, string(p.Format))
	case p.Terminal:
		return p.aligned(object.Fields), nil
	default:
		return tabbedFields(object.Fields), nil
	}
}

// write is one write: a reader of a pipe gets all or, from a full disk, an error.
func (p Printer) write(data []byte) error {
	if len(data) == 0 {
		return nil
	}
	if _, err := p.Out.Write(data); err != nil {
		return fmt.Errorf("writing the output: %w", err)
	}
	return nil
}

func nameLines(names []string) []byte {
	var out strings.Builder
	for _, name := range names {
		out.WriteString(Escape(name))
		out.WriteByte('\n')
	}
	return []byte(out.String())
}
