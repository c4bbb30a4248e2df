package upstream

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"latchkey/cmd/serve/api/call"
)

// endTimeout is how long the rest may take when a stream is over: to skip the rest of the body, to send buffered bytes.
const endTimeout = 5 * time.Second

// past is a deadline that has passed.
var past = time.Unix(1, 0)

// stream is a request that is passed on to a service, and the response that comes back. The time limits of our own responses
// do not apply: it may last as long as bytes move, and is checked again and again meanwhile (see streams).
type stream struct {
	call    *call.Call
	cancel  context.CancelCauseFunc
	control *http.ResponseController
	timeout time.Duration // for the service to accept the request

	fromClient, toClient, toService pipe
	responded                       atomic.Bool  // the service has sent the header of its response
	started                         atomic.Bool  // a status was sent to the client
	bodyLeft                        atomic.Bool  // the body from the client was not read to its end
	openSince                       atomic.Int64 // when a response of unknown length began, in nanoseconds since 1970; 0: none did

	bodyError, responseError atomic.Pointer[error] // of reading the body from the client and from the service

	mutex    sync.Mutex
	finished bool     // the connection belongs to the next request
	cutCause error    // why it was cut; nil: it was not
	hijacked net.Conn // the connection, once it was upgraded to another protocol
}

// pipe is one direction in which bytes move. Its methods begin and end are for whoever moves them, stalled is for the checks.
type pipe struct {
	waiting atomic.Bool   // for bytes to be read or written
	moves   atomic.Uint64 // how often it began
	seen    uint64        // moves at the last check
	quiet   time.Duration // without a move, up to the last check
}

func (p *pipe) begin() {
	p.moves.Add(1)
	p.waiting.Store(true)
}

func (p *pipe) end() { p.waiting.Store(false) }

// stalled tells whether nothing has moved for a limit. elapsed is the time since the last check.
func (p *pipe) stalled(elapsed, limit time.Duration) bool {
	moves := p.moves.Load()
	if !p.waiting.Load() || moves != p.seen {
		p.seen, p.quiet = moves, 0
		return false
	}
	p.quiet += elapsed
	return p.quiet >= limit
}

// free removes the time limits of our own responses, and lets bytes move in both directions at the same time.
func (s *stream) free() {
	_ = s.control.SetReadDeadline(time.Time{}) // an error means that there are no limits
	_ = s.control.SetWriteDeadline(time.Time{})
	if request := s.call.Request; request.ContentLength != 0 && request.ProtoMajor == 1 {
		_ = s.control.EnableFullDuplex()
	}
}

// finish gives the connection back, with time limits for the rest.
func (s *stream) finish(clock func() time.Time) { // the clock, since the call is deferred
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.finished = true
	if s.hijacked == nil && s.cutCause == nil {
		limit := clock().Add(endTimeout)
		_ = s.control.SetReadDeadline(limit)
		_ = s.control.SetWriteDeadline(limit)
	}
}

// cut ends a stream from outside, whether it waits for the service or for the client. It may be called again while the stream
// has not ended.
func (s *stream) cut(cause error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.finished {
		return
	}
	if s.cutCause == nil {
		s.cutCause = cause
	}
	s.cancel(cause)
	if s.hijacked != nil {
		_ = s.hijacked.SetDeadline(past)
		return
	}
	if s.fromClient.waiting.Load() {
		_ = s.control.SetReadDeadline(past)
	}
	if s.started.Load() { // otherwise an error has to be sent
		_ = s.control.SetWriteDeadline(past)
	}
}

// announceEnd tells an HTTP/1.1 client that the connection will be closed, if the response does not wait for the end of the
// body: then it must not send its next request there.
func (s *stream) announceEnd(header http.Header) {
	if s.bodyLeft.Load() && s.call.Request.ProtoMajor == 1 {
		header["Connection"] = []string{"close"}
	}
}

// cause is why the stream was cut; nil: it was not.
func (s *stream) cause() error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.cutCause
}

// requestBody is the body from the client.
type requestBody struct {
	io.ReadCloser
	stream *stream
	left   int64 // bytes to come; negative: unknown
}

func (b *requestBody) Read(into []byte) (int, error) {
	b.stream.toService.end()
	b.stream.fromClient.begin()
	n, err := b.ReadCloser.Read(into)
	b.stream.fromClient.end()
	if denied := b.stream.mayPass(); denied != nil {
		return 0, denied
	}
	if b.left -= int64(n); b.left == 0 || errors.Is(err, io.EOF) {
		b.stream.bodyLeft.Store(false)
	}
	switch {
	case err == nil:
		b.stream.toService.begin()
	case !errors.Is(err, io.EOF):
		b.stream.bodyError.CompareAndSwap(nil, &err)
	}
	return n, err
}

// responseBody is the body from the service.
type responseBody struct {
	io.ReadCloser
	stream *stream
}

func (b *responseBody) Read(into []byte) (int, error) {
	n, err := b.ReadCloser.Read(into)
	if err != nil && !errors.Is(err, io.EOF) {
		b.stream.responseError.CompareAndSwap(nil, &err)
	}
	return n, err
}

// streamWriter sends the response of a service to the client: each piece at once, since only the service knows what is urgent.
type streamWriter struct {
	http.ResponseWriter
	stream     *stream
	connection []string // the Connection field that was set before; interim responses clear the header
	left       int64    // bytes to come; negative: unknown, and package httputil flushes
	interim    int
}

// maxInterim is how many interim responses (1xx) of a service are passed on for one request.
const maxInterim = 8

// WriteHeader sends a status.
func (w *streamWriter) WriteHeader(status int) {
	if status < http.StatusOK && status != http.StatusSwitchingProtocols {
		if w.interim++; w.interim <= maxInterim {
			w.ResponseWriter.WriteHeader(status)
		}
		return
	}
	if w.connection != nil {
		w.Header()["Connection"] = w.connection
	}
	w.stream.announceEnd(w.Header())
	w.stream.started.Store(true)
	w.ResponseWriter.WriteHeader(status)
}

// Write sends a piece of the body.
func (w *streamWriter) Write(piece []byte) (int, error) {
	w.stream.toClient.begin()
	defer w.stream.toClient.end()
	n, err := w.ResponseWriter.Write(piece)
	if w.left -= int64(n); err == nil && w.left > 0 {
		err = w.stream.control.Flush()
	}
	return n, err
}

// FlushError sends what is buffered, for [http.ResponseController].
func (w *streamWriter) FlushError() error {
	w.stream.toClient.begin()
	defer w.stream.toClient.end()
	return w.stream.control.Flush()
}

// Unwrap is for [http.ResponseController].
func (w *streamWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
