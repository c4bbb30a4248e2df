package xml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// ToJSON converts an XML text to JSON, by the rules of docs/api.md: what [FromJSON] has written becomes the same value again.
// maxDepth is how deep objects and arrays may be nested. The error is an *[Error] or [ErrCharset].
//
// It reads only elements, text and the five predefined entities. A document type or a processing instruction is an error, so
// that a text can neither refer to anything outside of it nor grow while it is read.
func ToJSON(body []byte, maxDepth int) ([]byte, error) {
	if !utf8.Valid(body) {
		return nil, &Error{"is not valid UTF-8"}
	}
	r := &reader{decoder: xml.NewDecoder(bytes.NewReader(body)), maxDepth: maxDepth}
	r.decoder.CharsetReader = func(charset string, input io.Reader) (io.Reader, error) {
		if strings.EqualFold(charset, "us-ascii") {
			return input, nil
		}
		return nil, ErrCharset
	}
	root, err := r.prolog()
	if err != nil {
		return nil, err
	}
	value, err := r.element(root, true, 1)
	if err != nil {
		return nil, err
	}
	return value, r.epilog()
}

// ErrCharset: the text says that its encoding is neither UTF-8 nor US-ASCII.
var ErrCharset = errors.New("the encoding is not UTF-8")

// Error is why [ToJSON] does not accept a text.
type Error struct {
	Reason string // a predicate: "is not valid UTF-8"
}

func (e *Error) Error() string { return "the XML " + e.Reason }

// reader converts one XML text.
type reader struct {
	decoder  *xml.Decoder
	maxDepth int
}

// node is an element that was read.
type node struct {
	name  string
	value []byte // as JSON
}

func (r *reader) fail(problem string) error {
	return &Error{fmt.Sprintf("is not XML that is read here: %s, at byte %d", problem, r.decoder.InputOffset())}
}

// token reads the next token that is not a comment. An XML declaration is accepted only at the very beginning.
func (r *reader) token() (xml.Token, error) {
	for {
		began := r.decoder.InputOffset()
		token, err := r.decoder.RawToken()
		var syntax *xml.SyntaxError
		switch {
		case errors.Is(err, io.EOF):
			return nil, io.EOF
		case errors.Is(err, ErrCharset):
			return nil, ErrCharset
		case errors.As(err, &syntax):
			return nil, r.fail(syntax.Msg)
		case err != nil:
			return nil, r.fail(strings.TrimPrefix(err.Error(), "xml: "))
		}
		switch token := token.(type) {
		case xml.Comment:
			continue
		case xml.ProcInst:
			if began == 0 && token.Target == "xml" {
				continue
			}
			return nil, r.fail("a processing instruction")
		case xml.Directive:
			return nil, r.fail("a document type")
		}
		return token, nil
	}
}

// prolog reads up to the root element.
func (r *reader) prolog() (xml.StartElement, error) {
	for {
		token, err := r.token()
		if errors.Is(err, io.EOF) {
			return xml.StartElement{}, r.fail("there is no element")
		}
		if err != nil {
			return xml.StartElement{}, err
		}
		if text, isText := token.(xml.CharData); isText && isSpace(text) {
			continue
		}
		root, isStart := token.(xml.StartElement)
		if !isStart {
			return xml.StartElement{}, r.fail("text outside of the root element")
		}
		return root, nil
	}
}

// epilog reads what may follow the root element.
func (r *reader) epilog() error {
	for {
		token, err := r.token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if text, isText := token.(xml.CharData); !isText || !isSpace(text) {
			return r.fail("more than the root element")
		}
	}
}

func isSpace(text []byte) bool { return len(bytes.Trim(text, " \t\r\n")) == 0 }

// element reads an element to its end, and returns its value as JSON.
func (r *reader) element(start xml.StartElement, isRoot bool, depth int) ([]byte, error) {
	if depth > r.maxDepth+1 { // an innermost element is text, and not nested
		return nil, &Error{fmt.Sprintf("is nested more than %d deep", r.maxDepth)}
	}
	mark, err := r.attributes(start)
	if err != nil {
		return nil, err
	}
	var text []byte
	var children []node
	for {
		token, err := r.token()
		if errors.Is(err, io.EOF) {
			return nil, r.fail(fmt.Sprintf("<%s> has no end", start.Name.Local))
		}
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.CharData:
			text = append(text, token...)
		case xml.StartElement:
			value, err := r.element(token.Copy(), false, depth+1)
			if err != nil {
				return nil, err
			}
			children = append(children, node{token.Name.Local, value})
		case xml.EndElement:
			if token.Name != start.Name {
				return nil, r.fail(fmt.Sprintf("<%s> is ended by </%s>", start.Name.Local, token.Name.Local))
			}
			return r.finish(start.Name.Local, mark, isRoot, text, children)
		}
	}
}

// attributes reads the type attribute. Declarations of name spaces, which some tools always write, are ignored.
func (r *reader) attributes(start xml.StartElement) (kind, error) {
	if start.Name.Space != "" {
		return "", r.fail("a name with a prefix")
	}
	mark := kind("")
	for _, attribute := range start.Attr {
		switch {
		case attribute.Name.Space == "xmlns" || attribute.Name == xml.Name{Local: "xmlns"}:
		case attribute.Name != xml.Name{Local: "type"}:
			return "", r.fail(fmt.Sprintf("the attribute %q is not known", attribute.Name.Local))
		case mark != "":
			return "", r.fail("the attribute \"type\" is given twice")
		default:
			mark = kind(attribute.Value)
			if !knownKinds[mark] {
				return "", r.fail(fmt.Sprintf("the type %q is not known", attribute.Value))
			}
		}
	}
	return mark, nil
}

var knownKinds = map[kind]bool{kindString: true, kindNumber: true, kindBoolean: true, kindNull: true, kindObject: true,
	kindArray: true, kindJSON: true}
