package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"unicode/utf8"

	"latchkey/cmd/panel"
)

// Reader reads the documents of files; the table is for CSV alone.
type Reader struct {
	Format Format
	Table  Table

	// Lines are those at which the documents begin that were read last, from 1.
	Lines []int
	// Warnings are what a CSV that was read to its end leaves in doubt, for people.
	Warnings []string

	yield func(panel.Document, error) bool
}

// errEnough ends the reading of who wants no more.
var errEnough = errors.New("enough")

// Documents reads a file, document by document, with the id where it has one. An error is the last: a *[LineError] and a
// [panel.ErrContent].
func (r *Reader) Documents(content []byte) iter.Seq2[panel.Document, error] {
	return func(yield func(panel.Document, error) bool) {
		r.Lines, r.Warnings, r.yield = nil, nil, yield
		if err := r.parse(bytes.TrimPrefix(content, []byte("\ufeff"))); err != nil && !errors.Is(err, errEnough) { // a byte order mark says nothing in UTF-8
			yield(panel.Document{}, err)
		}
	}
}

func (r *Reader) parse(content []byte) error {
	if err := checkUTF8(content); err != nil {
		return err
	}
	switch r.Format {
	case JSON:
		return r.parseArray(content)
	case JSONL:
		return r.parseLines(content)
	case CSV:
		return r.parseCSV(content)
	}
	return fmt.Errorf("unknown format %q", r.Format)
}

func checkUTF8(content []byte) error {
	line := 0
	for text := range bytes.SplitSeq(content, []byte("\n")) {
		if line++; !utf8.Valid(text) {
			return wrong(line, errors.New("it is not valid UTF-8"))
		}
	}
	return nil
}

// wrong marks what is wrong at a line.
func wrong(line int, err error) error {
	return &LineError{line, fmt.Errorf("%w: %w", panel.ErrContent, err)}
}

// add takes a document that begins at a line.
func (r *Reader) add(line int, object []byte) error {
	if len(r.Lines) == MaxDocuments {
		return wrong(line, fmt.Errorf("there are more than %d documents: import them in parts", MaxDocuments))
	}
	r.Lines = append(r.Lines, line)
	if !r.yield(panel.Document{Fields: object}, nil) {
		return errEnough
	}
	return nil
}

func (r *Reader) parseLines(content []byte) error {
	line := 0
	for text := range bytes.SplitSeq(content, []byte("\n")) {
		line++
		if text = bytes.TrimSpace(text); len(text) == 0 {
			continue
		}
		if err := r.add(line, text); err != nil {
			return err
		}
	}
	return nil
}

func (r *Reader) parseArray(content []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(content))
	at := position{content: content}
	if token, err := decoder.Token(); err != nil || token != json.Delim('[') {
		return wrong(at.line(0), errors.New("it is no JSON array of objects"))
	}
	for decoder.More() {
		line := at.line(at.start(decoder.InputOffset()))
		var object json.RawMessage
		if err := decoder.Decode(&object); err != nil {
			return wrong(at.broken(err, line), fmt.Errorf("it is not valid JSON: %w", err))
		}
		if err := r.add(line, object); err != nil {
			return err
		}
	}
	if _, err := decoder.Token(); err != nil {
		return wrong(at.broken(err, at.line(int64(len(content)))), errors.New("the JSON array does not end"))
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return wrong(at.line(at.start(decoder.InputOffset())), errors.New("there is something behind the JSON array"))
	}
	return nil
}

// position counts lines of a text, forwards.
type position struct {
	content []byte
	offset  int64
	passed  int // line ends before offset
}

// line is the line, from 1, of an offset that is not before the last one asked for.
func (p *position) line(offset int64) int {
	offset = min(max(offset, p.offset), int64(len(p.content)))
	p.passed += bytes.Count(p.content[p.offset:offset], []byte("\n"))
	p.offset = offset
	return p.passed + 1
}

// start is where the next value begins: behind spaces and a comma.
func (p *position) start(offset int64) int64 {
	rest := p.content[min(offset, int64(len(p.content))):]
	return offset + int64(len(rest)-len(bytes.TrimLeft(rest, ", \t\r\n")))
}

// broken is the line of a syntax error, or the given one where it says none.
func (p *position) broken(err error, line int) int {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return p.line(syntax.Offset)
	}
	return line
}
