package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"latchkey/db/data"
	"latchkey/perms/errorkind"
)

// Read is what a file holds: the documents, and the line at which each begins.
type Read struct {
	Documents []data.Draft
	Lines     []int
}

// ErrContent is the error of content that is not what its format says, or that no document may be.
var ErrContent = errorkind.Invalid.New("unusable content")

// Parse reads all documents of a file; the table is for CSV alone. The error is a *[LineError] and an [ErrContent].
func Parse(content []byte, format Format, table Table) (Read, error) {
	content = bytes.TrimPrefix(content, []byte("\ufeff")) // a byte order mark says nothing in UTF-8
	var read Read
	err := checkUTF8(content)
	if err != nil {
		return read, err
	}
	switch format {
	case JSON:
		err = read.parseArray(content)
	case JSONL:
		err = read.parseLines(content)
	case CSV:
		err = read.parseCSV(content, table)
	default:
		err = fmt.Errorf("unknown format %q", format)
	}
	return read, err
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
	return &LineError{line, fmt.Errorf("%w: %w", ErrContent, err)}
}

// add takes a document that begins at a line.
func (r *Read) add(line int, object []byte) error {
	if len(r.Documents) == MaxDocuments {
		return wrong(line, fmt.Errorf("there are more than %d documents: import them in parts", MaxDocuments))
	}
	draft, err := draftOf(object)
	if err != nil {
		return wrong(line, err)
	}
	r.Documents, r.Lines = append(r.Documents, draft), append(r.Lines, line)
	return nil
}

// draftOf makes a document of a JSON object.
func draftOf(object []byte) (data.Draft, error) {
	fields, err := data.ParseFields(object)
	if err != nil {
		return data.Draft{}, err
	}
	var id int64
	if given, found := fields[fieldID]; found {
		if id, err = strconv.ParseInt(string(given), 10, 64); err != nil || id < 1 {
			return data.Draft{}, fmt.Errorf("the id %.40s is no whole number from 1 on: leave it out for the next one", given)
		}
	}
	for _, name := range owned {
		delete(fields, name)
	}
	return data.NewDraft(id, fields)
}

func (r *Read) parseLines(content []byte) error {
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

func (r *Read) parseArray(content []byte) error {
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
