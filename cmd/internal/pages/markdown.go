package pages

import "strings"

// Markdown writes a page as Markdown, ending in a newline. The pages lie in one folder, each as its name with ".md".
func (d Document) Markdown() string {
	var out strings.Builder
	out.WriteString("# " + markdownText(d.Title) + "\n")
	for _, block := range d.Blocks {
		out.WriteString("\n" + block.markdown() + "\n")
	}
	return out.String()
}

func (b Block) markdown() string {
	switch {
	case b.Heading != "":
		return "## " + markdownText(b.Heading)
	case b.Table != nil:
		return b.Table.markdown()
	case b.Code != "":
		return "    " + strings.ReplaceAll(b.Code, "\n", "\n    ")
	}
	return markdownLine(b.Text)
}

func (t Table) markdown() string {
	rows := []string{"| " + strings.Join(t.Columns, " | ") + " |", strings.Repeat("| --- ", len(t.Columns)) + "|"}
	for _, cells := range t.Rows {
		written := make([]string, len(cells))
		for i, cell := range cells {
			written[i] = markdownLine(cell)
		}
		rows = append(rows, "| "+strings.Join(written, " | ")+" |")
	}
	return strings.Join(rows, "\n")
}

func markdownLine(spans []Span) string {
	var out strings.Builder
	for _, span := range spans {
		written := markdownText(span.Text)
		if span.Code {
			written = "`" + strings.NewReplacer("`", "'", "|", `\|`).Replace(span.Text) + "`"
		}
		if span.Page != "" {
			written = "[" + written + "](" + span.Page + ".md)"
		}
		out.WriteString(written)
	}
	return out.String()
}

// markdownText escapes what would be markup or HTML.
func markdownText(plain string) string {
	var out strings.Builder
	for _, c := range plain {
		switch {
		case strings.ContainsRune("\\`*_[]<>|#~&", c):
			out.WriteRune('\\')
		case c < ' ':
			c = ' '
		}
		out.WriteRune(c)
	}
	return out.String()
}
