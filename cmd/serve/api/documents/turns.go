package documents

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"latchkey/cmd/serve/api/call"
	"latchkey/db/data"
)

var errSlowQuery = &call.Error{
	Status:  http.StatusServiceUnavailable,
	Message: "it takes too long to look at all these documents: ask for less, by id, date_created or date_modified",
	Header:  map[string]string{"Retry-After": "5"},
	NoLog:   true, // the client has caused it
}

// Turns are the queries of documents that are being answered: one user has at most so many at one time, and others wait, so
// that another user's find a reader. It is safe for concurrent use.
type Turns struct {
	OfOneUser int // at most

	mutex   sync.Mutex
	ofUsers map[int64]*userTurns
}

// userTurns are those of one user.
type userTurns struct {
	taken chan struct{}
	known int // requests that have a turn or wait for one
}

// Take waits for a turn until the context ends; end gives it back.
func (t *Turns) Take(ctx context.Context, user int64) (end func(), err error) {
	own := t.enter(user)
	select {
	case own.taken <- struct{}{}:
		return func() {
			<-own.taken
			t.leave(user, own)
		}, nil
	case <-ctx.Done():
		t.leave(user, own)
		return nil, ctx.Err()
	}
}

func (t *Turns) enter(user int64) *userTurns {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	own := t.ofUsers[user]
	if own == nil {
		if t.ofUsers == nil {
			t.ofUsers = map[int64]*userTurns{}
		}
		own = &userTurns{taken: make(chan struct{}, t.OfOneUser)}
		t.ofUsers[user] = own
	}
	own.known++
	return own
}

func (t *Turns) leave(user int64, own *userTurns) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if own.known--; own.known == 0 {
		delete(t.ofUsers, user)
	}
}

// query asks for documents by what the client sent, when it is the user's turn.
func (d *Documents) query(c *call.Call, ask func(context.Context) error) error {
	ctx := c.Request.Context()
	end, err := d.Turns.Take(ctx, c.Identity.UserID)
	if err == nil {
		defer end()
		err = ask(ctx)
	}
	if errors.Is(err, data.ErrSlow) {
		return errSlowQuery
	}
	if err != nil {
		return call.DocumentsError(err)
	}
	return nil
}
