package ui

import (
	"fmt"
	"io"
	"strings"
)

// Program is the name that errors begin with.
const Program = "latchkey"

// Story tells a person what happened, one line each, on the stream that is not data. Its methods take a format that is
// ours and arguments that may be anybody's: each argument is escaped, newlines too, so that no name can forge a line.
//
// Nothing can be done about a stream of errors that does not take them; write errors are dropped.
type Story struct {
	Err   io.Writer
	Quiet bool // -q: only warnings and errors
	Color bool
}

// Note tells something worth knowing. Quiet drops it.
func (s Story) Note(format string, args ...any) {
	if !s.Quiet {
		s.say(Dim, "note: ", format, args...)
	}
}

// Done tells what was done. Quiet drops it.
func (s Story) Done(format string, args ...any) {
	if !s.Quiet {
		s.say(Plain, "", format, args...)
	}
}

// Warn tells what may go wrong later. It is never dropped.
func (s Story) Warn(format string, args ...any) {
	s.say(Warn, "warning: ", format, args...)
}

// Error tells why the command failed and, where there is something, what to do about it; hint may be "" or several
// lines. Further lines of the error are indented. It is never dropped.
func (s Story) Error(err error, hint string) {
	var out strings.Builder
	out.WriteString(Bad.Paint(Program+":", s.Color) + " ")
	for i, line := range strings.Split(strings.TrimRight(err.Error(), "\n"), "\n") {
		if i > 0 {
			out.WriteString("  ")
		}
		out.WriteString(Escape(line) + "\n")
	}
	if hint != "" {
		for line := range strings.SplitSeq(strings.TrimRight(hint, "\n"), "\n") {
			out.WriteString(Strong.Paint("hint:", s.Color) + " " + Escape(line) + "\n")
		}
	}
	s.write(out.String())
}

func (s Story) say(style Style, label, format string, args ...any) {
	for i, arg := range args {
		args[i] = untrusted{arg}
	}
	s.write(style.Paint(label, s.Color) + fmt.Sprintf(format, args...) + "\n")
}

func (s Story) write(text string) { _, _ = io.WriteString(s.Err, text) }

// untrusted formats its value by whatever verb is asked for and escapes the result.
type untrusted struct{ value any }

// Format implements [fmt.Formatter].
func (u untrusted) Format(state fmt.State, verb rune) {
	_, _ = io.WriteString(state, Escape(fmt.Sprintf(fmt.FormatString(state, verb), u.value)))
}
