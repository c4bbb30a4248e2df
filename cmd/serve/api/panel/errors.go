package panel

import (
	"context"
	"errors"
	"net/http"

	"latchkey/cmd/serve/api/call"
	"latchkey/db"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/tokens"
)

// statuses is the one table from errors of the control panel to statuses, the first that applies. The text of these
// errors is fit for the caller: it names objects, and nothing of the machine.
var statuses = []struct {
	err    error
	status int
}{
	{perms.ErrMalformed, http.StatusBadRequest},
	{perms.ErrPast, http.StatusBadRequest},
	{tokens.ErrGrace, http.StatusBadRequest},
	{model.ErrName, http.StatusBadRequest},
	{model.ErrText, http.StatusBadRequest},
	{edits.ErrText, http.StatusBadRequest},
	{edits.ErrNothing, http.StatusBadRequest},
	{edits.ErrBackend, http.StatusBadRequest},
	{edits.ErrNoPermission, http.StatusBadRequest},
	{model.ErrNoUser, http.StatusNotFound},
	{model.ErrNoRole, http.StatusNotFound},
	{model.ErrNoResource, http.StatusNotFound},
	{model.ErrNoRevision, http.StatusNotFound},
	{edits.ErrNoRule, http.StatusNotFound},
	{edits.ErrNotAssigned, http.StatusNotFound},
	{model.ErrUserExists, http.StatusConflict},
	{model.ErrRoleExists, http.StatusConflict},
	{model.ErrResourceExists, http.StatusConflict},
	{model.ErrCatalogue, http.StatusConflict},
	{perms.ErrResource, http.StatusBadRequest}, // behind ErrCatalogue, which wraps it where two do not go together
	{edits.ErrDiffers, http.StatusConflict},
	{edits.ErrOtherResource, http.StatusConflict},
	{db.ErrNameTaken, http.StatusConflict},
	{perms.ErrTooMany, http.StatusConflict},
	{model.ErrRoleInUse, http.StatusConflict},
	{model.ErrNeedsDraft, http.StatusConflict},
	{model.ErrTooManyDrafts, http.StatusConflict},
	{model.ErrNotStaged, http.StatusConflict},
	{tokens.ErrAlreadyEnabled, http.StatusConflict},
	{tokens.ErrNotEnabled, http.StatusConflict},
	{tokens.ErrNothingToRetire, http.StatusConflict},
}

// ErrorFor is what the caller is told of an error of the control panel.
func ErrorFor(err error) *call.Error {
	var refused *perms.RefusedError
	var conflict *model.ConflictError
	switch {
	case errors.As(err, &refused):
		return &call.Error{Status: http.StatusForbidden, Message: refused.Error(), Details: map[string]string{"permission": refused.Missing.String()}}
	// The commit failed, and nothing can tell what became of it: the one answer that is neither yes nor no.
	case errors.Is(err, model.ErrUnknownOutcome):
		return unknownOutcome(err)
	case errors.As(err, &conflict):
		return conflictError(conflict)
	case errors.Is(err, db.ErrFull):
		return &call.Error{Status: http.StatusInsufficientStorage, Message: "the server has no space left: nothing was changed"}
	case errors.Is(err, db.ErrUnwritable):
		return &call.Error{Status: http.StatusServiceUnavailable, Message: "the user database cannot be written by this server: nothing was changed",
			Header: map[string]string{"Retry-After": "60"}}
	case errors.Is(err, db.ErrBusy), errors.Is(err, db.ErrMoved), errors.Is(err, model.ErrDamaged), errors.Is(err, context.DeadlineExceeded):
		return &call.Error{Status: http.StatusServiceUnavailable, Message: "the user database cannot answer: try again", Header: map[string]string{"Retry-After": "1"}}
	}
	for _, row := range statuses {
		if errors.Is(err, row.err) {
			return &call.Error{Status: row.status, Message: err.Error()}
		}
	}
	return &call.Error{Status: http.StatusInternalServerError, Message: "internal error"}
}

// unknownOutcome says that nothing is known, and what was in the way.
func unknownOutcome(err error) *call.Error {
	failure := &call.Error{Status: http.StatusInternalServerError, Message: "the outcome is unknown"}
	if errors.Is(err, db.ErrFull) {
		failure.Status, failure.Message = http.StatusInsufficientStorage, "the server has no space left, and the outcome is unknown"
	}
	failure.Message += ": look at the draft and the revisions before you try again"
	return failure
}

// conflictError says who changed which field in which revision: in words, and for a program one detail an object.
func conflictError(conflict *model.ConflictError) *call.Error {
	failure := &call.Error{Status: http.StatusConflict, Message: conflict.Error(), Details: map[string]string{}}
	for _, one := range conflict.Conflicts {
		failure.Details[one.Name] = one.String()
	}
	return failure
}
