package call

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// jsonOfXML writes an XML body as the JSON that it stands for, by the rules of docs/api.md: what an answer in XML says
// of a value, a body says of it too.
//
// Elements, text and the five entities are all that it reads (no document type, no processing instruction), so that a
// body can name nothing outside of itself and cannot grow while it is read.
func JSONOfXML(body []byte) ([]byte, error) {
	if !utf8.Valid(body) {
		return nil, BadBody("the body is not valid UTF-8")
	}
	r := &xmlReader{decoder: xml.NewDecoder(bytes.NewReader(body))}
	r.decoder.CharsetReader = func(charset string, input io.Reader) (io.Reader, error) {
		if strings.EqualFold(charset, "us-ascii") {
			return input, nil
		}
		return nil, errCharset
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

var errCharset = unsupported("the encoding of the body must be UTF-8")

// xmlReader is an XML body on its way to JSON.
type xmlReader struct {
	decoder *xml.Decoder
}

// node is an element that was read.
type node struct {
	name  string
	value []byte // as JSON
}

func (r *xmlReader) refuse(problem string) error {
	return BadBody(fmt.Sprintf("the body is not XML that is read here: %s, at byte %d", problem, r.decoder.InputOffset()))
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
		case errors.Is(err, errCharset):
			return nil, errCharset
		case errors.As(err, &syntax):
			return nil, r.refuse(syntax.Msg)
		case err != nil:
			return nil, r.refuse(strings.TrimPrefix(err.Error(), "xml: "))
		}
		switch token := token.(type) {
		case xml.Comment:
			continue
		case xml.ProcInst:
			if began == 0 && token.Target == "xml" {
				continue
			}
			return nil, r.refuse("a processing instruction")
		case xml.Directive:
			return nil, r.refuse("a document type")
		}
		return token, nil
	}
}

// prolog reads up to the root element.
func (r *xmlReader) prolog() (xml.StartElement, error) {
	for {
		token, err := r.token()
		if errors.Is(err, io.EOF) {
			return xml.StartElement{}, r.refuse("there is no element")
		}
		if err != nil {
			return xml.StartElement{}, err
		}
		if text, isText := token.(xml.CharData); isText && isSpace(text) {
			continue
		}
		root, isStart := token.(xml.StartElement)
		if !isStart {
			return xml.StartElement{}, r.refuse("text outside of the root element")
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
			return r.refuse("more than the root element")
		}
	}
}

func isSpace(text []byte) bool { return len(bytes.Trim(text, " \t\r\n")) == 0 }

// element reads an element to its end.
func (r *xmlReader) element(start xml.StartElement, isRoot bool, depth int) ([]byte, error) {
	if depth > MaxDepth+1 { // an element without elements nests nothing
		return nil, BadBody(fmt.Sprintf("the body is nested more than %d deep", MaxDepth))
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
			return nil, r.refuse(fmt.Sprintf("<%s> has no end", start.Name.Local))
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
				return nil, r.refuse(fmt.Sprintf("<%s> is ended by </%s>", start.Name.Local, token.Name.Local))
			}
			return r.finish(start.Name.Local, mark, isRoot, text, children)
		}
	}
}

// attributes reads the type attribute. Declarations of name spaces, which tools write by themselves, say nothing.
func (r *xmlReader) attributes(start xml.StartElement) (kind, error) {
	if start.Name.Space != "" {
		return "", r.refuse("a name with a prefix")
	}
	mark := kind("")
	for _, attribute := range start.Attr {
		switch {
		case attribute.Name.Space == "xmlns" || attribute.Name == xml.Name{Local: "xmlns"}:
		case attribute.Name != xml.Name{Local: "type"}:
			return "", r.refuse(fmt.Sprintf("the attribute %q is not known", attribute.Name.Local))
		case mark != "":
			return "", r.refuse("the attribute \"type\" is given twice")
		default:
			mark = kind(attribute.Value)
			if !knownKinds[mark] {
				return "", r.refuse(fmt.Sprintf("the type %q is not known", attribute.Value))
			}
		}
	}
	return mark, nil
}

var knownKinds = map[kind]bool{kindString: true, kindNumber: true, kindBoolean: true, kindNull: true, kindObject: true,
	kindArray: true, kindJSON: true}
