package exchange

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"latchkey/cmd/panel"
)

// Table says how a CSV is read. The zero value takes commas, and each cell for what it is by itself.
type Table struct {
	Delimiter rune     // between cells; 0: a comma, and a file that has another is refused
	Text      []string // columns whose cells are all texts
	Numbers   []string // columns where a number is one however it is written
}

func (r *Reader) parseCSV(content []byte) error {
	reader := csv.NewReader(bytes.NewReader(content))
	reader.ReuseRecord = true
	if r.Table.Delimiter != 0 {
		reader.Comma = r.Table.Delimiter
	}
	header, err := reader.Read()
	if errors.Is(err, io.EOF) {
		return wrong(1, errors.New("there is no row of names"))
	}
	if err != nil {
		return r.wrongCSV(reader, err)
	}
	columns, err := r.Table.columns(header)
	if err != nil {
		return wrong(1, err)
	}
	for {
		cells, err := reader.Read()
		if errors.Is(err, io.EOF) {
			r.Warnings = warningsOf(columns)
			return nil
		}
		if err != nil {
			return r.wrongCSV(reader, err)
		}
		line, _ := reader.FieldPos(0)
		object, err := objectOf(columns, cells)
		if err != nil {
			return wrong(line, err)
		}
		if err := r.add(line, object); err != nil {
			return err
		}
	}
}

// column is a field that the rows of a table have.
type column struct {
	name             string
	isText, isNumber bool // of [Table]

	texts, numbers, others string // the first cell of each kind
	unusual                string // the first number that was taken for a text
}

// columns reads the row of names.
func (t Table) columns(header []string) ([]*column, error) {
	if len(header) > MaxColumns+ownFields {
		return nil, fmt.Errorf("%w: %d; use %s", panel.ErrManyFields, len(header), JSONL)
	}
	if len(header) == 1 && t.Delimiter == 0 {
		for _, other := range []struct{ delimiter, flag string }{{";", "';'"}, {"\t", "tab"}} {
			if strings.Contains(header[0], other.delimiter) {
				return nil, fmt.Errorf("there is one column, named %.80q: where no comma is between the cells, use --delimiter %s",
					header[0], other.flag)
			}
		}
	}
	var columns []*column
	for i, cell := range header {
		name := unquoteFormula(cell)
		if name == "" {
			return nil, fmt.Errorf("column %d has no name: give it one, or take it out", i+1)
		}
		made := &column{name: name, isText: slices.Contains(t.Text, name), isNumber: slices.Contains(t.Numbers, name)}
		switch {
		case slices.ContainsFunc(columns, made.sameName):
			return nil, fmt.Errorf("two columns are named %.80q", name)
		case made.isText && made.isNumber:
			return nil, fmt.Errorf("column %.80q is to be taken both as text and as numbers", name)
		}
		columns = append(columns, made)
	}
	for _, name := range slices.Concat(t.Text, t.Numbers) {
		if !slices.ContainsFunc(columns, (&column{name: name}).sameName) {
			return nil, fmt.Errorf("there is no column %.80q to take as text or numbers", name)
		}
	}
	return columns, nil
}

func (c *column) sameName(other *column) bool { return c.name == other.name }

// wrongCSV says where a row is wrong.
func (r *Reader) wrongCSV(reader *csv.Reader, err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return wrong(parse.Line, fmt.Errorf("it is no CSV: %w", parse.Err))
	}
	line, _ := reader.FieldPos(0)
	return wrong(line, err)
}

// objectOf makes a JSON object of a row.
func objectOf(columns []*column, cells []string) ([]byte, error) {
	object := []byte{'{'}
	for i, cell := range cells {
		if cell == "" {
			continue
		}
		name, nameErr := jsonOf(columns[i].name)
		value, err := columns[i].valueOf(cell)
		if err := errors.Join(nameErr, err); err != nil {
			return nil, err
		}
		if len(object) > 1 {
			object = append(object, ',')
		}
		object = append(append(append(object, name...), ':'), value...)
	}
	return append(object, '}'), nil
}
