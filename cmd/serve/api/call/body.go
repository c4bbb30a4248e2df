package call

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"latchkey/db/data"
)

const (
	maxBody  = 1 << 20       // bytes
	maxRest  = 16 << 20      // bytes of a body that are taken to be thrown away
	MaxDepth = data.MaxDepth // objects and arrays, or elements, within each other
)

// ownedFields are set by the server alone.
var ownedFields = []string{"id", "date_created", "date_modified"}

// readFields reads the one object in the body of a request, JSON or XML; nil for an empty body, which real clients send
// with PUT.
func ReadFields(request *http.Request) (data.Fields, error) {
	body, err := readBody(request)
	if err != nil || len(body) == 0 {
		return nil, err
	}
	written, err := bodyFormat(request.Header)
	if err != nil {
		return nil, err
	}
	if written == FormatXML {
		if body, err = jsonOf(body); err != nil {
			return nil, err
		}
	}
	fields, err := ParseObject(body)
	if err != nil {
		return nil, err
	}
	for _, name := range ownedFields {
		if _, given := fields[name]; given {
			return nil, &Refusal{
				Status:  http.StatusBadRequest,
				Message: fmt.Sprintf("The field '%s' is invalid.", name),
				Details: map[string]string{"field": name, "reason": "the server sets it"},
			}
		}
	}
	return fields, nil
}

func readBody(request *http.Request) ([]byte, error) {
	tooLarge := &Refusal{Status: http.StatusRequestEntityTooLarge, Message: "the body is larger than 1 MiB"}
	if request.ContentLength > maxBody { // refused unread: the client may be waiting for "100 Continue"
		return nil, tooLarge
	}
	body, err := io.ReadAll(io.LimitReader(request.Body, maxBody+1))
	if err != nil {
		return nil, &Refusal{Status: http.StatusBadRequest, Message: "the body could not be read to its end"}
	}
	if len(body) > maxBody {
		return nil, tooLarge
	}
	// A byte order mark says nothing in UTF-8; some clients send it all the same.
	return bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff"))), nil
}

// takeRest takes the rest of a body that is refused, up to a bound: most clients read no answer before they have sent all,
// and never get one from a connection that is closed meanwhile. One that waits for "100 Continue" sends nothing.
func TakeRest(request *http.Request) {
	if request.Header.Get("Expect") == "" {
		_, _ = io.CopyN(io.Discard, request.Body, maxRest) // an error is the body's end, or the client's going away
	}
}

// bodyFormat reads what a body says that it is, in any of the ways that clients say it, "json" alone among them.
func bodyFormat(header http.Header) (Format, error) {
	name, parameters, err := mime.ParseMediaType(header.Get("Content-Type"))
	charset := strings.ToLower(parameters["charset"])
	encoding := strings.ToLower(header.Get("Content-Encoding"))
	written, known := typeFormat(name)
	switch {
	case name == "json":
		known = true
	case name == "xml" || strings.HasSuffix(name, "+xml"):
		written, known = FormatXML, true
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

func unsupported(message string) *Refusal {
	return &Refusal{Status: http.StatusUnsupportedMediaType, Message: message}
}

// parseObject reads one JSON object and nothing else.
func ParseObject(body []byte) (data.Fields, error) {
	fields, err := data.ParseFields(body)
	var wrong *data.FieldsError
	if errors.As(err, &wrong) {
		return nil, BadBody("the body " + wrong.Reason)
	}
	return fields, err
}

func BadBody(message string) *Refusal {
	return &Refusal{Status: http.StatusBadRequest, Message: message}
}
