package exchange

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"latchkey/cmd/panel"
	"latchkey/perms/errorkind"
)

// MaxColumns is how many different fields all documents together may have for a table to make sense.
const MaxColumns = 1000

// ErrUnnamed: CSV cannot hold a field without a name.
var ErrUnnamed = errorkind.State.New("a field without a name is nothing for a table")

// ErrNewField: a document has a field that has no column, since it was changed after the columns were known.
var ErrNewField = errorkind.State.New("it has got a new field meanwhile")

// Writer writes documents in a format, as the API shows them: number, fields, dates. Call Close at the end.
type Writer struct {
	out     *bufio.Writer
	format  Format
	table   *csv.Writer
	columns []string
	count   int
}

// NewWriter begins a file; the names of all fields, sorted, are for CSV alone. [ErrUnnamed].
func NewWriter(out io.Writer, format Format, fields []string) (*Writer, error) {
	writer := &Writer{out: bufio.NewWriterSize(out, 1<<16), format: format}
	if format != CSV {
		return writer, nil
	}
	if slices.Contains(fields, "") {
		return nil, fmt.Errorf("%w; use %s", ErrUnnamed, JSONL)
	}
	writer.table, writer.columns = csv.NewWriter(writer.out), fields
	return writer, nil
}

// Write writes one document. [ErrNewField].
func (w *Writer) Write(document panel.Document) error {
	w.count++
	if w.format == CSV {
		return w.writeRow(document)
	}
	before := ""
	if w.format == JSON {
		before = ",\n"
		if w.count == 1 {
			before = "[\n"
		}
	}
	line := append([]byte(before), `{"id":`...)
	line = strconv.AppendInt(line, document.ID, 10)
	if members := document.Fields[1 : len(document.Fields)-1]; len(members) > 0 {
		line = append(append(line, ','), members...)
	}
	line = fmt.Appendf(line, `,%q:%q,%q:%q}`, fieldCreated, dateOf(document.CreatedAt), fieldModified, dateOf(document.UpdatedAt))
	if w.format == JSONL {
		line = append(line, '\n')
	}
	_, err := w.out.Write(line)
	return err
}

func dateOf(at time.Time) string { return at.Format(time.RFC1123Z) }

func (w *Writer) writeRow(document panel.Document) error {
	if w.count == 1 {
		if err := w.writeHeader(); err != nil {
			return err
		}
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(document.Fields, &fields); err != nil {
		return fmt.Errorf("document %d: %w", document.ID, err)
	}
	row := make([]string, 0, len(w.columns)+ownFields)
	row = append(row, strconv.FormatInt(document.ID, 10))
	known := 0
	for _, name := range w.columns {
		if fields[name] != nil {
			known++
		}
		cell, err := cellOf(fields[name])
		if err != nil {
			return fmt.Errorf("document %d: %w", document.ID, err)
		}
		row = append(row, cell)
	}
	if known < len(fields) {
		return fmt.Errorf("document %d: %w: try again", document.ID, ErrNewField)
	}
	return w.table.Write(append(row, dateOf(document.CreatedAt), dateOf(document.UpdatedAt)))
}

func (w *Writer) writeHeader() error {
	header := []string{fieldID}
	for _, name := range w.columns {
		header = append(header, quoteFormula(name))
	}
	return w.table.Write(append(header, fieldCreated, fieldModified))
}

// Close ends the file and flushes it; what it was written to stays open.
func (w *Writer) Close() error {
	var err error
	switch {
	case w.format == CSV && w.count == 0:
		err = w.writeHeader()
	case w.format == JSON && w.count == 0:
		_, err = w.out.WriteString("[]\n")
	case w.format == JSON:
		_, err = w.out.WriteString("\n]\n")
	}
	if w.table != nil {
		w.table.Flush()
		err = errors.Join(err, w.table.Error())
	}
	return errors.Join(err, w.out.Flush())
}
