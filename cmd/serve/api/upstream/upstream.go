// Package upstream passes requests on to other services and their answers back, watches over these streams, and answers
// the proxies that ask about requests of their own.
package upstream

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"time"

	"latchkey/cmd/serve/api/call"
	"latchkey/db"
)

// The errors of a request that was passed on. What the client is told of them is in [ErrorFor].
var (
	errService     = errors.New("the service behind this resource cannot be reached, or gave no answer that can be passed on")
	errServiceSlow = errors.New("the service behind this resource did not answer in time")
	errClientSlow  = errors.New("no byte moved for too long")
	errRevoked     = errors.New("the request is not allowed any more")
	errChanged     = errors.New("the resource was changed while it answered: try again")
	errCrowded     = errors.New("too many requests to other services are in flight: try again")
	errElsewhere   = errors.New("this resource is reached through the proxy in front of it, which asks here whether a request is allowed")
)

// Pipeline is what a passed request needs of the pipeline that has let it through.
type Pipeline interface {
	// DecideAgain takes the decisions about a request once more; nil: it is allowed.
	DecideAgain(c *call.Call) error
	// SendError answers with an error of ours.
	SendError(w http.ResponseWriter, c *call.Call, err error)
	// LogFailure logs what went wrong with a request.
	LogFailure(c *call.Call, status int, err error)
	// LogCut logs why an answer was cut off.
	LogCut(c *call.Call, cause error)
}

// Config is what a [Proxy] works with. All fields are needed but those that say otherwise.
type Config struct {
	Users           *db.DB
	Clock           func() time.Time
	TrustedProxies  call.TrustedProxies // may be nil
	StrictTransport bool                // promise HSTS, and do not let services promise it otherwise
	Available       func() bool         // false: the user database must not be answered from; nil: always true
	MaxStreams      int                 // requests that may be at other services at one time; 0: 4096
	Pipeline        Pipeline
}

// Proxy passes requests on to other services. It is safe for concurrent use.
type Proxy struct {
	Config
	services services
	streams  streams
}

// New makes a proxy.
func New(config Config) *Proxy {
	return &Proxy{Config: config, streams: streams{limit: cmp.Or(config.MaxStreams, maxStreams)}}
}

// Serve lets another service answer: what was decided here is whether it is asked. Its answers are its own, a 401
// included; latchkey adds to them what is true of the connection, and an id.
func (p *Proxy) Serve(c *call.Call) (call.Response, error) {
	at := c.Route.Resource.Upstream
	if limit := serviceBody(at); c.Request.ContentLength > limit { // refused unread: the client may be waiting for "100 Continue"
		return call.Response{}, &http.MaxBytesError{Limit: limit}
	}
	to, err := p.services.find(at, c.Identity.Catalogue)
	if err != nil {
		return call.Response{}, fmt.Errorf("resource %s: %w", c.Route.Resource.Name, err)
	}
	return call.Response{Pass: func(w http.ResponseWriter) { p.pass(c, to, w) }}, nil
}

// Elsewhere refuses what only the proxy in front can reach.
func Elsewhere() error {
	return &call.Error{Status: http.StatusMisdirectedRequest, Message: errElsewhere.Error()}
}

// ErrorFor is what a client is told of a request that was passed on; nil: it was not that.
func ErrorFor(err error) *call.Error {
	var tooLarge *http.MaxBytesError
	retry := map[string]string{"Retry-After": "1"}
	switch {
	case errors.As(err, &tooLarge):
		return &call.Error{Status: http.StatusRequestEntityTooLarge, Message: fmt.Sprintf("the body is larger than %d bytes", tooLarge.Limit)}
	case errors.Is(err, errServiceSlow):
		return &call.Error{Status: http.StatusGatewayTimeout, Message: errServiceSlow.Error()}
	case errors.Is(err, errService):
		return &call.Error{Status: http.StatusBadGateway, Message: errService.Error()}
	case errors.Is(err, errClientSlow):
		return &call.Error{Status: http.StatusRequestTimeout, Message: errClientSlow.Error()}
	case errors.Is(err, errChanged):
		return &call.Error{Status: http.StatusServiceUnavailable, Message: errChanged.Error(), Header: retry}
	case errors.Is(err, errCrowded):
		return &call.Error{Status: http.StatusServiceUnavailable, Message: errCrowded.Error(), Header: retry}
	}
	return nil
}
