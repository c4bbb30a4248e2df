package cmd

import (
	"cmp"
	"io"
	"slices"
	"strings"

	"latchkey/cmd/internal/app"
	"latchkey/cmd/internal/pages"
	"latchkey/cmd/internal/ui"
)

// printPage prints a page: for people on a terminal, and as Markdown elsewhere.
func printPage(a *app.App, page pages.Document) error {
	printer, err := a.ReadersPrinter()
	if err != nil {
		return err
	}
	if !printer.Terminal {
		return a.WriteOut(func(out io.Writer) error {
			_, err := io.WriteString(out, page.Markdown())
			return err
		})
	}
	width := helpWidth(a)
	text := ui.Strong.Paint(ui.Escape(page.Title), printer.Color) + "\n"
	for _, block := range page.Blocks {
		switch {
		case block.Heading != "":
			text += "\n" + ui.Strong.Paint(ui.Escape(block.Heading), printer.Color) + "\n"
		case block.Table != nil:
			if err := printTable(printer, text+"\n", block.Table); err != nil {
				return err
			}
			text = sameInAllRows(block.Table)
		case block.Code != "":
			text += "\n"
			for line := range strings.SplitSeq(block.Code, "\n") {
				text += "  " + ui.Escape(line) + "\n"
			}
		default:
			text += "\n" + ui.Fill(ui.Escape(spansInWords(block.Text)), width) + "\n"
		}
	}
	_, err = io.WriteString(printer.Out, text)
	return err
}

// printTable prints what comes before a table, and the table. A resource is named as commands take it.
func printTable(printer ui.Printer, before string, table *pages.Table) error {
	if _, err := io.WriteString(printer.Out, before); err != nil {
		return err
	}
	list := ui.List{Table: ui.Table{Flexible: []string{"path", "permissions", "request", "does"}}}
	rows := make([][]ui.Cell, len(table.Rows))
	for column, heading := range table.Columns {
		if isLeftOut(table, column) {
			continue
		}
		list.Table.Columns = append(list.Table.Columns, heading)
		for i, row := range table.Rows {
			cell := ui.Cell{Text: cellText(row[column])}
			if len(rows[i]) == 0 {
				cell.Style = ui.Strong
			}
			rows[i] = append(rows[i], cell)
		}
	}
	for _, row := range rows {
		list.Add("", nil, row)
	}
	return printer.List(list)
}

func cellText(spans []pages.Span) (text string) {
	for _, span := range spans {
		text += cmp.Or(span.Page, span.Text)
	}
	return text
}

// isLeftOut reports whether a terminal does without a column of a wide table: the resource, where each row has its request, and
// answers that are the same in all rows.
func isLeftOut(table *pages.Table, column int) bool {
	heading := table.Columns[column]
	return heading == "resource" && slices.Contains(table.Columns, "request") || isSame(table, column)
}

// isSame reports whether a column of answers has one text alone.
func isSame(table *pages.Table, column int) bool {
	return slices.Contains([]string{"no credentials", "wrong token"}, table.Columns[column]) && len(table.Rows) > 0 &&
		!slices.ContainsFunc(table.Rows, func(row [][]pages.Span) bool {
			return cellText(row[column]) != cellText(table.Rows[0][column])
		})
}

// sameInAllRows says what the columns have that are left out as they are the same in all rows.
func sameInAllRows(table *pages.Table) string {
	var words []string
	for column, heading := range table.Columns {
		if isSame(table, column) {
			words = append(words, heading+" "+cellText(table.Rows[0][column]))
		}
	}
	if len(words) == 0 {
		return ""
	}
	return "\nIn every row: " + strings.Join(words, ", ") + ".\n"
}

// spansInWords says of a link which command follows it.
func spansInWords(spans []pages.Span) string {
	var words strings.Builder
	for _, span := range spans {
		words.WriteString(span.Text)
		switch {
		case span.Page == pages.IndexPage:
			words.WriteString(" ('latchkey docs')")
		case span.Page == pages.RequestsPage:
			words.WriteString(" ('latchkey docs requests')")
		case span.Page != "" && span.Page != span.Text:
			words.WriteString(" (" + span.Page + ")")
		}
	}
	return words.String()
}
