package call

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"latchkey/db/data"
)

// Error is an error in the words that the client gets.
type Error struct {
	Status  int
	Message string
	Details map[string]string // for programs; may be nil
	Header  map[string]string // of the response; may be nil
	NoLog   bool              // even a 5xx gets no line in the log: it is no fault of the server, or was logged already
}

func (e *Error) Error() string { return e.Message }

// errorBody is one element of the array that is the body of every error: clients crash on any other shape.
type errorBody struct {
	Status  int               `json:"status"`
	Message string            `json:"message"`
	Details map[string]string `json:"details,omitempty"`
}

// Response makes the response of an error.
func (e *Error) Response(format Format) Response {
	body, err := json.Marshal([]errorBody{{Status: e.Status, Message: e.Message, Details: e.Details}})
	if err != nil { // impossible, as all is strings; but even then the shape must be right
		body = []byte(`[{"status":500,"message":"internal error"}]`)
	}
	response := Response{Status: e.Status, Header: e.Header, Body: append(body, '\n')}
	if format == FormatXML {
		if inXML, err := response.InXML("errors"); err == nil {
			return inXML
		}
	}
	return response
}

// BadRequest is a 400.
func BadRequest(message string) *Error {
	return &Error{Status: http.StatusBadRequest, Message: message}
}

// Forbidden is a 403.
func Forbidden(message string) *Error { return &Error{Status: http.StatusForbidden, Message: message} }

// PanicError is a panic while a response was made.
type PanicError struct {
	Cause any    // what was passed to panic
	Stack []byte // as of [runtime/debug.Stack]
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Cause) }

// ErrUsers and ErrDocuments mark errors of the two databases that may be gone at the next try.
var (
	ErrUsers     = errors.New("user database")
	ErrDocuments = errors.New("data file")
)

// DocumentsError makes an *[Error] of an error of the data file that the client has caused, and marks all others with
// [ErrDocuments].
func DocumentsError(err error) error {
	var condition *data.ConditionError
	if errors.As(err, &condition) {
		return BadParameter(string(condition.Condition.Operator)+condition.Condition.Field, condition.Problem)
	}
	var sort *data.SortError
	if errors.As(err, &sort) {
		return BadParameter("sort", "names a field that nothing here has: use one of "+strings.Join(sort.Known, ", ")+"; :desc after it sorts downwards")
	}
	if errors.Is(err, data.ErrName) {
		return BadRequest(data.ErrName.Error())
	}
	return fmt.Errorf("%w: %w", ErrDocuments, err)
}
