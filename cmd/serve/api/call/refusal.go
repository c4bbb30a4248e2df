package call

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"latchkey/db/data"
)

// refusal is an error as the client is told it.
type Refusal struct {
	Status  int
	Message string
	Details map[string]string
	Header  map[string]string
}

func (r *Refusal) Error() string { return r.Message }

// panicError is a panic on the way to an answer.
type PanicError struct {
	Cause any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Cause) }

// wireError is one element of the array that every error answer is: clients crash on any other shape.
type wireError struct {
	Status  int               `json:"status"`
	Message string            `json:"message"`
	Details map[string]string `json:"details,omitempty"`
}

func (r *Refusal) Answer(wanted Format) Answer {
	body, err := json.Marshal([]wireError{{Status: r.Status, Message: r.Message, Details: r.Details}})
	if err != nil { // of strings alone, this cannot be; but no error may go out in another shape
		body = []byte(`[{"status":500,"message":"internal error"}]`)
	}
	reply := Answer{Status: r.Status, Header: r.Header, Body: append(body, '\n')}
	if wanted == FormatXML {
		if inXML, err := reply.InXML("errors"); err == nil {
			return inXML
		}
	}
	return reply
}

// Forbidden is a 403.
func Forbidden(message string) error {
	return &Refusal{Status: http.StatusForbidden, Message: message}
}

var (
	// errUsers and errDocuments: trouble with the user database or with the data file, which may pass.
	ErrUsers     = errors.New("asking the user database")
	ErrDocuments = errors.New("asking the data file")
)

// documentsError marks an error of the data file, which is trouble unless the client's own words are the cause or the
// table of errors knows it better.
func DocumentsError(err error) error {
	var wrong *data.ConditionError
	if errors.As(err, &wrong) {
		return BadParameter(string(wrong.Condition.Operator)+wrong.Condition.Field, wrong.Problem)
	}
	var unsortable *data.SortError
	if errors.As(err, &unsortable) {
		return BadParameter("sort", "names a field that is not known here: use one of "+strings.Join(unsortable.Known, ", "))
	}
	if errors.Is(err, data.ErrName) {
		return BadBody(data.ErrName.Error())
	}
	return fmt.Errorf("%w: %w", ErrDocuments, err)
}
