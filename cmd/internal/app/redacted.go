package app

import (
	"io"

	"latchkey/tokens"
)

// RedactErr lets no tokens through to standard error from now on: somebody may have pasted one as an argument, and messages
// are kept in logs. What is written at once is looked at by itself.
func (a *App) RedactErr() {
	if file, isFile := a.Err.(descriptor); isFile {
		a.Err = redactedFile{redacted{a.Err}, file}
	} else {
		a.Err = redacted{a.Err}
	}
}

// BareErr is standard error as it is: a server shows its first token there, and looks at its access log itself.
func (a *App) BareErr() io.Writer {
	if wrapped, isRedacted := a.Err.(interface{ bare() io.Writer }); isRedacted {
		return wrapped.bare()
	}
	return a.Err
}

type redacted struct{ stream io.Writer }

// Write writes the text, as far as it is no token.
func (r redacted) Write(text []byte) (int, error) {
	if _, err := io.WriteString(r.stream, tokens.Redact(string(text))); err != nil {
		return 0, err
	}
	return len(text), nil
}

func (r redacted) bare() io.Writer { return r.stream }

// redactedFile can be asked whether it is a terminal.
type redactedFile struct {
	redacted
	descriptor
}

// descriptor is what a file has.
type descriptor interface{ Fd() uintptr }
