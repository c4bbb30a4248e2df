package ui

import (
	"fmt"
	"io"
	"strings"
)

// Program is the name that errors begin with.
const Program = "latchkey"

// Messages are for a person: what happened, one line each, on the stream that is not data. Its methods take a format that is
// ours and arguments that may be anybody's: each argument is escaped, newlines too, so that no name can forge a line.
//
// Nothing can be done about a stream of errors that does not take them; write errors are dropped.
type Messages struct {
	Err   io.Writer
	Quiet bool // -q: only warnings and errors
	Color bool
}

// Info prints something worth knowing. Quiet drops it.
func (m Messages) Info(format string, args ...any) {
	if !m.Quiet {
		m.print(Dim, "note: ", format, args...)
	}
}

// Done prints what was done. Quiet drops it.
func (m Messages) Done(format string, args ...any) {
	if !m.Quiet {
		m.print(Plain, "", format, args...)
	}
}

// Warn prints what may go wrong later. It is never dropped.
func (m Messages) Warn(format string, args ...any) {
	m.print(Warn, "warning: ", format, args...)
}

// Error prints why the command failed and, where there is something, what to do about it; hint may be "" or several
// lines. Further lines of the error are indented. It is never dropped.
func (m Messages) Error(err error, hint string) {
	var out strings.Builder
	out.WriteString(Bad.Paint(Program+":", m.Color) + " ")
	for i, line := range strings.Split(strings.TrimRight(err.Error(), "\n"), "\n") {
		if i > 0 {
			out.WriteString("  ")
		}
		out.WriteString(Escape(line) + "\n")
	}
	if hint != "" {
		for line := range strings.SplitSeq(strings.TrimRight(hint, "\n"), "\n") {
			out.WriteString(Strong.Paint("hint:", m.Color) + " " + Escape(line) + "\n")
		}
	}
	m.write(out.String())
}

func (m Messages) print(style Style, label, format string, args ...any) {
	for i, arg := range args {
		args[i] = untrusted{arg}
	}
	m.write(style.Paint(label, m.Color) + fmt.Sprintf(format, args...) + "\n")
}

func (m Messages) write(text string) { _, _ = io.WriteString(m.Err, text) }

// untrusted formats its value by whatever verb is asked for and escapes the result.
type untrusted struct{ value any }

// Format implements [fmt.Formatter].
func (u untrusted) Format(state fmt.State, verb rune) {
	_, _ = io.WriteString(state, Escape(fmt.Sprintf(fmt.FormatString(state, verb), u.value)))
}
