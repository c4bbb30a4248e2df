// Package telemetry reports what the server does: the access log with a line for each request, metrics, the request log that
// users can read, and when tokens were last used.
//
// A request never waits for any of it. What cannot be written in time is left out and counted. No credential is written: a
// username appears only once it is authenticated, and whatever may be a secret that was pasted into a path, a query or a
// field is redacted (R3).
//
// Numbers such as R3 are requirements: see docs/requirements.md.
package telemetry

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"latchkey/cmd/serve/api"
	"latchkey/db/data"
)

// flushPause is between two writes to the data file.
const flushPause = time.Second

// Format is how the lines of an access log are written.
type Format string

// The formats of an access log.
const (
	Off  Format = "off"
	Text Format = "text"
	JSON Format = "json"

	Compact Format = "compact" // Text for a person who looks on: what came of each request, and no names of fields
)

// Config says what to report, and where.
type Config struct {
	Format     Format    // of the access log; "" is Off
	AccessLog  io.Writer // where it goes; needed unless it is off
	Data       *data.Data
	RequestLog int64            // how many requests the request log keeps; 0: there is none
	Clock      func() time.Time // what time it is
	Log        *slog.Logger     // what was left out, and trouble with the data file
}

// Telemetry observes every request. It is safe for concurrent use.
type Telemetry struct {
	access   *accessLog // nil: there is none
	recorder *recorder
	Metrics
}

// New makes a Telemetry. It writes nothing before [Telemetry.Start].
func New(config Config) *Telemetry {
	t := &Telemetry{recorder: newRecorder(config)}
	if config.Format != Off && config.Format != "" {
		t.access = newAccessLog(config)
	}
	t.Metrics.losses = t.losses
	return t
}

// Handler counts the requests that are running in another handler.
func (t *Telemetry) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.inFlight.Add(1)
		defer t.inFlight.Add(-1)
		next.ServeHTTP(w, r)
	})
}

// Observe records a request. It is an [api.Config.Observe].
func (t *Telemetry) Observe(e *api.Exchange) {
	t.count(e)
	if t.access != nil {
		t.access.log(e)
	}
	t.recorder.record(e)
}

// Start begins to write what was recorded. stop writes the rest, and returns when that is done, or after a few seconds
// where nobody reads it; nothing may be observed any more.
func (t *Telemetry) Start(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		t.run(ctx)
	}()
	if t.access != nil {
		t.access.out.start()
	}
	return func() {
		cancel()
		<-ended
		if t.access != nil {
			t.access.out.stop()
		}
	}
}

// run writes to the data file every second and once at the end.
func (t *Telemetry) run(ctx context.Context) {
	ticker := time.NewTicker(flushPause)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			t.flush(context.WithoutCancel(ctx), time.Second) // nothing follows that could be the rest of a flood
			return
		case <-ticker.C:
			t.flush(context.WithoutCancel(ctx), 0) // a stop waits for what is on its way
		}
	}
}

// flush writes what was recorded, and what was left out of a flood that is over by now, or will be so far ahead.
func (t *Telemetry) flush(ctx context.Context, ahead time.Duration) {
	t.recorder.flush(ctx)
	if t.access != nil {
		t.access.reportRest(t.access.clock().Add(ahead))
	}
}

// losses are how many lines of the access log and of the request log were left out since the start.
func (t *Telemetry) losses() (accessLines, requests int64) {
	if t.access != nil {
		accessLines = t.access.out.dropped.Load()
	}
	return accessLines, t.recorder.lost.Load()
}
