package api

import (
	"errors"
	"log/slog"
	"sync"
	"time"

	"latchkey/cmd/serve/api/call"
)

// LineLimit limits the lines in the log about events that anybody can cause (R4). It is safe for concurrent use.
type LineLimit struct {
	PerSecond int // lines in a second; not to be changed once in use

	mutex   sync.Mutex
	began   time.Time // beginning of the current second
	lines   int       // in that second
	leftOut int       // events without a line, since the last line
}

// Admit tells whether an event gets a line, and how many events before it got none since the last line.
func (l *LineLimit) Admit(now time.Time) (leftOut int, admitted bool) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if now.Sub(l.began) >= time.Second {
		l.began, l.lines = now, 0
	}
	if l.lines == l.PerSecond {
		l.leftOut++
		return 0, false
	}
	leftOut, l.leftOut = l.leftOut, 0
	l.lines++
	return leftOut, true
}

// Rest returns how many events got no line, once the second is over, and forgets them. It is for the end of a flood, after
// which there may be no further event.
func (l *LineLimit) Rest(now time.Time) (leftOut int) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if now.Sub(l.began) < time.Second {
		return 0
	}
	leftOut, l.leftOut = l.leftOut, 0
	return leftOut
}

// LogFailure logs a full error, with the request id that the client got. Method and path are not logged as they were sent:
// they may contain a token.
func (s *server) LogFailure(c *call.Call, status int, err error) {
	var panicked *call.PanicError
	if !errors.As(err, &panicked) && c.Request.Context().Err() != nil {
		return // the client has gone, and its request was canceled
	}
	failures := &s.anonymousFailures
	if c.Identity.Name != "" {
		failures = &s.userFailures
	}
	leftOut, admitted := failures.Admit(s.Clock())
	if !admitted {
		return
	}
	attributes := []slog.Attr{
		slog.String("request_id", c.ID), slog.Int("status", status), slog.String("user", c.Identity.Name),
		slog.String("method", c.Route.Request.Method), slog.String("resource", c.Route.Resource.Name),
		slog.String("error", err.Error()),
	}
	if leftOut > 0 {
		attributes = append(attributes, slog.Int("left_out_before", leftOut))
	}
	if panicked != nil {
		attributes = append(attributes, slog.String("stack", string(panicked.Stack)))
	}
	s.Log.LogAttrs(c.Request.Context(), slog.LevelError, "request failed", attributes...)
}
