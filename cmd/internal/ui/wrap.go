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
