package ui

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"latchkey/perms/errorkind"
)

// ErrNoAnswer: a confirmation is needed and there is nobody to ask.
var ErrNoAnswer = errorkind.Unconfirmed.New("confirmation needed and nobody to ask: use -y")

// longestAnswer is more than anybody types; the rest of a longer line is not read.
const longestAnswer = 256

// Confirm asks a question of one line and waits for the line that answers it. Yes is "y" or "yes" in any case;
// everything else, an empty line too, is no. Unless interactive, nothing is asked or read and the error is
// [ErrNoAnswer], as it is when the input ends before an answer.
func Confirm(in io.Reader, prompt io.Writer, interactive bool, question string) (bool, error) {
	if !interactive {
		return false, ErrNoAnswer
	}
	if _, err := io.WriteString(prompt, Escape(question)+" [y/N] "); err != nil {
		return false, fmt.Errorf("asking for confirmation: %w", err)
	}
	answer, ended, err := readLine(in)
	if ended {
		_, _ = io.WriteString(prompt, "\n") // the person's own newline never came
	}
	if err != nil {
		return false, fmt.Errorf("reading the answer: %w", err)
	}
	if ended && answer == "" {
		return false, ErrNoAnswer
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return true, nil
	}
	return false, nil
}

// readLine reads byte by byte: what follows the answer belongs to the next question, or to the command's input.
func readLine(in io.Reader) (line string, ended bool, err error) {
	var text bytes.Buffer
	one := make([]byte, 1)
	for text.Len() < longestAnswer {
		n, err := in.Read(one)
		if n == 1 {
			if one[0] == '\n' {
				return text.String(), false, nil
			}
			text.WriteByte(one[0])
		}
		if errors.Is(err, io.EOF) {
			return text.String(), true, nil
		}
		if err != nil {
			return "", true, err
		}
	}
	return text.String(), false, nil
}
