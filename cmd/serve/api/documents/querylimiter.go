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
	Message: "it takes too long to search all these documents: ask for less, by id, date_created or date_modified",
	Header:  map[string]string{"Retry-After": "5"},
	NoLog:   true, // the client has caused it
}

// QueryLimiter limits how many queries of documents one user may run at the same time, so that the database has readers
// left for other users. Further ones wait. It is safe for concurrent use.
type QueryLimiter struct {
	PerUser int // queries at the same time; not to be changed once in use

	mutex sync.Mutex
	users map[int64]*userQueries
}

// userQueries are the queries of one user.
type userQueries struct {
	running chan struct{} // holds one element for each
	known   int           // those that run or wait
}

// Acquire waits until a query of a user may run, or until the context ends: then the error is that of the context. The
// caller calls release when the query is over.
func (l *QueryLimiter) Acquire(ctx context.Context, user int64) (release func(), err error) {
	own := l.enter(user)
	select {
	case own.running <- struct{}{}:
		return func() {
			<-own.running
			l.leave(user, own)
		}, nil
	case <-ctx.Done():
		l.leave(user, own)
		return nil, ctx.Err()
	}
}

func (l *QueryLimiter) enter(user int64) *userQueries {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	own := l.users[user]
	if own == nil {
		if l.users == nil {
			l.users = map[int64]*userQueries{}
		}
		own = &userQueries{running: make(chan struct{}, l.PerUser)}
		l.users[user] = own
	}
	own.known++
	return own
}

func (l *QueryLimiter) leave(user int64, own *userQueries) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if own.known--; own.known == 0 {
		delete(l.users, user)
	}
}

// query runs a query of documents, as soon as the limiter lets it. The error is one for the client.
func (d *Documents) query(c *call.Call, run func(context.Context) error) error {
	ctx := c.Request.Context()
	release, err := d.Queries.Acquire(ctx, c.Identity.UserID)
	if err == nil {
		defer release()
		err = run(ctx)
	}
	if errors.Is(err, data.ErrSlow) {
		return errSlowQuery
	}
	if err != nil {
		return call.DocumentsError(err)
	}
	return nil
}
