package panel

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"latchkey/cmd/serve/api/call"
	"latchkey/cmd/serve/api/wire"
	"latchkey/db"
	"latchkey/db/data"
	"latchkey/db/drafts"
	"latchkey/db/edits"
	"latchkey/db/model"
	"latchkey/db/snapshot"
	"latchkey/perms/username"
)

// Panel responds to requests for latchkey's own resources. The permission that the catalogue names for a request is the least
// that the request takes, and is checked before. What an edit changes is checked by package db, by the same rules as at the
// command line: when it is staged, and again in the transaction that saves it. A Panel is safe for concurrent use.
type Panel struct {
	Users    *db.DB
	Writer   *db.DB // the same database, writable; nil: nothing can be edited here
	Data     *data.Data
	Patience time.Duration // how long a request waits for the user database
	Clock    func() time.Time
	Log      *slog.Logger
	Random   io.Reader // of tokens
	// CountSave is called before a save is made; its error refuses the save. undo is to be called of a save without a revision.
	CountSave func(c *call.Call) (undo func(), err error)
}

// Serve responds to a request for a system resource.
func (p *Panel) Serve(c *call.Call) (call.Response, error) {
	found, known := HandlerOf(c.Route)
	if !known {
		return call.Response{}, &call.Error{Status: http.StatusNotImplemented, Message: "this is not built yet: use the command line"}
	}
	return found.handle(p, c)
}

// Patience is the usual value of [Panel.Patience]. Saves take milliseconds.
const Patience = 10 * time.Second

// read reads the user database for the control panel.
func (p *Panel) read(c *call.Call, work func(ctx context.Context, users *db.DB) error) error {
	ctx, cancel := context.WithTimeout(c.Request.Context(), p.Patience)
	defer cancel()
	return failed(work(ctx, p.Users))
}

// write changes the user database, through the only connection of this server that can. The file is checked before and after:
// if it was moved meanwhile, it is not the one that servers and commands use, and the change has no effect. The
// request is decided on again in the transaction of the change, during which nobody else can save (H11).
func (p *Panel) write(c *call.Call, work func(ctx context.Context, panel *db.DB) error) error {
	if p.Writer == nil {
		return failed(db.ErrUnwritable)
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), p.Patience)
	defer cancel()
	if err := p.Writer.Check(ctx); err != nil {
		return failed(err)
	}
	var denied error
	err := work(ctx, p.Writer.Guarded(func(ctx context.Context) error {
		denied = c.DecideAgain(ctx)
		return denied
	}))
	if denied != nil { // in the words of the pipeline
		return denied
	}
	if err == nil {
		err = p.Writer.Check(context.WithoutCancel(ctx))
	}
	return failed(err)
}

// operator is the caller, as the operator of a change.
func operator(c *call.Call) model.Operator { return snapshot.ByAPI(c.Identity, c.Token) }

// draftOf is the caller's draft that the request names: the same one as at the command line.
func draftOf(c *call.Call) (drafts.Draft, error) {
	name := c.Query.Get("draft")
	return drafts.Draft{Operator: operator(c), Name: name}, failed(edits.CheckText("name of the draft", name))
}

// nameInPath is the canonical form of the name in the path.
func nameInPath(c *call.Call) (string, error) {
	name, err := username.Canonical(c.Route.Name)
	return name, failed(err)
}

// boolParameter reads a parameter that is true or false; false: it is not there.
func boolParameter(c *call.Call, name string) (bool, error) {
	switch c.Query.Get(name) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "":
		if !c.Query.Has(name) {
			return false, nil
		}
	}
	return false, call.BadParameter(name, "is neither true nor false")
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
	return call.JSON(wire.Count{Count: count})
}

// Failure marks an error of the control panel: [ErrorFor] finds its response.
type Failure struct{ error }

func (f Failure) Unwrap() error { return f.error }

func failed(err error) error {
	if err == nil {
		return nil
	}
	return Failure{err}
}
