package panel

import (
	"context"
	"errors"
	"strings"

	"latchkey/cmd/panel"
	"latchkey/cmd/serve/api/call"
	"latchkey/perms"
	"latchkey/perms/errorkind"
)

// questions answers what users may do.
type questions struct{ *Panel }

// can responds with whether a user may do something, and by which rule, like `latchkey can`.
func (q questions) can(c *call.Call) (call.Response, error) {
	user := c.Query.Get("user")
	if user == "" {
		return call.Response{}, call.BadParameter("user", "is required")
	}
	question, err := askedQuestion(c)
	if err != nil {
		return call.Response{}, err
	}
	if question.State, err = askedState(c); err != nil {
		return call.Response{}, err
	}
	answer, err := read(q.Panel, c, func(ctx context.Context, own panel.Panel) (panel.Answer, error) {
		return own.Can(ctx, user, question)
	})
	if err != nil {
		return call.Response{}, aboutPath(err)
	}
	return call.JSON(answer.Decision)
}

// askedQuestion reads what the question is about: a permission, or a method and a path.
func askedQuestion(c *call.Call) (panel.Question, error) {
	permission, question := c.Query.Get("permission"), panel.Question{Method: c.Query.Get("method"), Path: c.Query.Get("path")}
	switch {
	case permission != "" && question.Method == "" && question.Path == "":
		parsed, err := perms.ParsePermission(permission)
		question.Permission = &parsed
		return question, Failed(err)
	case permission != "" || question.Method == "" || question.Path == "":
		return question, call.BadParameter("permission", "is required, or else method and path")
	}
	return question, nil
}

// aboutPath makes the error of a path in a question one of the parameter: the path of this request leads somewhere.
func aboutPath(err error) error {
	var method *perms.MethodError
	if !errors.Is(err, panel.ErrPath) && !errors.Is(err, perms.ErrNoRoute) && !errors.Is(err, perms.ErrNotImplemented) && !errors.As(err, &method) {
		return err
	}
	failure := call.BadParameter("path", "leads nowhere: "+err.Error())
	if nearest := errorkind.NearestOf(err); len(nearest) > 0 {
		failure.Details["nearest"] = strings.Join(nearest, ", ")
	}
	return failure
}

// askedState reads which state the question is about.
func askedState(c *call.Call) (state panel.State, err error) {
	state.Draft = draftOf(c)
	if state.Staged, err = boolParameter(c, "staged"); err != nil || !c.Query.Has("revision") {
		return state, err
	}
	if state.Staged {
		return state, call.BadParameter("revision", "and staged name different states")
	}
	number, err := call.ReadNumber(c.Query, "revision", 0)
	state.Revision = &number
	return state, err
}
