package panel

import (
	"context"
	"io"
	"iter"
	"net/http"
	"time"

	"latchkey/cmd/panel"
	"latchkey/cmd/serve/api/call"
	"latchkey/db/data"
)

// Panel responds to requests for latchkey's own resources: it makes each into a call of the caller's [panel.Panel], and
// what comes of it into a response. The permission that the catalogue names for a request is the least that the request
// takes, and is checked before. A Panel is safe for concurrent use.
type Panel struct {
	Use    Use
	Data   *data.Data // the log of requests
	Clock  func() time.Time
	Random io.Reader // of tokens
	// CountSave is called before a save is made; its error refuses the save. undo is to be called of a save without a revision.
	CountSave func(c *call.Call) (undo func(), err error)
}

// Use does some work with the control panel of the caller: with toEdit one that can be edited, or else the error is
// [panel.ErrReadOnly]. Errors of control panels are marked, see [Failed]; any other is of the pipeline, which decides again on
// a request that edits (H11).
type Use func(c *call.Call, toEdit bool, work func(ctx context.Context, own panel.Panel) error) error

// Serve responds to a request for a system resource.
func (p *Panel) Serve(c *call.Call) (call.Response, error) {
	found, known := HandlerOf(c.Route)
	if !known {
		return call.Response{}, &call.Error{Status: http.StatusNotImplemented, Message: "this is not built yet: use the command line"}
	}
	response, err := found.handle(p, c)
	if err != nil {
		return response, err
	}
	return withTag(c, response)
}

// Failure marks an error of the control panel: [ErrorFor] finds its response.
type Failure struct{ error }

func (f Failure) Unwrap() error { return f.error }

// Failed marks an error as a [Failure].
func Failed(err error) error {
	if err == nil {
		return nil
	}
	return Failure{err}
}

// read asks the caller's control panel.
func read[T any](p *Panel, c *call.Call, ask func(ctx context.Context, own panel.Panel) (T, error)) (T, error) {
	return use(p, c, false, ask)
}

// write edits by the caller's control panel.
func write[T any](p *Panel, c *call.Call, edit func(ctx context.Context, own panel.Panel) (T, error)) (T, error) {
	return use(p, c, true, edit)
}

func use[T any](p *Panel, c *call.Call, toEdit bool, work func(ctx context.Context, own panel.Panel) (T, error)) (result T, err error) {
	err = p.Use(c, toEdit, func(ctx context.Context, own panel.Panel) (err error) {
		result, err = work(ctx, own)
		return Failed(err)
	})
	return result, err
}

// named reads the object that the path names: the live one or, with staged=true, the one that a save of the caller's draft
// would make live.
func named[T any](p *Panel, c *call.Call,
	ask func(own panel.Panel, ctx context.Context, names []string, view panel.View) ([]T, error)) (object T, err error) {
	staged, err := boolParameter(c, "staged")
	if err != nil {
		return object, err
	}
	view := panel.View{Draft: draftOf(c), Staged: staged}
	return read(p, c, func(ctx context.Context, own panel.Panel) (T, error) {
		found, err := ask(own, ctx, []string{c.Route.Name}, view)
		if err != nil {
			return object, err
		}
		return found[0], nil
	})
}

// collect reads a whole list.
func collect[T any](list iter.Seq2[T, error]) (all []T, err error) {
	for one, err := range list {
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// listResponse is the response with a page of a list: 204 if it is empty.
func listResponse[T any](list []T, err error) (call.Response, error) {
	if err != nil {
		return call.Response{}, err
	}
	if len(list) == 0 {
		return call.NoContent, nil
	}
	return call.JSON(list)
}

func countResponse(count int64, err error) (call.Response, error) {
	if err != nil {
		return call.Response{}, err
	}
	return call.JSON(panel.Count{Count: count})
}
