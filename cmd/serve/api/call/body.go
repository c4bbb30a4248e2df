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
	maxBody  = 1 << 20  // bytes
	maxDrain = 16 << 20 // bytes of a body that are read only to be discarded
)

// MaxDepth is how deep objects and arrays of a body may be nested.
const MaxDepth = data.MaxDepth

// ownedFields are the fields of a document that only the server sets.
var ownedFields = []string{"id", "date_created", "date_modified"}

// ReadFields reads the object in the body of a request, in JSON or XML. It returns nil for an empty body, which clients
// send with PUT. The error is an *[Error].
func ReadFields(request *http.Request) (data.Fields, error) {
	body, err := readBody(request)
	if err != nil || len(body) == 0 {
		return nil, err
	}
	format, err := bodyFormat(request.Header)
	if err != nil {
		return nil, err
	}
	if format == FormatXML {
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
			return nil, &Error{
				Status:  http.StatusBadRequest,
				Message: fmt.Sprintf("The field '%s' is invalid.", name),
				Details: map[string]string{"field": name, "reason": "the server sets it"},
			}
		}
	}
	return fields, nil
}

func readBody(request *http.Request) ([]byte, error) {
	tooLarge := &Error{Status: http.StatusRequestEntityTooLarge, Message: "the body is larger than 1 MiB"}
	if request.ContentLength > maxBody { // not read: the client may be waiting for "100 Continue"
		return nil, tooLarge
	}
	body, err := io.ReadAll(io.LimitReader(request.Body, maxBody+1))
	if err != nil {
		return nil, BadRequest("the body could not be read to its end")
	}
	if len(body) > maxBody {
		return nil, tooLarge
	}
	// A byte order mark has no meaning in UTF-8, but some clients send it.
	return bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff"))), nil
}

// DrainBody reads and discards the body of a request that gets an error, up to a limit. Most clients read the response
// only after they have sent the whole body, and get none if the connection is closed before. A client that waits for
// "100 Continue" sends no body.
func DrainBody(request *http.Request) {
	if request.Header.Get("Expect") == "" {
		_, _ = io.CopyN(io.Discard, request.Body, maxDrain) // an error is the end of the body, or a client that has gone
	}
}

// bodyFormat reads the format of a body from its Content-Type, in all forms that clients send, such as just "json".
func bodyFormat(header http.Header) (Format, error) {
	name, parameters, err := mime.ParseMediaType(header.Get("Content-Type"))
	charset := strings.ToLower(parameters["charset"])
	encoding := strings.ToLower(header.Get("Content-Encoding"))
	format, known := typeFormat(name)
	switch {
	case name == "json":
		known = true
	case name == "xml" || strings.HasSuffix(name, "+xml"):
		format, known = FormatXML, true
	}
	switch {
	case err != nil || len(header["Content-Type"]) > 1 || !known:
		return 0, unsupportedMediaType("the Content-Type of the body must be application/json or application/xml")
	case charset != "" && charset != "utf-8" && charset != "utf8" && charset != "us-ascii":
		return 0, unsupportedMediaType("the charset of the body must be UTF-8")
	case encoding != "" && encoding != "identity":
		return 0, unsupportedMediaType("the body must not be compressed")
	}
	return format, nil
}

func unsupportedMediaType(message string) *Error {
	return &Error{Status: http.StatusUnsupportedMediaType, Message: message}
}

// ParseObject reads one JSON object, with nothing behind it. The error is an *[Error].
func ParseObject(body []byte) (data.Fields, error) {
	fields, err := data.ParseFields(body)
	var wrong *data.FieldsError
	if errors.As(err, &wrong) {
		return nil, BadRequest("the body " + wrong.Reason)
	}
	return fields, err
}
