package upstream

import (
	"bufio"
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

// endTimeout is for what is left when a passed request is over: a rest of its body to skip, buffered bytes to send.
const endTimeout = 5 * time.Second

// past is a deadline that is over.
var past = time.Unix(1, 0)

// stream is a request on its way through to a service, and its answer back. The time limits of our own answers do not
// hold for it: it may take as long as its bytes move, and is looked at all the while (see streams).
type stream struct {
	call    *call.Call
	cancel  context.CancelCauseFunc
	control *http.ResponseController
	timeout time.Duration // for the service to take what it is sent

	fromClient, toClient, toService pipe
	responded                       atomic.Bool // the service has sent the header of its answer
	begun                           atomic.Bool // the client has been sent a status
	bodyLeft                        atomic.Bool // the client's body has not been read to its end

	bodyError, responseError atomic.Pointer[error] // of reading the client's body and the service's

	mutex  sync.Mutex
	over   bool     // the connection belongs to the next request
	closed error    // why it was cut
	taken  net.Conn // the connection, once it speaks another protocol
}

// pipe is one of the ways that bytes take. Its first two methods are for whoever moves them, the last for whoever looks.
type pipe struct {
	waiting atomic.Bool // to get or to get rid of some bytes
	moves   atomic.Uint64
	seen    uint64
	quiet   time.Duration
}

func (p *pipe) begin() {
	p.moves.Add(1)
	p.waiting.Store(true)
}

func (p *pipe) end() { p.waiting.Store(false) }

// stalled tells whether nothing has moved for the limit, at a look that comes so long after the last one.
func (p *pipe) stalled(elapsed, limit time.Duration) bool {
	moves := p.moves.Load()
	if !p.waiting.Load() || moves != p.seen {
		p.seen, p.quiet = moves, 0
		return false
	}
	p.quiet += elapsed
	return p.quiet >= limit
}

// free lifts the time limits of our own answers, and lets bytes go both ways at once.
func (s *stream) free() {
	_ = s.control.SetReadDeadline(time.Time{}) // where it is not supported there is no limit to be lifted
	_ = s.control.SetWriteDeadline(time.Time{})
	if request := s.call.Request; request.ContentLength != 0 && request.ProtoMajor == 1 {
		_ = s.control.EnableFullDuplex()
	}
}

// finish gives the connection back, with limits for what is left.
func (s *stream) finish(clock func() time.Time) { // the clock: it is deferred
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.over = true
	if s.taken == nil && s.closed == nil {
		limit := clock().Add(endTimeout)
		_ = s.control.SetReadDeadline(limit)
		_ = s.control.SetWriteDeadline(limit)
	}
}

// cut ends the request from outside, be it that it waits for the service or for the client. It may be called again, as
// long as that has not helped.
func (s *stream) cut(cause error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.over {
		return
	}
	if s.closed == nil {
		s.closed = cause
	}
	s.cancel(cause)
	if s.taken != nil {
		_ = s.taken.SetDeadline(past)
		return
	}
	if s.fromClient.waiting.Load() {
		_ = s.control.SetReadDeadline(past)
	}
	if s.begun.Load() { // else there is an error to be sent
		_ = s.control.SetWriteDeadline(past)
	}
}

// announceEnd tells a client of HTTP/1.1 that the connection is closed after an answer that does not wait for the end of
// the body: it must not send its next request there.
func (s *stream) announceEnd(header http.Header) {
	if s.bodyLeft.Load() && s.call.Request.ProtoMajor == 1 {
		header["Connection"] = []string{"close"}
	}
}

// cause is why it was cut; nil: it was not.
func (s *stream) cause() error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.closed
}

// requestBody is what the client sends.
type requestBody struct {
	io.ReadCloser
	stream *stream
	left   int64 // bytes to come; below 0: unknown
}

func (b *requestBody) Read(into []byte) (int, error) {
	b.stream.toService.end()
	b.stream.fromClient.begin()
	n, err := b.ReadCloser.Read(into)
	b.stream.fromClient.end()
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

// responseBody is what the service sends.
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

// streamWriter sends a service's answer to the client: each piece at once, as only the service knows what is urgent.
type streamWriter struct {
	http.ResponseWriter
	stream     *stream
	connection []string // the Connection field that was set before; interim answers clear the header
	left       int64    // bytes to come; below 0: unknown, then package httputil flushes
	interim    int
}

// maxInterim is how many interim answers (1xx) of a service are passed on for a request.
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
	w.stream.begun.Store(true)
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

// FlushError sends what is buffered; see http.ResponseController.
func (w *streamWriter) FlushError() error {
	w.stream.toClient.begin()
	defer w.stream.toClient.end()
	return w.stream.control.Flush()
}

// Unwrap is for http.ResponseController.
func (w *streamWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Hijack takes the connection, which will speak another protocol. A connection that checks what it reads is told so, by
// its method Upgraded.
func (w *streamWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := w.stream.control.Hijack()
	if err != nil {
		return nil, nil, err
	}
	if strict, ok := conn.(interface{ Upgraded() }); ok {
		strict.Upgraded()
	}
	w.stream.mutex.Lock()
	w.stream.taken = conn
	w.stream.mutex.Unlock()
	w.stream.begun.Store(true)
	return &upgradedConn{Conn: conn, stream: w.stream}, buffered, nil
}

// upgradedConn is the client's connection in another protocol. It may be silent for as long as it likes; what it is sent
// it has to take.
type upgradedConn struct {
	net.Conn
	stream *stream
}

func (c *upgradedConn) Write(piece []byte) (int, error) {
	c.stream.toClient.begin()
	defer c.stream.toClient.end()
	return c.Conn.Write(piece)
}
