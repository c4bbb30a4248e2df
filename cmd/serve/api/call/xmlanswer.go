package call

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"latchkey/perms"
)

const (
	XMLDeclaration = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

	// maxXML is the size in bytes that an answer may have as XML, which is many times that of the same JSON where a
	// document is made for it. One document of the largest size always fits: else its change could not be answered.
	MaxXML = 64 << 20

	// maxAnswerDepth is more than any answer of ours has: a document's depth and a list around it.
	maxAnswerDepth = MaxDepth + 8
)

var ErrXMLTooLarge = &Refusal{
	Status:  http.StatusRequestEntityTooLarge,
	Message: "the page would be larger than 64 MiB as XML: ask for a smaller limit, or for JSON",
}

// inXML writes a JSON answer as XML: the one place where that is done. name is what the answer is one or several of,
// in the plural.
func (a Answer) InXML(name string) (Answer, error) {
	a = a.tagXML()
	if len(a.Body) == 0 || a.Plain {
		return a, nil
	}
	if a.Body[0] != '[' {
		name = Singular(name)
	}
	var written beginning
	if err := WriteXML(&written, a.Body, name); err != nil {
		return Answer{}, err
	}
	a.format = FormatXML
	if written.size <= LargeAnswer {
		a.Body = written.kept
	} else {
		a.root, a.size = name, written.size
	}
	return a, nil
}

// beginning counts what is written and keeps it as long as it is no large answer.
type beginning struct {
	kept []byte
	size int
}

func (b *beginning) Write(piece []byte) (int, error) {
	if b.size += len(piece); b.size <= LargeAnswer {
		b.kept = append(b.kept, piece...)
	}
	return len(piece), nil
}

// answerName is what the answers to a route are called, in the plural: by the last segment of the resource's path
// that is no parameter.
func AnswerName(route perms.Route) string {
	segments := strings.Split(route.Resource.Path, "/")
	for _, segment := range slices.Backward(segments) {
		if segment != "" && !strings.HasPrefix(segment, "{") {
			return segment
		}
	}
	return "answer"
}

// writeXML writes JSON as XML, token by token. The root element has the name, which an array's elements get theirs from.
func WriteXML(to io.Writer, body []byte, name string) error {
	w := &xmlWriter{decoder: json.NewDecoder(bytes.NewReader(body)), out: xmlOutput{to: to}}
	w.decoder.UseNumber()
	w.out.add(XMLDeclaration)
	if err := w.value(name, EncodeName(name), 0); err != nil {
		return err
	}
	if _, err := w.decoder.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("writing XML: there is more than one value")
	}
	w.out.add("\n")
	return w.out.flush()
}

// xmlWriter is one JSON text on its way to XML.
type xmlWriter struct {
	decoder *json.Decoder
	out     xmlOutput
}

// value writes the next value as an element. name is the value's own, element the one in XML.
func (w *xmlWriter) value(name, element string, depth int) error {
	switch {
	case w.out.err != nil:
		return w.out.err
	case w.out.size > MaxXML:
		return ErrXMLTooLarge
	}
	token, err := w.decoder.Token()
	if err != nil {
		return fmt.Errorf("writing XML: %w", err)
	}
	switch token := token.(type) {
	case json.Delim:
		if depth > maxAnswerDepth {
			return fmt.Errorf("writing XML: nested more than %d deep", maxAnswerDepth)
		}
		if token == '[' {
			return w.array(name, element, depth)
		}
		return w.object(name, element, depth)
	case string:
		return w.text(element, token)
	case json.Number:
		w.leaf(element, token.String(), kindNumber)
	case bool:
		w.leaf(element, fmt.Sprint(token), kindBoolean)
	default:
		w.empty(element, kindNull)
	}
	return nil
}

func (w *xmlWriter) array(name, element string, depth int) error {
	if !w.decoder.More() {
		w.empty(element, kindArray)
		return w.end()
	}
	w.open(element, "")
	inner := ElementOf(name)
	for w.decoder.More() {
		if err := w.value(DecodeName(inner), inner, depth+1); err != nil {
			return err
		}
	}
	w.close(element)
	return w.end()
}

// object marks an object whose first member has the name that an array's element would have: a reader without the mark
// could take it for an array.
func (w *xmlWriter) object(name, element string, depth int) error {
	if !w.decoder.More() {
		w.empty(element, kindObject)
		return w.end()
	}
	for first := true; w.decoder.More(); first = false {
		token, err := w.decoder.Token()
		if err != nil {
			return fmt.Errorf("writing XML: %w", err)
		}
		member, _ := token.(string) // the name of a member is nothing else
		inner := EncodeName(member)
		switch {
		case first && namesElements(name, inner):
			w.open(element, kindObject)
		case first:
			w.open(element, "")
		}
		if err := w.value(member, inner, depth+1); err != nil {
			return err
		}
	}
	w.close(element)
	return w.end()
}

// namesElements tells whether the elements of an array can have this name.
func namesElements(array, element string) bool {
	return element == arrayElement || element == ElementOf(array)
}

// end reads the end of an object or array.
func (w *xmlWriter) end() error {
	if _, err := w.decoder.Token(); err != nil {
		return fmt.Errorf("writing XML: %w", err)
	}
	return nil
}

func (w *xmlWriter) text(element, text string) error {
	if isXMLText(text) {
		w.leaf(element, text, kindString)
		return nil
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		return fmt.Errorf("writing XML: %w", err)
	}
	// Marshal leaves two noncharacters as they are.
	escapedText := strings.NewReplacer("\ufffe", `\ufffe`, "\uffff", `\uffff`).Replace(string(quoted))
	w.open(element, kindJSON)
	_, _ = textEscapes.WriteString(&w.out, escapedText) // the output keeps its error
	w.close(element)
	return nil
}

// leaf writes a value with its type, if that is not what the text says.
func (w *xmlWriter) leaf(element, text string, is kind) {
	mark := is
	if inferred(text) == is {
		mark = ""
	}
	w.open(element, mark)
	_, _ = textEscapes.WriteString(&w.out, text) // the output keeps its error
	w.close(element)
}

// textEscapes: a reader would make a newline of a carriage return that is not escaped.
var textEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#xD;")

func (w *xmlWriter) open(element string, mark kind) {
	w.out.add("<", element, typeAttribute(mark), ">")
}

func (w *xmlWriter) close(element string) { w.out.add("</", element, ">") }

func (w *xmlWriter) empty(element string, mark kind) {
	w.out.add("<", element, typeAttribute(mark), "/>")
}

func typeAttribute(mark kind) string {
	if mark == "" {
		return ""
	}
	return ` type="` + string(mark) + `"`
}
