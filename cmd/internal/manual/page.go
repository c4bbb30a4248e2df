// Package manual writes manual pages: for man, and as Markdown for reading in a browser.
//
// It knows nothing of commands or flags, and puts in neither date nor version: the same page gives the same bytes.
package manual

import "strings"

// Page is what there is to say about one command.
type Page struct {
	Command  string   // as it is typed: "latchkey token enable"
	Short    string   // in one line
	Synopsis []string // the forms it is called in
	Sections []Section
	See      []Link
}

// Section is a part of a page under a heading of its own.
type Section struct {
	Title string
	Text  string // paragraphs between empty lines; one that is indented is kept as it is, line by line
}

// Link names another page.
type Link struct {
	Command string
	Short   string
}

// Name is the name of a command's page: "latchkey-token-enable".
func Name(command string) string { return strings.ReplaceAll(command, " ", "-") }

// paragraphs cuts a text at its empty lines.
func paragraphs(text string) []string {
	var list []string
	for part := range strings.SplitSeq(text, "\n\n") {
		if part = strings.Trim(part, "\n"); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// verbatim reports whether a paragraph is kept line by line.
func verbatim(paragraph string) bool { return strings.HasPrefix(paragraph, " ") }
