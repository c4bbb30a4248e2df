package telemetry

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"latchkey/cmd/serve/api"
)

// refusalsPerSecond is how many lines requests without right credentials get in a second: a flood of them cannot fill a
// disk (R4). The next line says how many were left out.
const refusalsPerSecond = 10

// accessLog writes a line for each request.
type accessLog struct {
	out             *asyncWriter
	format          Format
	clock           func() time.Time
	unauthenticated api.LineLimit
	free            sync.Pool // of *line
}

func newAccessLog(config Config) *accessLog {
	return &accessLog{
		out: newAsyncWriter(config.AccessLog), format: config.Format, clock: config.Clock,
		unauthenticated: api.LineLimit{PerSecond: refusalsPerSecond},
	}
}

// log writes the line of a request.
func (a *accessLog) log(e *api.Exchange) {
	var leftOut int
	if e.User == "" {
		if e.Status == http.StatusOK {
			return // a probe, which alone gets 200 without a user: a load balancer sends one every few seconds
		}
		var admitted bool
		if leftOut, admitted = a.unauthenticated.Admit(e.Began); !admitted {
			return
		}
	}
	if a.format == Compact {
		a.write(e.Began, "", leftOut, func(l *line) { l.compact(e) })
		return
	}
	a.write(e.Began, "request", leftOut, func(l *line) {
		l.string("request_id", e.ID)
		l.string("client", e.From())
		l.string("user", e.User)
		l.string("method", method(e.Request.Method))
		l.string("resource", e.Resource)
		l.string("path", redactedPath(e.Request.URL))
		l.string("query", query(e))
		l.number("status", int64(e.Status))
		l.number("bytes", e.Bytes)
		l.milliseconds("duration_ms", e.Took)
		l.string("protocol", e.Request.Proto)
	})
}

// compact writes what a person looks for: what came of which request, and whose.
func (l *line) compact(e *api.Exchange) {
	target := redactedPath(e.Request.URL)
	if text := query(e); text != "" {
		target += "?" + text
	}
	for _, word := range []string{strconv.Itoa(e.Status), method(e.Request.Method), target, cmp.Or(e.User, "-"), cmp.Or(e.From(), "-")} {
		l.text = append(l.text, ' ')
		if strings.ContainsFunc(word, func(char rune) bool { return char <= ' ' || char > '~' || char == '"' || char == '\\' }) {
			l.text = strconv.AppendQuote(l.text, word)
		} else {
			l.text = append(l.text, word...)
		}
	}
	l.text = fmt.Appendf(l.text, " %.1fms", float64(e.Took.Microseconds())/1000)
}

// reportRest says how many lines a flood has cost that was over at a time.
func (a *accessLog) reportRest(at time.Time) {
	if leftOut := a.unauthenticated.Rest(at); leftOut > 0 {
		a.write(a.clock(), "requests without valid credentials were left out", leftOut, func(*line) {})
	}
}

func (a *accessLog) write(at time.Time, message string, leftOut int, fields func(*line)) {
	l, ok := a.free.Get().(*line)
	if !ok {
		l = &line{format: a.format}
	}
	l.begin(at, message)
	fields(l)
	if leftOut > 0 {
		l.number("left_out_before", int64(leftOut))
	}
	_, _ = a.out.Write(l.end()) // it has no error
	a.free.Put(l)
}

// query is that of a request: of a user's with its secrets redacted, of any other nothing.
func query(e *api.Exchange) string {
	switch {
	case e.Request.URL.RawQuery == "":
		return ""
	case e.User == "":
		return redacted
	}
	return redactedQuery(e.Request.URL.RawQuery)
}
