package upstream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"net/http/httputil"
	"runtime/debug"
	"sync"

	"latchkey/cmd/serve/api/call"
	"latchkey/perms"
	"latchkey/perms/httpfield"
)

// buffers are reused for the bodies of all streams.
var buffers bufferPool

type bufferPool struct{ pool sync.Pool }

// Get returns a buffer, for package httputil.
func (b *bufferPool) Get() []byte {
	if buffer, ok := b.pool.Get().(*[]byte); ok {
		return *buffer
	}
	return make([]byte, 32<<10)
}

// Put takes a buffer back.
func (b *bufferPool) Put(buffer []byte) { b.pool.Put(&buffer) }

// silent discards what package httputil logs: we get the same errors otherwise, and log them with their request.
var silent = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)

// pass passes a request on and the response back. If the response breaks off, the connection is closed, by
// http.ErrAbortHandler: the client must not take it for complete.
func (p *Proxy) pass(c *call.Call, to *service, w http.ResponseWriter) {
	ctx, cancel := context.WithCancelCause(c.Request.Context())
	defer cancel(nil)
	at := c.Route.Resource.Upstream
	passed := &stream{call: c, cancel: cancel, control: http.NewResponseController(w), timeout: serviceTimeout(at)}
	if !p.streams.add(passed, p.checkStreams) {
		p.Pipeline.SendError(w, c, errTooManyStreams)
		return
	}
	defer p.streams.remove(passed)
	defer p.afterPassing(passed, w)
	defer passed.finish(p.Clock)
	passed.free()
	request := c.Request.WithContext(ctx)
	if request.ContentLength != 0 {
		passed.bodyLeft.Store(true)
		request.Body = &requestBody{http.MaxBytesReader(w, request.Body, serviceBody(at)), passed, request.ContentLength}
	}
	writer := &streamWriter{ResponseWriter: w, stream: passed, connection: w.Header()["Connection"]}
	proxy := httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { p.rewrite(c, to, r) },
		ModifyResponse: func(response *http.Response) error {
			up := c.Route.Resource.Upstream
			to.prefixedBy(up.StripPrefix, c.Request.URL, c.Request.Host, up.HostHeader).change(response.Header)
			return p.received(passed, writer, response)
		},
		ErrorHandler: func(_ http.ResponseWriter, _ *http.Request, err error) { p.passingFailed(passed, w, err) },
		Transport:    to.transport, BufferPool: &buffers, ErrorLog: silent,
	}
	proxy.ServeHTTP(writer, request)
}

// rewrite makes the service's request of the client's. Fields that are for one connection alone are out already.
func (p *Proxy) rewrite(c *call.Call, to *service, r *httputil.ProxyRequest) {
	prefix := c.Route.Resource.Upstream.StripPrefix
	r.Out.URL = to.target(r.In.URL, prefix)
	switch host := c.Route.Resource.Upstream.HostHeader; host {
	case "": // what the client named, as it is in X-Forwarded-Host in each case
	case perms.HostOfUpstream:
		r.Out.Host = "" // that of the URL
	default:
		r.Out.Host = host
	}
	r.Out.Trailer = nil
	// Another protocol than WebSocket could carry requests that are not checked.
	if httpfield.OddUpgrade(r.In.Header["Upgrade"]) != "" {
		r.Out.Header.Del("Upgrade")
		r.Out.Header.Del("Connection")
	}
	p.forward(c, r.Out.Header)
	if prefix != "" {
		r.Out.Header.Set("X-Forwarded-Prefix", prefix)
	}
}

// received checks and changes the header of a response. Only the request id and HSTS are ours.
func (p *Proxy) received(passed *stream, writer *streamWriter, response *http.Response) error {
	passed.responded.Store(true)
	if response.StatusCode < http.StatusOK && response.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("the status %d is not one of a final response", response.StatusCode)
	}
	response.Header.Set("X-Request-Id", passed.call.ID)
	if !passed.call.Route.Resource.CORS.PassOwn { // else whose pages may read it is the service's to say
		passed.call.Origin.Set(response.Header)
	}
	switch {
	case !p.StrictTransport:
		response.Header.Del(call.StrictTransportField)
	case response.Header.Get(call.StrictTransportField) == "":
		response.Header.Set(call.StrictTransportField, call.StrictTransport)
	}
	if response.StatusCode != http.StatusSwitchingProtocols { // otherwise the body is a connection
		writer.left = response.ContentLength
		switch kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")); {
		case kind == "text/event-stream":
			passed.openSince.Store(1) // long ago: it says that it has no end
		case writer.left < 0:
			passed.openSince.Store(p.Clock().UnixNano())
		}
		response.Body = &responseBody{response.Body, passed}
	}
	return nil
}

// passingFailed responds instead of the service, if nothing was sent to the client yet.
func (p *Proxy) passingFailed(passed *stream, w http.ResponseWriter, err error) {
	gone := passed.cause() == nil && passed.call.Request.Context().Err() != nil
	if gone || passed.started.Load() { // the client has gone, or it is too late
		passed.responseError.CompareAndSwap(nil, &err)
		panic(http.ErrAbortHandler) //nolint:forbidigo // how package net/http breaks off a response
	}
	passed.announceEnd(w.Header())
	p.Pipeline.SendError(w, passed.call, p.passingError(passed, err))
}

// passingError is the error for a request that could not be passed on.
func (p *Proxy) passingError(passed *stream, err error) error {
	var timeout net.Error
	var tooLarge *http.MaxBytesError
	bodyError := passed.bodyError.Load()
	cause := passed.cause()
	switch {
	case cause != nil:
		return cause
	case bodyError != nil && errors.As(*bodyError, &tooLarge):
		return tooLarge
	case bodyError != nil:
		return &call.Error{Status: http.StatusBadRequest, Message: "the body could not be read to its end"}
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("%w (%v): %w", errServiceSlow, passed.timeout, err)
	}
	return fmt.Errorf("%w: %w", errService, err)
}

// afterPassing logs why a response was not passed on to its end, and responds to a panic of our own if that is possible.
func (p *Proxy) afterPassing(passed *stream, w http.ResponseWriter) {
	panicked := recover()
	cause, broken := passed.cause(), passed.responseError.Load()
	switch {
	case cause != nil && passed.started.Load():
		p.Pipeline.LogCut(passed.call, cause)
	case broken != nil && panicked != nil:
		p.Pipeline.LogFailure(passed.call, http.StatusBadGateway, fmt.Errorf("the response broke off: %w", *broken))
	}
	switch {
	case panicked == nil:
		return
	case panicked != http.ErrAbortHandler: //nolint:errorlint // a panic's value, compared as package net/http does
		err := &call.PanicError{Cause: panicked, Stack: debug.Stack()}
		if !passed.started.Load() {
			passed.announceEnd(w.Header())
			p.Pipeline.SendError(w, passed.call, err)
			return
		}
		p.Pipeline.LogFailure(passed.call, http.StatusInternalServerError, err)
	}
	panic(http.ErrAbortHandler) //nolint:forbidigo // how package net/http breaks off a response
}
