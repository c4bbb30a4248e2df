package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"latchkey/db/data"
)

const (
	maxBody  = 1 << 20 // bytes
	maxDepth = 32      // objects and arrays within each other
)

// ownedFields are set by the server alone.
var ownedFields = []string{"id", "date_created", "date_modified"}

// readFields reads the one object in the body of a request, JSON or XML; nil for an empty body, which real clients send
// with PUT.
func readFields(request *http.Request) (data.Fields, error) {
	body, err := readBody(request)
	if err != nil || len(body) == 0 {
		return nil, err
	}
	written, err := bodyFormat(request.Header)
	if err != nil {
		return nil, err
	}
	if written == formatXML {
		if body, err = jsonOfXML(body); err != nil {
			return nil, err
		}
	}
	fields, err := parseObject(body)
	if err != nil {
		return nil, err
	}
	for _, name := range ownedFields {
		if _, given := fields[name]; given {
			return nil, &refusal{
				status:  http.StatusBadRequest,
				message: fmt.Sprintf("The field '%s' is invalid.", name),
				details: map[string]string{"field": name, "reason": "the server sets it"},
			}
		}
	}
	return fields, nil
}

func readBody(request *http.Request) ([]byte, error) {
	tooLarge := &refusal{status: http.StatusRequestEntityTooLarge, message: "the body is larger than 1 MiB"}
	if request.ContentLength > maxBody { // refused unread: the client may be waiting for "100 Continue"
		return nil, tooLarge
	}
	body, err := io.ReadAll(io.LimitReader(request.Body, maxBody+1))
	if err != nil {
		return nil, &refusal{status: http.StatusBadRequest, message: "the body could not be read to its end"}
	}
	if len(body) > maxBody {
		return nil, tooLarge
	}
	// A byte order mark says nothing in UTF-8; some clients send it all the same.
	return bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff"))), nil
}

// bodyFormat reads what a body says that it is, in any of the ways that clients say it, "json" alone among them.
func bodyFormat(header http.Header) (format, error) {
	name, parameters, err := mime.ParseMediaType(header.Get("Content-Type"))
	charset := strings.ToLower(parameters["charset"])
	encoding := strings.ToLower(header.Get("Content-Encoding"))
	written, known := typeFormat(name)
	switch {
	case name == "json":
		known = true
	case name == "xml" || strings.HasSuffix(name, "+xml"):
		written, known = formatXML, true
	}
	switch {
	case err != nil || len(header["Content-Type"]) > 1 || !known:
		return 0, unsupported("the Content-Type of the body must be application/json or application/xml")
	case charset != "" && charset != "utf-8" && charset != "utf8" && charset != "us-ascii":
		return 0, unsupported("the charset of the body must be UTF-8")
	case encoding != "" && encoding != "identity":
		return 0, unsupported("the body must not be compressed")
	}
	return written, nil
}

func unsupported(message string) *refusal {
	return &refusal{status: http.StatusUnsupportedMediaType, message: message}
}

// parseObject reads one JSON object and nothing else. What two readers could understand differently is refused:
// invalid UTF-8, a name given twice, text behind the object.
func parseObject(body []byte) (data.Fields, error) {
	if !utf8.Valid(body) {
		return nil, badBody("the body is not valid UTF-8")
	}
	var fields data.Fields
	var syntax *json.SyntaxError
	err := json.Unmarshal(body, &fields)
	if errors.As(err, &syntax) {
		return nil, badBody(fmt.Sprintf("the body is not valid JSON: %s, at byte %d", syntax, syntax.Offset))
	}
	if err != nil || fields == nil { // null, too, makes no object
		return nil, badBody("the body must be one object")
	}
	if err := checkNesting(json.NewDecoder(bytes.NewReader(body))); err != nil {
		return nil, err
	}
	return fields, nil
}

func badBody(message string) *refusal {
	return &refusal{status: http.StatusBadRequest, message: message}
}

// nesting is one open object or array.
type nesting struct {
	names   map[string]bool // of an object's members so far; nil: an array
	isValue bool            // the member's name was read, its value is next
}

// checkNesting walks through valid JSON, and refuses what is nested too deeply or names a member twice.
func checkNesting(decoder *json.Decoder) error {
	decoder.UseNumber() // else a number out of float64's range would be an error
	var open []nesting
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return badBody("the body is not valid JSON: " + err.Error())
		}
		if delimiter, ok := token.(json.Delim); ok && (delimiter == '}' || delimiter == ']') {
			open = open[:len(open)-1]
			continue
		}
		if isName, err := nextMember(open, token); err != nil || isName {
			if err != nil {
				return err
			}
			continue
		}
		switch token {
		case json.Delim('{'):
			open = append(open, nesting{names: map[string]bool{}})
		case json.Delim('['):
			open = append(open, nesting{})
		}
		if len(open) > maxDepth {
			return badBody(fmt.Sprintf("the body is nested more than %d deep", maxDepth))
		}
	}
}

// nextMember tells whether the token is the name of a member of the innermost object, and refuses one given twice.
func nextMember(open []nesting, token json.Token) (isName bool, err error) {
	if len(open) == 0 || open[len(open)-1].names == nil {
		return false, nil
	}
	object := &open[len(open)-1]
	object.isValue = !object.isValue
	if !object.isValue { // it was turned from value to name: this token is the value
		return false, nil
	}
	name, _ := token.(string)
	if object.names[name] {
		return true, badBody(fmt.Sprintf("the body names %q twice in one object", name))
	}
	object.names[name] = true
	return true, nil
}
