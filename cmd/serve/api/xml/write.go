// Package xml writes JSON as XML and reads it back, without loss. It knows nothing of requests.
package xml

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"latchkey/perms"
)

const declaration = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

// MaxSize is how many bytes of XML [FromJSON] writes at most. JSON that is made for it becomes many times as large.
const MaxSize = 64 << 20

// ErrTooLarge: the XML would be larger than [MaxSize].
var ErrTooLarge = errors.New("larger than 64 MiB as XML")

// FromJSON writes a JSON value as XML, token by token, by the rules of docs/api.md. name is the name of a list of such
// values, in the plural: an array gets this name and its elements the singular, as does a value that is not an array.
// maxDepth is how deep objects and arrays may be nested. The error is [ErrTooLarge], one of the writer, or one about the
// JSON.
func FromJSON(to io.Writer, body []byte, name string, maxDepth int) error {
	w := &writer{decoder: json.NewDecoder(bytes.NewReader(body)), out: output{to: to}, maxDepth: maxDepth}
	w.decoder.UseNumber()
	w.out.add(declaration)
	if !bytes.HasPrefix(body, []byte("[")) {
		name = perms.Singular(name)
	}
	if err := w.value(name, encodeName(name), 0); err != nil {
		return err
	}
	if _, err := w.decoder.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("writing XML: there is more than one value")
	}
	w.out.add("\n")
	return w.out.flush()
}

// writer converts one JSON text.
type writer struct {
	decoder  *json.Decoder
	out      output
	maxDepth int
}

// value writes the next value as an element. name is its name in JSON, element the one in XML.
func (w *writer) value(name, element string, depth int) error {
	switch {
	case w.out.err != nil:
		return w.out.err
	case w.out.size > MaxSize:
		return ErrTooLarge
	}
	token, err := w.decoder.Token()
	if err != nil {
		return fmt.Errorf("writing XML: %w", err)
	}
	switch token := token.(type) {
	case json.Delim:
		if depth > w.maxDepth {
			return fmt.Errorf("writing XML: nested more than %d deep", w.maxDepth)
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

func (w *writer) array(name, element string, depth int) error {
	if !w.decoder.More() {
		w.empty(element, kindArray)
		return w.end()
	}
	w.open(element, "")
	inner := elementOf(name)
	for w.decoder.More() {
		if err := w.value(decodeName(inner), inner, depth+1); err != nil {
			return err
		}
	}
	w.close(element)
	return w.end()
}

// object adds a type to an object whose first member is named like the element of an array: without it a reader could take
// the object for an array.
func (w *writer) object(name, element string, depth int) error {
	if !w.decoder.More() {
		w.empty(element, kindObject)
		return w.end()
	}
	for first := true; w.decoder.More(); first = false {
		token, err := w.decoder.Token()
		if err != nil {
			return fmt.Errorf("writing XML: %w", err)
		}
		member, _ := token.(string) // names of members are strings
		inner := encodeName(member)
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

// namesElements tells whether the elements of an array may have a name.
func namesElements(array, element string) bool {
	return element == arrayElement || element == elementOf(array)
}

// end reads the end of an object or array.
func (w *writer) end() error {
	if _, err := w.decoder.Token(); err != nil {
		return fmt.Errorf("writing XML: %w", err)
	}
	return nil
}

func (w *writer) text(element, text string) error {
	if isXMLText(text) {
		w.leaf(element, text, kindString)
		return nil
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		return fmt.Errorf("writing XML: %w", err)
	}
	// Marshal does not escape these two noncharacters.
	escapedText := strings.NewReplacer("\ufffe", `\ufffe`, "\uffff", `\uffff`).Replace(string(quoted))
	w.open(element, kindJSON)
	_, _ = textEscapes.WriteString(&w.out, escapedText) // out keeps the error
	w.close(element)
	return nil
}

// leaf writes a value. It adds the type if a reader would infer another one from the text.
func (w *writer) leaf(element, text string, is kind) {
	mark := is
	if inferred(text) == is {
		mark = ""
	}
	w.open(element, mark)
	_, _ = textEscapes.WriteString(&w.out, text) // out keeps the error
	w.close(element)
}

// textEscapes escapes text. A reader would turn an unescaped carriage return into a newline.
var textEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#xD;")

func (w *writer) open(element string, mark kind) {
	w.out.add("<", element, typeAttribute(mark), ">")
}

func (w *writer) close(element string) { w.out.add("</", element, ">") }

func (w *writer) empty(element string, mark kind) {
	w.out.add("<", element, typeAttribute(mark), "/>")
}

func typeAttribute(mark kind) string {
	if mark == "" {
		return ""
	}
	return ` type="` + string(mark) + `"`
}
