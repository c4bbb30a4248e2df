package exchange

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"

	"latchkey/cmd/panel"
)

// Table says how a CSV is read. The zero value takes commas, and each cell for what it is by itself.
type Table struct {
	Delimiter rune     // between cells; 0: a comma, and a file that has another is refused
	Text      []string // columns whose cells are all texts
}

// A cell is a text as it is, or any other JSON value as JSON; an empty cell is no field. A text that would be taken for
// something else is written as JSON, too: the empty one, "42", "true". So every value comes back as what it was.

// formula matches texts that a spreadsheet would compute, with any quotes that were put before one; quoted are those
// that have a quote (OWASP, CSV injection; C3).
var (
	formula = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^'*[=+\-@\t\r]`) })
	quoted  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^'+[=+\-@\t\r]`) })
)

func quoteFormula(text string) string {
	if formula().MatchString(text) {
		return "'" + text
	}
	return text
}

func unquoteFormula(text string) string {
	if quoted().MatchString(text) {
		return text[1:]
	}
	return text
}

// isJSON reports whether a cell is a JSON value rather than a text.
func isJSON(cell string) bool {
	return cell != "" && strings.TrimSpace(cell) == cell && json.Valid([]byte(cell))
}

// cellOf writes a value.
func cellOf(value json.RawMessage) (string, error) {
	if len(value) == 0 || value[0] != '"' {
		return string(value), nil
	}
	var text string
	if err := json.Unmarshal(value, &text); err != nil {
		return "", err
	}
	// A carriage return in a cell would be lost before a line feed.
	if text == "" || isJSON(text) || strings.Contains(text, "\r") {
		return string(value), nil
	}
	return quoteFormula(text), nil
}

// valueOf reads a cell that is not empty; of a text, only one that is written as JSON is anything else than what stands there.
func valueOf(cell string, isText bool) (json.RawMessage, error) {
	if isJSON(cell) && (!isText || cell[0] == '"') {
		return json.RawMessage(cell), nil
	}
	return jsonOf(unquoteFormula(cell))
}

// jsonOf writes a text as JSON, without escapes that JSON does not need.
func jsonOf(text string) (json.RawMessage, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(text)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
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
	name   string
	isText bool
}

// columns reads the row of names.
func (t Table) columns(header []string) ([]column, error) {
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
	var columns []column
	for i, cell := range header {
		name := unquoteFormula(cell)
		if name == "" {
			return nil, fmt.Errorf("column %d has no name: give it one, or take it out", i+1)
		}
		if slices.ContainsFunc(columns, column{name: name}.sameName) {
			return nil, fmt.Errorf("two columns are named %.80q", name)
		}
		columns = append(columns, column{name, slices.Contains(t.Text, name)})
	}
	for _, name := range t.Text {
		if !slices.ContainsFunc(columns, column{name: name}.sameName) {
			return nil, fmt.Errorf("there is no column %.80q to take as text", name)
		}
	}
	return columns, nil
}

func (c column) sameName(other column) bool { return c.name == other.name }

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
func objectOf(columns []column, cells []string) ([]byte, error) {
	object := []byte{'{'}
	for i, cell := range cells {
		if cell == "" {
			continue
		}
		name, nameErr := jsonOf(columns[i].name)
		value, err := valueOf(cell, columns[i].isText)
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
