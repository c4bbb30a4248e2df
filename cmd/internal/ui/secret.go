package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// Secret asks for a line on a terminal and reads it without showing it there. When the context ends, the terminal is
// put back as it was and the error is the context's.
func Secret(ctx context.Context, terminal *os.File, prompt io.Writer, question string) (string, error) {
	descriptor := number(terminal)
	before, err := term.GetState(descriptor)
	if err != nil {
		return "", fmt.Errorf("asking the terminal: %w", err)
	}
	if _, err := io.WriteString(prompt, Escape(question)+" "); err != nil {
		return "", fmt.Errorf("asking: %w", err)
	}
	var text []byte
	done := make(chan error, 1)
	go func() { // no signal ends a read from a terminal
		var err error
		text, err = term.ReadPassword(descriptor)
		done <- err
	}()
	select {
	case err = <-done:
	case <-ctx.Done():
		_ = term.Restore(descriptor, before)
	}
	_, _ = io.WriteString(prompt, "\n") // the person's own newline is not shown either
	if ctx.Err() != nil {
		return "", ctx.Err() // and no text, which is still being read
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("reading the answer: %w", err)
	}
	return string(text), nil
}
