package ui

import "strings"

// leastWrapped is the width below which text is left to the terminal: a column of single words is no help.
const leastWrapped = 20

// wrapped divides an escaped text into lines of a width, between words. A word that is wider stays whole, so that a path, a
// hash or a command can be copied, and the terminal breaks it; libraries also break at hyphens.
func wrapped(text string, width int) []string {
	if width < leastWrapped || cells(text) <= width {
		return []string{text}
	}
	var lines []string
	line := ""
	for i, word := range strings.Split(text, " ") {
		switch {
		case i == 0:
			line = word
		case cells(line)+1+cells(word) > width:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}

// Fill brings text of ours to a width: paragraphs, which stand between empty lines, are filled. A paragraph that is indented is
// kept line by line; where a line has columns and is too wide, the last one goes on below itself.
func Fill(text string, width int) string {
	parts := strings.Split(strings.Trim(text, "\n"), "\n\n")
	for i, part := range parts {
		if !strings.HasPrefix(part, " ") {
			parts[i] = strings.Join(wrapped(strings.Join(strings.Fields(part), " "), width), "\n")
			continue
		}
		lines := strings.Split(part, "\n")
		for n, line := range lines {
			column := lastColumn(line)
			if column > 0 {
				blanks := strings.Repeat(" ", cells(line[:column]))
				lines[n] = line[:column] + strings.Join(wrapped(line[column:], width-len(blanks)), "\n"+blanks)
			}
		}
		parts[i] = strings.Join(lines, "\n")
	}
	return strings.Join(parts, "\n\n")
}

// lastColumn is where the text of a line begins that is in columns, after at least two blanks; 0 where there are none.
func lastColumn(line string) int {
	text := strings.TrimLeft(line, " ")
	first := strings.Index(text, "  ")
	if first < 0 {
		return 0
	}
	rest := strings.TrimLeft(text[first:], " ")
	return len(line) - len(rest)
}
