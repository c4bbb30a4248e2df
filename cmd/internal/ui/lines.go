package ui

import (
	"bytes"
	"io"
	"strings"
)

// Lines writes text to a terminal, each line escaped as by [Escape]. Call Close at the end: what is no whole line yet is kept
// until then.
type Lines struct {
	Out io.Writer

	kept []byte
}

// Write takes text in pieces, wherever they are divided.
func (l *Lines) Write(text []byte) (int, error) {
	l.kept = append(l.kept, text...)
	end := bytes.LastIndexByte(l.kept, '\n') + 1
	var out strings.Builder
	for line := range bytes.Lines(l.kept[:end]) {
		out.WriteString(Escape(string(line[:len(line)-1])) + "\n")
	}
	l.kept = append(l.kept[:0], l.kept[end:]...)
	if _, err := io.WriteString(l.Out, out.String()); err != nil {
		return 0, err
	}
	return len(text), nil
}

// Close writes what is left; Out stays open.
func (l *Lines) Close() error {
	_, err := io.WriteString(l.Out, Escape(string(l.kept)))
	l.kept = nil
	return err
}
