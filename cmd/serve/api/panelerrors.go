package api

import (
	"context"
	"errors"
	"net/http"

	"latchkey/db"
	"latchkey/db/edits"
	"latchkey/perms"
	"latchkey/tokens"
)

// panelStatuses is the one table from errors of the control panel to statuses, the first that applies. The text of these
// errors is fit for the caller: it names objects, and nothing of the machine.
var panelStatuses = []struct {
	err    error
	status int
}{
	{perms.ErrMalformed, http.StatusBadRequest},
	{perms.ErrPast, http.StatusBadRequest},
	{tokens.ErrGrace, http.StatusBadRequest},
	{db.ErrName, http.StatusBadRequest},
	{db.ErrText, http.StatusBadRequest},
	{edits.ErrText, http.StatusBadRequest},
	{edits.ErrNothing, http.StatusBadRequest},
	{edits.ErrBackend, http.StatusBadRequest},
	{edits.ErrNoPermission, http.StatusBadRequest},
	{db.ErrNoUser, http.StatusNotFound},
	{db.ErrNoRole, http.StatusNotFound},
	{db.ErrNoResource, http.StatusNotFound},
	{db.ErrNoRevision, http.StatusNotFound},
	{edits.ErrNoRule, http.StatusNotFound},
	{edits.ErrNotAssigned, http.StatusNotFound},
	{db.ErrUserExists, http.StatusConflict},
	{db.ErrRoleExists, http.StatusConflict},
	{db.ErrResourceExists, http.StatusConflict},
	{db.ErrCatalogue, http.StatusConflict},
	{perms.ErrResource, http.StatusBadRequest}, // behind ErrCatalogue, which wraps it where two do not go together
	{edits.ErrDiffers, http.StatusConflict},
	{edits.ErrOtherResource, http.StatusConflict},
	{db.ErrNameTaken, http.StatusConflict},
	{perms.ErrTooMany, http.StatusConflict},
	{db.ErrRoleInUse, http.StatusConflict},
	{db.ErrNeedsDraft, http.StatusConflict},
	{db.ErrTooManyDrafts, http.StatusConflict},
	{db.ErrNotStaged, http.StatusConflict},
	{tokens.ErrAlreadyEnabled, http.StatusConflict},
	{tokens.ErrNotEnabled, http.StatusConflict},
	{tokens.ErrNothingToRetire, http.StatusConflict},
}

// refusalOfPanel is what the caller is told of an error of the control panel.
func refusalOfPanel(err error) *refusal {
	var refused *perms.RefusedError
	var conflict *db.ConflictError
	switch {
	case errors.As(err, &refused):
		return &refusal{status: http.StatusForbidden, message: refused.Error(), details: map[string]string{"permission": refused.Missing.String()}}
	// The commit failed, and nothing can tell what became of it: the one answer that is neither yes nor no.
	case errors.Is(err, db.ErrUnknownOutcome):
		return unknownOutcome(err)
	case errors.As(err, &conflict):
		return refusalOfConflict(conflict)
	case errors.Is(err, db.ErrFull):
		return &refusal{status: http.StatusInsufficientStorage, message: "the server has no space left: nothing was changed"}
	case errors.Is(err, db.ErrUnwritable):
		return &refusal{status: http.StatusServiceUnavailable, message: "the user database cannot be written by this server: nothing was changed",
			header: map[string]string{"Retry-After": "60"}}
	case errors.Is(err, db.ErrBusy), errors.Is(err, db.ErrMoved), errors.Is(err, db.ErrDamaged), errors.Is(err, context.DeadlineExceeded):
		return &refusal{status: http.StatusServiceUnavailable, message: "the user database cannot answer: try again", header: map[string]string{"Retry-After": "1"}}
	}
	for _, row := range panelStatuses {
		if errors.Is(err, row.err) {
			return &refusal{status: row.status, message: err.Error()}
		}
	}
	return &refusal{status: http.StatusInternalServerError, message: "internal error"}
}

// unknownOutcome says that nothing is known, and what was in the way.
func unknownOutcome(err error) *refusal {
	refused := &refusal{status: http.StatusInternalServerError, message: "the outcome is unknown"}
	if errors.Is(err, db.ErrFull) {
		refused.status, refused.message = http.StatusInsufficientStorage, "the server has no space left, and the outcome is unknown"
	}
	refused.message += ": look at the draft and the revisions before you try again"
	return refused
}

// refusalOfConflict says who changed which field in which revision: in words, and for a program one detail an object.
func refusalOfConflict(conflict *db.ConflictError) *refusal {
	refused := &refusal{status: http.StatusConflict, message: conflict.Error(), details: map[string]string{}}
	for _, one := range conflict.Conflicts {
		refused.details[one.Name] = one.String()
	}
	return refused
}
