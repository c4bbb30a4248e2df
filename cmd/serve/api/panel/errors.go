package panel

import (
	"errors"
	"maps"
	"net/http"
	"strings"

	"latchkey/cmd/panel"
	"latchkey/cmd/serve/api/call"
	"latchkey/perms"
	"latchkey/perms/errorkind"
)

// statuses is the one table from kinds of errors to statuses.
var statuses = map[errorkind.Kind]int{
	errorkind.Refused:         http.StatusForbidden,
	errorkind.Unauthenticated: http.StatusUnauthorized,
	errorkind.UnknownOutcome:  http.StatusInternalServerError,
	errorkind.Invalid:         http.StatusBadRequest,
	errorkind.UnknownName:     http.StatusBadRequest,
	errorkind.Missing:         http.StatusNotFound,
	errorkind.Conflict:        http.StatusConflict,
	errorkind.State:           http.StatusConflict,
	errorkind.Absent:          http.StatusNotFound,
	errorkind.Unconfirmed:     http.StatusConflict,
	errorkind.Full:            http.StatusInsufficientStorage,
	errorkind.Busy:            http.StatusServiceUnavailable,
	errorkind.Damaged:         http.StatusServiceUnavailable,
	errorkind.Unavailable:     http.StatusServiceUnavailable,
	errorkind.Internal:        http.StatusInternalServerError,
}

// ErrorFor is what the client gets for an error of the control panel. The text of an error about the request is safe to
// show: it names objects, and nothing of this machine.
func ErrorFor(err error) *call.Error {
	kind := errorkind.Of(err)
	failure := &call.Error{Status: statuses[kind], Message: strings.ReplaceAll(err.Error(), "\n", "; "), Details: details(err)}
	var version *panel.VersionError
	if errors.As(err, &version) {
		return &call.Error{Status: http.StatusPreconditionFailed, Details: map[string]string{"etag": entityTag(version.Version)},
			Message: version.Error() + ": get it again, with staged=true where it is in your draft"}
	}
	var refused *perms.RefusedError
	if errors.As(err, &refused) { // without the context that was added
		failure.Message = refused.Error()
	}
	switch kind {
	case errorkind.UnknownOutcome: // the only response that is neither yes nor no
		return unknownOutcome(err)
	case errorkind.Full:
		failure.Message = "the server has no space left: nothing was changed"
		if errors.Is(err, panel.ErrLittleLeft) {
			failure.Message = "the server has too little space left, and that is kept for taking access away: nothing was changed"
		}
	case errorkind.Unavailable:
		return unavailable(err)
	case errorkind.Busy, errorkind.Damaged:
		failure.Message, failure.Header = "the user database cannot answer: try again", map[string]string{"Retry-After": "1"}
	case errorkind.Internal:
		failure.Message = "internal error"
	}
	return failure
}

// details is the part of an error that is for programs: the permission that is missing, the conflict of each object, the word
// that confirms, the names that were probably meant.
func details(err error) map[string]string {
	found := map[string]string{}
	maps.Copy(found, panel.ConflictsOf(err))
	var refused *perms.RefusedError
	if errors.As(err, &refused) {
		found["permission"] = refused.Missing.String()
	}
	if confirmation := panel.ConfirmationOf(err); confirmation != "" {
		found["confirm"] = confirmation
	}
	if nearest := errorkind.NearestOf(err); len(nearest) > 0 {
		found["nearest"] = strings.Join(nearest, ", ")
	}
	if len(found) == 0 {
		return nil
	}
	return found
}

// unavailable distinguishes a database that this server may not write from one that it cannot read.
func unavailable(err error) *call.Error {
	failure := &call.Error{Status: http.StatusServiceUnavailable, Message: "the user database cannot answer: try again",
		Header: map[string]string{"Retry-After": "1"}}
	if errors.Is(err, panel.ErrReadOnly) {
		failure.Message, failure.Header["Retry-After"] = "the user database cannot be written by this server: nothing was changed", "60"
	}
	return failure
}

// unknownOutcome says that the outcome is not known, and why.
func unknownOutcome(err error) *call.Error {
	failure := &call.Error{Status: http.StatusInternalServerError, Message: "the outcome is unknown"}
	if errorkind.Has(err, errorkind.Full) {
		failure.Status, failure.Message = http.StatusInsufficientStorage, "the server has no space left, and the outcome is unknown"
	}
	failure.Message += ": look at the draft and the revisions before you try again"
	return failure
}
