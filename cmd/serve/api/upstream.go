package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"runtime/debug"
	"strings"
	"sync"

	"latchkey/cmd/serve/api/call"
)

// The errors of a request that was passed on. What the client is told of them is in refusalOf.
var (
	errService     = errors.New("the service behind this resource cannot be reached, or gave no answer that can be passed on")
	errServiceSlow = errors.New("the service behind this resource did not answer in time")
	errClientSlow  = errors.New("no byte moved for too long")
	errRevoked     = errors.New("the request is not allowed any more")
	errChanged     = errors.New("the resource was changed while it answered: try again")
	errCrowded     = errors.New("too many requests to other services are in flight: try again")
	errElsewhere   = errors.New("this resource is reached through the proxy in front of it, which asks here whether a request is allowed")
)

// upstream lets another service answer: what was decided here is whether it is asked. Its answers are its own, a 401
// included; latchkey adds to them what is true of the connection, and an id.
func (s *server) upstream(c *call.Call) (call.Answer, error) {
	at := c.Route.Resource.Upstream
	if limit := serviceBody(at); c.Request.ContentLength > limit { // refused unread: the client may be waiting for "100 Continue"
		return call.Answer{}, &http.MaxBytesError{Limit: limit}
	}
	to, err := s.services.find(at, c.Identity.Catalogue)
	if err != nil {
		return call.Answer{}, fmt.Errorf("resource %s: %w", c.Route.Resource.Name, err)
	}
	return call.Answer{Pass: func(w http.ResponseWriter) { s.pass(c, to, w) }}, nil
}

// buffers are what bodies pass through.
var buffers bufferPool

type bufferPool struct{ pool sync.Pool }

// Get returns a buffer for package httputil.
func (b *bufferPool) Get() []byte {
	if buffer, ok := b.pool.Get().(*[]byte); ok {
		return *buffer
	}
	return make([]byte, 32<<10)
}

// Put takes a buffer back.
func (b *bufferPool) Put(buffer []byte) { b.pool.Put(&buffer) }

// silent takes what package httputil would log: the same errors come by other ways, and are logged with their request.
var silent = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)

// pass passes a request on and its answer back. An answer that breaks off is never ended as if it were whole: the
// connection is, by http.ErrAbortHandler.
func (s *server) pass(c *call.Call, to *service, w http.ResponseWriter) {
	ctx, cancel := context.WithCancelCause(c.Request.Context())
	defer cancel(nil)
	at := c.Route.Resource.Upstream
	passed := &stream{call: c, cancel: cancel, control: http.NewResponseController(w), timeout: serviceTimeout(at)}
	if !s.streams.add(passed, s.lookAtStreams) {
		s.sendRefusal(w, c, errCrowded)
		return
	}
	defer s.streams.remove(passed)
	defer s.afterPassing(passed, w)
	defer passed.finish(s.Clock)
	passed.free()
	request := c.Request.WithContext(ctx)
	if request.ContentLength != 0 {
		passed.bodyLeft.Store(true)
		request.Body = &requestBody{http.MaxBytesReader(w, request.Body, serviceBody(at)), passed, request.ContentLength}
	}
	writer := &streamWriter{ResponseWriter: w, stream: passed, connection: w.Header()["Connection"]}
	proxy := httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { s.rewrite(c, to, r) },
		ModifyResponse: func(response *http.Response) error {
			return s.received(passed, writer, response)
		},
		ErrorHandler: func(_ http.ResponseWriter, _ *http.Request, err error) { s.passingFailed(passed, w, err) },
		Transport:    to.transport, BufferPool: &buffers, ErrorLog: silent,
	}
	proxy.ServeHTTP(writer, request)
}

// rewrite makes the service's request of the client's. Fields that are for one connection alone are out already.
func (s *server) rewrite(c *call.Call, to *service, r *httputil.ProxyRequest) {
	prefix := c.Route.Resource.Upstream.StripPrefix
	r.Out.URL = to.target(r.In.URL, prefix)
	r.Out.Host = "" // that of the URL; the one that the client named is in X-Forwarded-Host
	r.Out.Trailer = nil
	// Another protocol than this one could carry requests that nobody decides about.
	if upgrade := r.Out.Header.Get("Upgrade"); upgrade != "" && !strings.EqualFold(upgrade, "websocket") {
		r.Out.Header.Del("Upgrade")
		r.Out.Header.Del("Connection")
	}
	s.forward(c, r.Out.Header)
	if prefix != "" {
		r.Out.Header.Set("X-Forwarded-Prefix", prefix)
	}
}

// received looks at the header of an answer. It is the service's, but for the id and for what is promised about TLS.
func (s *server) received(passed *stream, writer *streamWriter, response *http.Response) error {
	passed.answered.Store(true)
	if response.StatusCode < http.StatusOK && response.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("the status %d is none of an answer", response.StatusCode)
	}
	response.Header.Set("X-Request-Id", passed.call.Id)
	switch {
	case !s.StrictTransport:
		response.Header.Del(call.StrictTransportField)
	case response.Header.Get(call.StrictTransportField) == "":
		response.Header.Set(call.StrictTransportField, call.StrictTransport)
	}
	if response.StatusCode != http.StatusSwitchingProtocols { // else its body is a connection
		writer.left = response.ContentLength
		response.Body = &answerBody{response.Body, passed}
	}
	return nil
}

// passingFailed answers in the place of the service, if the client was told nothing yet.
func (s *server) passingFailed(passed *stream, w http.ResponseWriter, err error) {
	gone := passed.cause() == nil && passed.call.Request.Context().Err() != nil
	if gone || passed.begun.Load() { // nobody is left to be told, or it is too late
		passed.answerError.CompareAndSwap(nil, &err)
		panic(http.ErrAbortHandler) //nolint:forbidigo // the way of package net/http to break off an answer
	}
	passed.announceEnd(w.Header())
	s.sendRefusal(w, passed.call, s.passingError(passed, err))
}

// passingError is what went wrong, in our words.
func (s *server) passingError(passed *stream, err error) error {
	var timeout net.Error
	var tooLarge *http.MaxBytesError
	bodyError := passed.bodyError.Load()
	cause := passed.cause()
	switch {
	case errors.Is(cause, errRevoked):
		return s.decideAgain(passed.call)
	case cause != nil:
		return cause
	case bodyError != nil && errors.As(*bodyError, &tooLarge):
		return tooLarge
	case bodyError != nil:
		return &call.Refusal{Status: http.StatusBadRequest, Message: "the body could not be read to its end"}
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("%w (%v): %w", errServiceSlow, passed.timeout, err)
	}
	return fmt.Errorf("%w: %w", errService, err)
}

// decideAgain finds out how a request is refused that was allowed before.
func (s *server) decideAgain(c *call.Call) error {
	if err := s.authenticate(c); err != nil {
		return err
	}
	var err error
	if c.Route, err = call.RouteOf(c.Identity.Catalogue, c.Request.Method, c.Request.Host, c.Request.URL); err != nil {
		return err
	}
	if err := s.authorize(c); err != nil {
		return err
	}
	return errChanged // it is allowed once more, but was cut
}

// sendRefusal answers with an error of ours.
func (s *server) sendRefusal(w http.ResponseWriter, c *call.Call, err error) {
	reply := s.refuse(c, err)
	s.setHeaders(w.Header(), c.Id)
	reply.Write(w)
}

// afterPassing logs why an answer was not passed on to its end, and answers a panic of our own if that is possible.
func (s *server) afterPassing(passed *stream, w http.ResponseWriter) {
	panicked := recover()
	cause, broken := passed.cause(), passed.answerError.Load()
	switch {
	case cause != nil && passed.begun.Load():
		s.logCut(passed.call, cause)
	case broken != nil && panicked != nil:
		s.logFailure(passed.call, http.StatusBadGateway, fmt.Errorf("the answer broke off: %w", *broken))
	}
	switch {
	case panicked == nil:
		return
	case panicked != http.ErrAbortHandler: //nolint:errorlint // a panic's value, compared as package net/http does
		err := &call.PanicError{Cause: panicked, Stack: debug.Stack()}
		if !passed.begun.Load() {
			passed.announceEnd(w.Header())
			s.sendRefusal(w, passed.call, err)
			return
		}
		s.logFailure(passed.call, http.StatusInternalServerError, err)
	}
	panic(http.ErrAbortHandler) //nolint:forbidigo // the way of package net/http to break off an answer
}

func (s *server) logCut(c *call.Call, cause error) {
	leftOut, admitted := s.cuts.Admit(s.Clock())
	if !admitted {
		return
	}
	s.Log.Info("answer cut off", "request_id", c.Id, "user", c.Identity.Name, "resource", c.Route.Resource.Name,
		"reason", cause.Error(), "left_out_before", leftOut)
}

// elsewhere refuses what only the proxy in front can reach.
func elsewhere() error {
	return &call.Refusal{Status: http.StatusMisdirectedRequest, Message: errElsewhere.Error()}
}

// refusalOfService is what a client is told of a request that was passed on; nil: it was not that.
func refusalOfService(err error) *call.Refusal {
	var tooLarge *http.MaxBytesError
	retry := map[string]string{"Retry-After": "1"}
	switch {
	case errors.As(err, &tooLarge):
		return &call.Refusal{Status: http.StatusRequestEntityTooLarge, Message: fmt.Sprintf("the body is larger than %d bytes", tooLarge.Limit)}
	case errors.Is(err, errServiceSlow):
		return &call.Refusal{Status: http.StatusGatewayTimeout, Message: errServiceSlow.Error()}
	case errors.Is(err, errService):
		return &call.Refusal{Status: http.StatusBadGateway, Message: errService.Error()}
	case errors.Is(err, errClientSlow):
		return &call.Refusal{Status: http.StatusRequestTimeout, Message: errClientSlow.Error()}
	case errors.Is(err, errChanged):
		return &call.Refusal{Status: http.StatusServiceUnavailable, Message: errChanged.Error(), Header: retry}
	case errors.Is(err, errCrowded):
		return &call.Refusal{Status: http.StatusServiceUnavailable, Message: errCrowded.Error(), Header: retry}
	}
	return nil
}
