package api

import (
	"errors"
	"log/slog"
	"sync"
	"time"
)

// failureLog keeps count of failures, and lets so many lines be logged in a second (R4). It is safe for concurrent use.
type failureLog struct {
	limit int // lines a second

	mutex   sync.Mutex
	began   time.Time // the second
	lines   int       // in that second
	leftOut int       // failures without a line since the last line
}

// admit tells whether a failure gets a line, and for how many others before it the line stands too.
func (f *failureLog) admit(now time.Time) (leftOut int, admitted bool) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if now.Sub(f.began) >= time.Second {
		f.began, f.lines = now, 0
	}
	if f.lines == f.limit {
		f.leftOut++
		return 0, false
	}
	leftOut, f.leftOut = f.leftOut, 0
	f.lines++
	return leftOut, true
}

// logFailure logs the whole of an error under the request id that the client can name. Method and path are not logged
// as sent: anybody can put a token into them.
func (s *server) logFailure(c *call, status int, err error) {
	var panicked *panicError
	if !errors.As(err, &panicked) && c.request.Context().Err() != nil {
		return // the client is gone, and so is what it asked for
	}
	failures := &s.strangersFailures
	if c.identity.Name != "" {
		failures = &s.usersFailures
	}
	leftOut, admitted := failures.admit(s.Clock())
	if !admitted {
		return
	}
	attributes := []slog.Attr{
		slog.String("request_id", c.id), slog.Int("status", status), slog.String("user", c.identity.Name),
		slog.String("method", c.route.Request.Method), slog.String("resource", c.route.Resource.Name),
		slog.String("error", err.Error()),
	}
	if leftOut > 0 {
		attributes = append(attributes, slog.Int("left_out_before", leftOut))
	}
	if panicked != nil {
		attributes = append(attributes, slog.String("stack", string(panicked.stack)))
	}
	s.Log.LogAttrs(c.request.Context(), slog.LevelError, "request failed", attributes...)
}
