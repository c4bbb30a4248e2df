package ui

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"
)

// Table is what people and pipes see of a list.
type Table struct {
	Columns  []string // headings, seen only on a terminal and there in capitals; may be none
	Rows     [][]Cell
	Flexible []string // the headings of the columns that may be shortened to the terminal's width; never names or fingerprints
	Wraps    bool     // the last column is never shortened: what is wider goes on below it
}

// Cell is one text of a table or an object. A time is relative in a table on a terminal and RFC 3339 (UTC) in a pipe.
type Cell struct {
	Text  string
	Brief string // if not empty, shown on a terminal in place of Text, with no change elsewhere
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
	if p.Width > 0 && total(widths) > p.Width && len(t.Columns) > 0 {
		rows = withoutEmpty(rows)
		widths = columnWidths(rows)
	}
	if p.Width > 0 && len(t.Columns) > 0 {
		p.fit(widths, flexible(rows[0], t.Flexible))
	}
	var out bytes.Buffer
	for _, row := range rows {
		p.line(&out, row, widths, t.Wraps)
	}
	return out.Bytes()
}

// withoutEmpty leaves out the columns in which nothing stands below the heading.
func withoutEmpty(rows [][]Cell) [][]Cell {
	full := columnWidths(rows[1:])
	out := make([][]Cell, len(rows))
	for r, row := range rows {
		for i, cell := range row {
			if i < len(full) && full[i] > 0 {
				out[r] = append(out[r], cell)
			}
		}
	}
	return out
}

// flexible are the columns under these headings.
func flexible(headings []Cell, names []string) []int {
	var columns []int
	for i, heading := range headings {
		if slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, heading.Text) }) {
			columns = append(columns, i)
		}
	}
	return columns
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
		out[i] = Cell{Text: Escape(cmp.Or(cell.Brief, cell.Text)), Style: cell.Style}
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

func total(widths []int) int {
	sum := gap * (len(widths) - 1)
	for _, width := range widths {
		sum += width
	}
	return sum
}

// fit takes what is too wide for the terminal from the flexible columns, from the widest first. Where that is not enough the
// line wraps: better than half a name.
func (p Printer) fit(widths, flexible []int) {
	for over := total(widths) - p.Width; over > 0; over-- {
		widest := -1
		for _, i := range flexible {
			if widths[i] > leastShown && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		widths[widest]--
	}
}

// line writes one row. Blanks are written only before a text, so that no line ends in one. If it wraps, the last cell goes on
// below itself.
func (p Printer) line(out *bytes.Buffer, row []Cell, widths []int, wraps bool) {
	blanks, column := 0, 0
	for i, cell := range row {
		lines := []string{shorten(cell.Text, widths[i])}
		if wraps && i == len(widths)-1 {
			lines = wrapped(cell.Text, p.Width-column)
		}
		for n, text := range lines {
			if n > 0 {
				out.WriteByte('\n')
				blanks = column
			}
			if text != "" {
				pad(out, blanks)
				out.WriteString(cell.Style.Paint(text, p.Color))
				blanks = 0
			}
			blanks += widths[i] - cells(text) + gap
		}
		column += widths[i] + gap
	}
	out.WriteByte('\n')
}

func pad(out *bytes.Buffer, blanks int) {
	for range blanks {
		out.WriteByte(' ')
	}
}
