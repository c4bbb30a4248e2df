package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"latchkey/db"
	"latchkey/db/data"
	"latchkey/perms"
)

var (
	// errUsers and errDocuments: trouble with the user database or with the data file, which may pass.
	errUsers     = errors.New("asking the user database")
	errDocuments = errors.New("asking the data file")
)

// refusal is an error as the client is told it.
type refusal struct {
	status  int
	message string
	details map[string]string
	header  map[string]string
}

func (r *refusal) Error() string { return r.message }

// panicError is a panic on the way to an answer.
type panicError struct {
	cause any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.cause) }

// wireError is one element of the array that every error answer is: clients crash on any other shape.
type wireError struct {
	Status  int               `json:"status"`
	Message string            `json:"message"`
	Details map[string]string `json:"details,omitempty"`
}

func (r *refusal) answer(wanted format) answer {
	body, err := json.Marshal([]wireError{{Status: r.status, Message: r.message, Details: r.details}})
	if err != nil { // of strings alone, this cannot be; but no error may go out in another shape
		body = []byte(`[{"status":500,"message":"internal error"}]`)
	}
	reply := answer{status: r.status, header: r.header, body: append(body, '\n')}
	if wanted == formatXML {
		if inXML, err := reply.inXML("errors"); err == nil {
			return inXML
		}
	}
	return reply
}

// refusalOf is the one table from errors to answers. What is not in it is an internal error, and the client learns no
// more of it.
func refusalOf(err error) *refusal {
	var refused *refusal
	var method *perms.MethodError
	var panel panelFailure
	retry := map[string]string{"Retry-After": "1"}
	if ofService := refusalOfService(err); ofService != nil {
		return ofService
	}
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.As(err, &method):
		return &refusal{status: http.StatusMethodNotAllowed, message: method.Error(),
			header: map[string]string{"Allow": strings.Join(method.Allow, ", ")}}
	case errors.Is(err, perms.ErrNoRoute):
		return &refusal{status: http.StatusNotFound, message: perms.ErrNoRoute.Error()}
	case errors.Is(err, perms.ErrNotImplemented):
		return &refusal{status: http.StatusNotImplemented, message: perms.ErrNotImplemented.Error()}
	case errors.As(err, &panel):
		return refusalOfPanel(panel.error)
	// Before the errors of documents: the two files have sentinels in common.
	case errors.Is(err, errUsers):
		return &refusal{status: http.StatusServiceUnavailable, message: "the user database cannot answer: try again", header: retry}
	case errors.Is(err, data.ErrNoDocument):
		return &refusal{status: http.StatusNotFound, message: data.ErrNoDocument.Error()}
	case errors.Is(err, data.ErrNoParent):
		return &refusal{status: http.StatusNotFound, message: data.ErrNoParent.Error()}
	case errors.Is(err, data.ErrAllParents):
		return &refusal{status: http.StatusBadRequest, message: data.ErrAllParents.Error()}
	case errors.Is(err, data.ErrTooLarge):
		return &refusal{status: http.StatusRequestEntityTooLarge, message: "the document would be larger than 1 MiB"}
	case errors.Is(err, data.ErrPageTooLarge):
		return &refusal{status: http.StatusRequestEntityTooLarge, message: "the page would be larger than 8 MiB: ask for a smaller limit"}
	case errors.Is(err, data.ErrUnknownOutcome): // no "try again", which could make a second document
		return &refusal{status: http.StatusInternalServerError, message: "the outcome is unknown: look at the documents before you try again"}
	case errors.Is(err, data.ErrFull):
		return &refusal{status: http.StatusInsufficientStorage, message: "the server has no space left: nothing was changed"}
	case errors.Is(err, errDocuments):
		return &refusal{status: http.StatusServiceUnavailable, message: "the documents cannot be reached: try again", header: retry}
	}
	return &refusal{status: http.StatusInternalServerError, message: "internal error"}
}

// refuse makes the answer to a failed request, in the format that the request alone asks for. What is the server's own
// trouble goes to the log.
func (s *server) refuse(c *call, err error) answer {
	wanted, _ := wantedFormat(c.request) // where none is possible, JSON
	// A caller who has lost access since the request began is refused like everybody without it.
	if errors.Is(err, errNoCredentials) || errors.Is(err, db.ErrUnauthenticated) || errors.Is(err, db.ErrActor) {
		return s.refuseStranger(c, wanted)
	}
	refused := refusalOf(err)
	if refused.status >= http.StatusInternalServerError && refused.status != http.StatusNotImplemented && !c.known {
		s.logFailure(c, refused.status, err)
	}
	return refused.answer(wanted)
}
