package ui

import (
	"bytes"
	"slices"
	"strings"
	"time"
)

// Table is what people and pipes see of a list.
type Table struct {
	Columns  []string // headings, seen only on a terminal and there in capitals; may be none
	Rows     [][]Cell
	Flexible string // the heading of the one column that may be shortened to the terminal's width; never names or fingerprints
}

// Cell is one text of a table or an object. A time is relative in a table on a terminal and RFC 3339 (UTC) in a pipe.
type Cell struct {
	Text  string
	Style Style
	Time  time.Time // if not zero, shown instead of Text
}

// cell is the cell of a row under a heading, however that is capitalized.
func (t Table) cell(row int, heading string) (Cell, bool) {
	column := slices.IndexFunc(t.Columns, func(name string) bool { return strings.EqualFold(name, heading) })
	if column < 0 || row >= len(t.Rows) || column >= len(t.Rows[row]) {
		return Cell{}, false
	}
	return t.Rows[row][column], true
}

const (
	gap        = 2 // cells between columns
	leastShown = 8 // cells of a shortened column
)

// tabbed is the form for a pipe: no heading, one line a row, a tab between cells.
func tabbed(rows [][]Cell) []byte {
	var out bytes.Buffer
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				out.WriteByte('\t')
			}
			out.WriteString(cell.piped())
		}
		out.WriteByte('\n')
	}
	return out.Bytes()
}

func (c Cell) piped() string {
	if !c.Time.IsZero() {
		return exact(c.Time)
	}
	return Escape(c.Text)
}

// table is the form for a terminal: headings, columns as wide as their widest cell.
func (p Printer) table(t Table) []byte {
	if len(t.Rows) == 0 {
		return nil
	}
	rows := make([][]Cell, 0, len(t.Rows)+1)
	if len(t.Columns) > 0 {
		rows = append(rows, headings(t.Columns))
	}
	for _, row := range t.Rows {
		rows = append(rows, p.shown(row))
	}
	widths := columnWidths(rows)
	p.fit(widths, slices.Index(t.Columns, t.Flexible))

	var out bytes.Buffer
	for _, row := range rows {
		p.line(&out, row, widths)
	}
	return out.Bytes()
}

func headings(columns []string) []Cell {
	row := make([]Cell, len(columns))
	for i, column := range columns {
		row[i] = Cell{Text: strings.ToUpper(column), Style: Dim}
	}
	return row
}

// shown is a row with its final, escaped texts.
func (p Printer) shown(row []Cell) []Cell {
	out := make([]Cell, len(row))
	for i, cell := range row {
		out[i] = Cell{Text: Escape(cell.Text), Style: cell.Style}
		if !cell.Time.IsZero() {
			out[i].Text = relative(cell.Time, p.Now)
		}
	}
	return out
}

func columnWidths(rows [][]Cell) []int {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], cells(cell.Text))
		}
	}
	return widths
}

// fit takes what is too wide for the terminal from the flexible column. Where that is not enough the line wraps:
// better than half a name.
func (p Printer) fit(widths []int, flexible int) {
	if p.Width <= 0 || flexible < 0 {
		return
	}
	total := gap * (len(widths) - 1)
	for _, width := range widths {
		total += width
	}
	if total > p.Width {
		least := min(widths[flexible], leastShown)
		widths[flexible] = max(widths[flexible]-(total-p.Width), least)
	}
}

// line writes one row. Blanks are written only before a text, so that no line ends in one.
func (p Printer) line(out *bytes.Buffer, row []Cell, widths []int) {
	blanks := 0
	for i, cell := range row {
		text := shorten(cell.Text, widths[i])
		if text != "" {
			pad(out, blanks)
			out.WriteString(cell.Style.Paint(text, p.Color))
			blanks = 0
		}
		blanks += widths[i] - cells(text) + gap
	}
	out.WriteByte('\n')
}

func pad(out *bytes.Buffer, blanks int) {
	for range blanks {
		out.WriteByte(' ')
	}
}
