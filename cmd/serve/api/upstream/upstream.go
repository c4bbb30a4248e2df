// Package upstream passes requests on to other services and their responses back, checks these streams until they end, and
// responds to proxies that ask whether a request of theirs is allowed (/authorize).
//
// Numbers such as H10 are requirements: see docs/requirements.md.
package upstream

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"time"

	"latchkey/cmd/serve/api/call"
	"latchkey/perms"
)

// The errors of a request that is passed on. What clients get is in [ErrorFor].
var (
	errService        = errors.New("the service behind this resource cannot be reached, or gave no response that can be passed on")
	errServiceSlow    = errors.New("the service behind this resource did not respond in time")
	errClientSlow     = errors.New("no byte moved for too long")
	errRevoked        = errors.New("the request is no longer allowed")
	errStopping       = errors.New("the server is stopping")
	errTooManyStreams = errors.New("too many requests to other services are in flight: try again")
	errElsewhere      = errors.New("this resource is reached through the proxy in front of it, which asks here whether a request is allowed")
)

// Pipeline is what a stream needs of the pipeline that has decided about its request.
type Pipeline interface {
	// SendError responds with an error.
	SendError(w http.ResponseWriter, c *call.Call, err error)
	// LogFailure logs why a request failed.
	LogFailure(c *call.Call, status int, err error)
	// LogCut logs why a response was cut off.
	LogCut(c *call.Call, cause error)
}

// Config is what a [Proxy] works with. Fields are required unless they say otherwise.
type Config struct {
	Clock           func() time.Time
	TrustedProxies  call.TrustedProxies // may be nil
	Allowed         Allowed             // the services that may be reached
	StrictTransport bool                // send HSTS; if false, not even that of a service is sent
	CORS            perms.CORS          // the sites whose pages may use all resources
	MaxStreams      int                 // streams at the same time; 0: 4096
	Ending          func() bool         // true: the server stops, and streams that have no end are cut; nil: never
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
	return &Proxy{Config: config, services: services{allowed: config.Allowed}, streams: streams{limit: cmp.Or(config.MaxStreams, maxStreams)}}
}

// Serve passes a request on to another service. The response is that of the service, whatever its status; latchkey changes only
// the request id and the fields about the connection.
func (p *Proxy) Serve(c *call.Call) (call.Response, error) {
	if err := checkConnection(c.Request.Header, http.StatusBadRequest); err != nil {
		return call.Response{}, err
	}
	at := c.Route.Resource.Upstream
	if limit := serviceBody(at); c.Request.ContentLength > limit { // not read: the client may be waiting for "100 Continue"
		return call.Response{}, &http.MaxBytesError{Limit: limit}
	}
	to, err := p.services.find(at, c.Identity.Catalogue)
	if err != nil {
		return call.Response{}, fmt.Errorf("resource %s: %w", c.Route.Resource.Name, err)
	}
	return call.Response{Pass: func(w http.ResponseWriter) { p.pass(c, to, w) }}, nil
}

// Elsewhere is the error for a resource that only the proxy in front can reach.
func Elsewhere() error {
	return &call.Error{Status: http.StatusMisdirectedRequest, Message: errElsewhere.Error()}
}

// ErrorFor is what a client gets for an error of this package; nil: it is another error.
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
	case errors.Is(err, errTooManyStreams):
		return &call.Error{Status: http.StatusServiceUnavailable, Message: errTooManyStreams.Error(), Header: retry}
	}
	return nil
}
