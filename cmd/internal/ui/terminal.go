package ui

// The rules of the terminal, and where each is obeyed:
//
//  1. Data goes to the data stream and nothing else does; messages go to the other (printer.go, messages.go).
//  2. A person gets a table, relative times and colours. A pipe gets tabs, RFC 3339 and no heading, whatever the
//     environment says, so that a script written today reads the same tomorrow (table.go, object.go).
//  3. Text from data is escaped before it is written; nothing that a user typed can move the cursor (escape.go).
//  4. Colours are of the 16-colour palette, which the person chose, and never carry a meaning alone (style.go).
//  5. The terminal is asked its size, by the system and not by an escape sequence, and nothing else: terminals that do
//     not answer the question for their background cost five seconds (style.go).
//  6. A question is asked only where a person can answer it, and no answer means no (confirm.go).
//  7. A line is written by one write, so that lines of several processes do not mix (messages.go).

import "golang.org/x/term"

// UseColor decides whether a stream gets colours: it is a terminal, --no-color is not given, NO_COLOR is unset or
// empty (no-color.org), and TERM names a terminal that has them. An unset TERM counts as dumb.
//
// CLICOLOR_FORCE and its like are not honoured: set for a whole CI job, they would put escape sequences into what
// scripts read from our pipes, and into a token.
func UseColor(terminal bool, getenv func(string) string, noColorFlag bool) bool {
	if !terminal || noColorFlag || getenv("NO_COLOR") != "" {
		return false
	}
	kind := getenv("TERM")
	return kind != "" && kind != "dumb"
}

// descriptor is what *os.File has.
type descriptor interface{ Fd() uintptr }

// IsTerminal says whether a stream, to read or to write, is a terminal. Anything without a descriptor is none.
func IsTerminal(stream any) bool {
	file, ok := stream.(descriptor)
	return ok && term.IsTerminal(number(file))
}

// TerminalWidth is the width of the terminal in cells, or 0 where there is none or it does not say.
func TerminalWidth(stream any) int {
	file, ok := stream.(descriptor)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(number(file))
	if err != nil {
		return 0
	}
	return width
}

func number(file descriptor) int {
	return int(file.Fd())
}
