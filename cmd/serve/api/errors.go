package api

import (
	"errors"
	"net/http"
	"strings"

	"latchkey/cmd/serve/api/call"
	"latchkey/cmd/serve/api/panel"
	"latchkey/cmd/serve/api/upstream"
	"latchkey/db"
	"latchkey/db/data"
	"latchkey/db/model"
	"latchkey/perms"
)

// errorFor is the one table from errors to what clients get. An error that is not in it is an internal error, about which the
// client gets no details.
func errorFor(err error) *call.Error {
	var failure *call.Error
	var method *perms.MethodError
	var failed panel.Failure
	retry := map[string]string{"Retry-After": "1"}
	if ofService := upstream.ErrorFor(err); ofService != nil {
		return ofService
	}
	switch {
	case errors.As(err, &failure):
		return failure
	case errors.As(err, &method):
		return &call.Error{Status: http.StatusMethodNotAllowed, Message: method.Error(),
			Header: map[string]string{"Allow": strings.Join(method.Allow, ", ")}}
	case errors.Is(err, perms.ErrNoRoute):
		return &call.Error{Status: http.StatusNotFound, Message: perms.ErrNoRoute.Error()}
	case errors.Is(err, perms.ErrNotImplemented):
		return &call.Error{Status: http.StatusNotImplemented, Message: perms.ErrNotImplemented.Error()}
	case errors.As(err, &failed):
		return panel.ErrorFor(failed.Unwrap())
	// Before the errors of documents, since both databases share some sentinel errors.
	case errors.Is(err, call.ErrUsers):
		return &call.Error{Status: http.StatusServiceUnavailable, Message: "the user database cannot answer: try again", Header: retry}
	case errors.Is(err, data.ErrNoDocument):
		return &call.Error{Status: http.StatusNotFound, Message: data.ErrNoDocument.Error()}
	case errors.Is(err, data.ErrNoParent):
		return &call.Error{Status: http.StatusNotFound, Message: data.ErrNoParent.Error()}
	case errors.Is(err, data.ErrAllParents):
		return &call.Error{Status: http.StatusBadRequest, Message: data.ErrAllParents.Error()}
	case errors.Is(err, data.ErrTooLarge):
		return &call.Error{Status: http.StatusRequestEntityTooLarge, Message: "the document would be larger than 1 MiB"}
	case errors.Is(err, data.ErrPageTooLarge):
		return &call.Error{Status: http.StatusRequestEntityTooLarge, Message: "the page would be larger than 8 MiB: ask for a smaller limit"}
	case errors.Is(err, data.ErrUnknownOutcome): // not "try again", which could create a second document
		return &call.Error{Status: http.StatusInternalServerError, Message: "the outcome is unknown: look at the documents before you try again"}
	case errors.Is(err, data.ErrFull):
		return noSpace(err)
	case errors.Is(err, call.ErrDocuments):
		return &call.Error{Status: http.StatusServiceUnavailable, Message: "the documents cannot be reached: try again", Header: retry}
	}
	return &call.Error{Status: http.StatusInternalServerError, Message: "internal error"}
}

// noSpace says what there is to do about a full disk, or a quota.
func noSpace(err error) *call.Error {
	failure := &call.Error{Status: http.StatusInsufficientStorage, Message: "the server has no space left: nothing was changed"}
	var quota *data.QuotaError
	switch {
	case errors.As(err, &quota):
		flag := "--user-quota"
		if quota.Resource != "" {
			flag = "--resource-quota"
		}
		failure.Message = quota.Error() + ": nothing was changed; delete some, or ask the operator of the server for more (" + flag + ")"
		failure.NoLog = true // it is no trouble of the server's
	case errors.Is(err, data.ErrLittleLeft):
		failure.Message = "the server has too little space left for this, and nothing was changed: delete documents that are not needed, " +
			"a few at a time, or tell its operator"
	}
	return failure
}

// unlogged makes an error that is not logged.
func unlogged(err error) error {
	failure := *errorFor(err)
	failure.NoLog = true
	return &failure
}

// errorResponse makes the response to a failed request. Failures of the server are logged.
func (s *server) errorResponse(c *call.Call, err error) call.Response {
	format, _ := call.NegotiateFormat(c.Request) // an error means JSON
	// A client that has lost access since the request began gets the same as one that had none.
	if errors.Is(err, errNoCredentials) || errors.Is(err, model.ErrUnauthenticated) || errors.Is(err, db.ErrActor) {
		return s.unauthenticatedResponse(c, format)
	}
	failure := errorFor(err)
	if failure.Status == http.StatusPreconditionFailed && call.HasTagOfProxy(c.Request.Header) {
		explained := *failure
		explained.Message += "; a proxy that compresses has made the tag in If-Match weak, or put the name of a coding to its end: " +
			"have it leave ETag alone, or send the tag as this server gave it"
		failure = &explained
	}
	if failure.Status >= http.StatusInternalServerError && failure.Status != http.StatusNotImplemented && !failure.NoLog {
		s.LogFailure(c, failure.Status, err)
	}
	return failure.Response(format)
}
