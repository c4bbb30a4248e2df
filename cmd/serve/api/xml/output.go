package xml

import "io"

// outputPiece is how many bytes of XML are sent at once.
const outputPiece = 16 << 10

// xmlOutput collects small pieces to larger ones. After an error of the writer below it writes nothing more.
type xmlOutput struct {
	to     io.Writer
	buffer []byte
	size   int // of all that was added, in bytes
	err    error
}

// WriteString is for package strings.
func (o *xmlOutput) WriteString(text string) (int, error) {
	o.size += len(text)
	for rest := text; len(rest) > 0 && o.err == nil; {
		fits := min(len(rest), outputPiece-len(o.buffer))
		o.buffer = append(o.buffer, rest[:fits]...)
		if rest = rest[fits:]; len(o.buffer) == outputPiece {
			_ = o.flush()
		}
	}
	return len(text), o.err
}

// Write is for package strings, too.
func (o *xmlOutput) Write(text []byte) (int, error) { return o.WriteString(string(text)) }

func (o *xmlOutput) add(texts ...string) {
	for _, text := range texts {
		_, _ = o.WriteString(text) // kept in err
	}
}

// flush writes what is collected; its error is kept.
func (o *xmlOutput) flush() error {
	if o.err == nil {
		_, o.err = o.to.Write(o.buffer)
		o.buffer = o.buffer[:0]
	}
	return o.err
}
