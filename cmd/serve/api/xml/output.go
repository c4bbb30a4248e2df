package xml

import "io"

// outputPiece is how many bytes of XML are written at once.
const outputPiece = 16 << 10

// output collects small pieces into larger ones. After an error of the writer it writes nothing more.
type output struct {
	to     io.Writer
	buffer []byte
	size   int // bytes that were added so far
	err    error
}

// WriteString is for package strings.
func (o *output) WriteString(text string) (int, error) {
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
func (o *output) Write(text []byte) (int, error) { return o.WriteString(string(text)) }

func (o *output) add(texts ...string) {
	for _, text := range texts {
		_, _ = o.WriteString(text) // kept in err
	}
}

// flush writes what was collected. The error is kept.
func (o *output) flush() error {
	if o.err == nil {
		_, o.err = o.to.Write(o.buffer)
		o.buffer = o.buffer[:0]
	}
	return o.err
}
