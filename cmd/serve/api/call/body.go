package call

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"runtime"
	"strings"

	"latchkey/db/data"
)

// Limits of a body, in bytes.
const (
	MaxDocument = 1 << 20  // of a document, and of an edit with a list
	MaxEdit     = 64 << 10 // of any other edit of the control panel
	maxDrain    = 16 << 20 // of what is read only to be discarded
)

// MaxDepth is how deep objects and arrays of a body may be nested.
const MaxDepth = data.MaxDepth

const (
	// freeBody is what a body may take of the memory without being counted: who sends little is never told to wait for others.
	freeBody = 16 << 10
	// fieldBytes is about what each field takes besides its bytes, once it is read.
	fieldBytes = 64
)

var errTooManyBodies = &Error{
	Status:  http.StatusServiceUnavailable,
	Message: "too many large bodies are on their way: end those that you have begun first, or send fewer at a time",
	Header:  map[string]string{"Retry-After": "1"},
	NoLog:   true, // the client has caused it
}

// parsing is held while a body that counts is read as JSON or XML, which can take many times its size for a moment. More at
// a time than there are processors would take memory and be no faster.
var parsing = make(chan struct{}, runtime.GOMAXPROCS(0))

// ownedFields are the fields of a document that only the server sets.
var ownedFields = []string{"id", "date_created", "date_modified"}

// ReadFields reads the object in the body of the request, in JSON or XML. It returns nil for an empty body, which clients
// send with PUT. The body may have so many bytes; they count until [Call.ReleaseBody]. It may have come long
// after the head, so that the request is then decided on again; other errors are an *[Error].
func (c *Call) ReadFields(limit int) (data.Fields, error) {
	fields, err := c.readFields(limit)
	if denied := c.DecideAgain(c.Request.Context()); denied != nil {
		return nil, denied
	}
	return fields, err
}

func (c *Call) readFields(limit int) (data.Fields, error) {
	var read pieces
	defer read.free()
	if err := c.readBody(&read, limit); err != nil {
		return nil, err
	}
	fields, err := c.parse(&read)
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
	return fields, c.countBody(sizeOf(fields))
}

// parse makes fields of a body; nil of an empty one.
func (c *Call) parse(read *pieces) (data.Fields, error) {
	if read.size > freeBody {
		parsing <- struct{}{}
		defer func() { <-parsing }()
	}
	// A byte order mark has no meaning in UTF-8, but some clients send it.
	body := bytes.TrimSpace(bytes.TrimPrefix(read.join(), []byte("\ufeff")))
	if len(body) == 0 {
		return nil, nil
	}
	format, err := bodyFormat(c.Request.Header)
	if err == nil && format == FormatXML {
		body, err = jsonOf(body)
	}
	if err != nil {
		return nil, err
	}
	return ParseObject(body)
}

// sizeOf is about how many bytes of memory fields take.
func sizeOf(fields data.Fields) (size int) {
	for name, value := range fields {
		size += len(name) + len(value) + fieldBytes
	}
	return size
}

// countBody counts the body of the request as so many bytes.
func (c *Call) countBody(bytes int) error {
	if bytes <= freeBody {
		bytes = 0
	}
	if c.Bodies.Resize(c.CountedFor, c.bodyBytes, bytes, false) != nil {
		return errTooManyBodies
	}
	c.bodyBytes = bytes
	return nil
}

// ReleaseBody counts the body no longer. What was read of it must not be used any more.
func (c *Call) ReleaseBody() { _ = c.countBody(0) } // it never fails to get smaller

// readBody reads the body, and counts each piece before it is filled: what a client only says that it will send takes no
// memory.
func (c *Call) readBody(read *pieces, limit int) error {
	tooLarge := &Error{Status: http.StatusRequestEntityTooLarge, Message: fmt.Sprintf("the body is larger than %d KiB", limit>>10)}
	if c.Request.ContentLength > int64(limit) { // not read: the client may be waiting for "100 Continue"
		return tooLarge
	}
	if c.Request.ContentLength == 0 { // by HTTP/2 its end may be kept back all the same
		return nil
	}
	for {
		if read.isFull() {
			if err := c.countBody(read.size + pieceSize); err != nil {
				return err
			}
			read.grow()
		}
		n, err := c.Request.Body.Read(read.rest())
		read.size += n
		switch {
		case read.size > limit:
			return tooLarge
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return BadRequest("the body could not be read to its end")
		}
	}
}

// SkipBody reads a body that has no meaning. The error is an *[Error]: it is too large, or does not come to its end.
func (c *Call) SkipBody() error {
	var read pieces
	defer read.free()
	return c.readBody(&read, MaxEdit)
}

// DrainBody reads and discards the body of an HTTP/2 request that gets an error, up to a limit. Some clients read the response
// only after they have sent the whole body, and none if the stream is reset before. One that waits for "100 Continue" sends no body.
//
// By HTTP/1.1 the response is sent at once where much of the body is still to come, and says that the connection will be
// closed: what comes in then is discarded below (package connection).
func DrainBody(request *http.Request, header http.Header) {
	switch {
	case request.Header.Get("Expect") != "" || request.ContentLength == 0:
	case request.ProtoMajor >= 2:
		_, _ = io.CopyN(io.Discard, request.Body, maxDrain) // an error is the end of the body, or a client that has gone
	case request.ContentLength < 0 || request.ContentLength > MaxEdit:
		header["Connection"] = []string{"close"}
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
