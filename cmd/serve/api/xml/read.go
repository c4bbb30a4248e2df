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

// ToJSON makes of an XML text the JSON that it stands for, by the rules of docs/api.md: what [FromJSON] writes comes back
// as it was. maxDepth is how many objects and arrays may be within each other. The error is an *[Error] or [ErrCharset].
//
// Elements, text and the five entities are all that it reads (no document type, no processing instruction), so that a
// text can name nothing outside of itself and cannot grow while it is read.
func ToJSON(body []byte, maxDepth int) ([]byte, error) {
	if !utf8.Valid(body) {
		return nil, &Error{"is not valid UTF-8"}
	}
	r := &xmlReader{decoder: xml.NewDecoder(bytes.NewReader(body)), maxDepth: maxDepth}
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

// Error says why [ToJSON] does not take a text.
type Error struct {
	Reason string // what is wrong with it, without a subject: "is not valid UTF-8"
}

func (e *Error) Error() string { return "the XML " + e.Reason }

// xmlReader is an XML body on its way to JSON.
type xmlReader struct {
	decoder  *xml.Decoder
	maxDepth int
}

// node is an element that was read.
type node struct {
	name  string
	value []byte // as JSON
}

func (r *xmlReader) fail(problem string) error {
	return &Error{fmt.Sprintf("is not XML that is read here: %s, at byte %d", problem, r.decoder.InputOffset())}
}

// token reads what is next, comments left out. A declaration is read at the very beginning alone.
func (r *xmlReader) token() (xml.Token, error) {
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
func (r *xmlReader) prolog() (xml.StartElement, error) {
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

// epilog reads what may stand behind the root element.
func (r *xmlReader) epilog() error {
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

// element reads an element to its end.
func (r *xmlReader) element(start xml.StartElement, isRoot bool, depth int) ([]byte, error) {
	if depth > r.maxDepth+1 { // an element without elements nests nothing
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

// attributes reads the type attribute. Declarations of name spaces, which tools write by themselves, say nothing.
func (r *xmlReader) attributes(start xml.StartElement) (kind, error) {
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
