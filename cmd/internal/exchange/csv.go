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
)

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

// isJSON tells whether a cell is a JSON value rather than a text.
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

// valueOf reads a cell that is not empty.
func valueOf(cell string) (json.RawMessage, error) {
	if isJSON(cell) {
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

func (r *Read) parseCSV(content []byte) error {
	reader := csv.NewReader(bytes.NewReader(content))
	reader.ReuseRecord = true
	header, err := reader.Read()
	if errors.Is(err, io.EOF) {
		return wrong(1, errors.New("there is no row of names"))
	}
	if err != nil {
		return r.wrongCSV(reader, err)
	}
	if len(header) > maxColumns+len(owned) {
		return wrong(1, fmt.Errorf("%w: %d; use %s", ErrColumns, len(header), JSONL))
	}
	names := make([]string, len(header))
	for i, cell := range header {
		names[i] = unquoteFormula(cell)
		if slices.Contains(names[:i], names[i]) {
			return wrong(1, fmt.Errorf("two columns are named %.80q", names[i]))
		}
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
		object, err := objectOf(names, cells)
		if err != nil {
			return wrong(line, err)
		}
		if err := r.add(line, object); err != nil {
			return err
		}
	}
}

// wrongCSV says where a row is wrong.
func (r *Read) wrongCSV(reader *csv.Reader, err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return wrong(parse.Line, fmt.Errorf("it is no CSV: %w", parse.Err))
	}
	line, _ := reader.FieldPos(0)
	return wrong(line, err)
}

// objectOf makes a JSON object of a row.
func objectOf(names, cells []string) ([]byte, error) {
	object := []byte{'{'}
	for i, cell := range cells {
		if cell == "" {
			continue
		}
		name, nameErr := jsonOf(names[i])
		value, err := valueOf(cell)
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
