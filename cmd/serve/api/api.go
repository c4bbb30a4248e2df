// Package api answers the requests of latchkey's HTTP API: it authenticates, finds the route, authorizes and acts, in
// this order, and gives every error the one shape that clients of this API family expect.
//
// It decides by what the databases say at the moment of the request and keeps nothing between two requests. What a
// token, a rule or a path means is decided in packages tokens and perms. It does not listen, speak TLS, limit time or
// connections, nor write an access log: that is the work of the server that carries the handler.
package api

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"latchkey/cmd/serve/api/call"
	"latchkey/cmd/serve/api/documents"
	"latchkey/cmd/serve/api/panel"
	"latchkey/cmd/serve/api/upstream"
	"latchkey/db"
	"latchkey/db/data"
	"latchkey/db/snapshot"
	"latchkey/perms"
	"latchkey/tokens"
)

// Config is what a handler answers from. All fields are needed but those that say otherwise; nothing in it may change
// after [New], and all of it must be safe for concurrent use.
type Config struct {
	Users *db.DB
	Panel *db.DB // the same database, writable, for the control panel alone; nil: nobody can edit here
	Data  *data.Data
	// PanelPatience is how long an edit waits for its turn to write, before it gets 503; zero: 10 seconds.
	PanelPatience time.Duration

	Clock func() time.Time
	Log   *slog.Logger // what a client is not told: full errors, by request id. Never a credential

	URL             string              // of this server for clients on this machine, such as https://localhost:8443: the store's, until it is set
	TrustedProxies  call.TrustedProxies // who may say for whom it forwards; nil: nobody
	MaxStreams      int                 // requests that may be at other services at one time; 0: 4096
	MaxPending      int                 // bytes of large responses that may wait for their clients; 0: 256 MiB
	Realm           string              // named in the challenge of a 401; "": latchkey
	PublicDocs      bool                // the pages under /docs are for everybody, not for users alone
	StrictTransport bool                // send HSTS; not with a certificate of a local CA, as it would hold for every port of the host
	Random          io.Reader           // of request ids; nil: crypto/rand
	Available       func() bool         // false: the user database must not be answered from, and all but /healthz gets 503; nil: always true
	Stopping        func() bool         // true: /readyz is 503, since the server is about to end; nil: never
	// AwaitTurn is called, with the context of the request, before a database is asked for the sake of somebody who is
	// not known yet, and may wait; may be nil.
	AwaitTurn func(context.Context)
	// Authenticated is called in each request whose credentials are right, before anything else is decided, with the
	// context of the request; may be nil.
	Authenticated func(context.Context, snapshot.Identity, tokens.Digest)
	FailureLimit  Rate // failures of a network beyond which its further ones get 429 in place of 401 (H6); zero: none
	RateLimit     Rate // requests of a user; zero: any number
	// Observe is told of every request after its answer was handed on. It must not keep the Exchange, nor its Request; it
	// is called in the request's goroutine, so that it must be quick; may be nil.
	Observe func(*Exchange)
}

type server struct {
	Config
	unauthenticated [call.Formats]call.Response // the one 401, in each format: made once, so that no cause can change it (T3)

	// Failures of nobody we know cannot fill a disk, nor hide those of users (R4).
	strangersFailures, usersFailures LineLimit

	throttle  *throttle  // nil: failures are not limited
	rateLimit *rateLimit // nil: requests are not limited

	cuts      LineLimit // of answers cut off
	pending   pendingBytes
	pages     pageCache
	documents *documents.Documents
	upstream  *upstream.Proxy
	panel     *panel.Panel
}

// New makes the handler of the API. It is safe for concurrent use and outlives panics.
func New(config Config) http.Handler {
	if config.Realm == "" {
		config.Realm = "latchkey"
	}
	if config.PanelPatience == 0 {
		config.PanelPatience = panel.Patience
	}
	if config.Random == nil {
		config.Random = rand.Reader
	}
	s := &server{Config: config, unauthenticated: unauthenticated(config.Realm),
		strangersFailures: LineLimit{PerSecond: 1}, usersFailures: LineLimit{PerSecond: 10}, cuts: LineLimit{PerSecond: 10},
		pending: pendingBytes{limit: cmp.Or(config.MaxPending, maxPending)}}
	s.documents = &documents.Documents{Data: config.Data, URL: config.URL, Reserve: s.reserve, Queries: documents.QueryLimiter{PerUser: max(1, data.Readers()/2)}}
	s.upstream = upstream.New(upstream.Config{Users: config.Users, Clock: config.Clock, TrustedProxies: config.TrustedProxies,
		StrictTransport: config.StrictTransport, Available: config.Available, MaxStreams: config.MaxStreams, Pipeline: s})
	s.panel = &panel.Panel{Users: config.Users, Writer: config.Panel, Data: config.Data, Patience: config.PanelPatience, Clock: config.Clock, Log: config.Log, Random: config.Random}
	if config.FailureLimit.limits() {
		s.throttle = newThrottle(config.FailureLimit)
	}
	if config.RateLimit.limits() {
		s.rateLimit = newRateLimit(config.RateLimit)
	}
	return s
}

// ServeHTTP answers one request. Nothing is written before everything is decided and, but for what another service
// answers, done: a fault on the way is an error with its own status, never the rest of a 200.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call.Call{Request: r, ID: s.requestID(), Writer: call.CountingWriter{ResponseWriter: w}}
	w = &c.Writer
	defer s.release(c)
	if s.Observe != nil {
		defer s.observe(c, s.Clock())
	}
	response, err := s.guard(c)
	if err != nil {
		s.release(c) // of what it was to answer
		response = s.errorResponse(c, err)
		if c.Identity.UserID != 0 { // of strangers nothing is read
			call.DrainBody(r)
		}
	}
	if response.Pass != nil {
		response.Pass(w)
		return
	}
	call.SetCommonHeaders(w.Header(), c.ID, s.StrictTransport)
	response.Write(w)
}

// guard turns a panic into an error (H10).
func (s *server) guard(c *call.Call) (response call.Response, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = &call.PanicError{Cause: cause, Stack: debug.Stack()}
		}
	}()
	return s.decide(c)
}

// decide takes the decisions in their order (H2, H3). Only the two probes answer without credentials, and the pages about
// the resources where they are public; an unknown path or method does not.
func (s *server) decide(c *call.Call) (call.Response, error) {
	if err := call.CheckHTTP2(c.Request); err != nil {
		return call.Response{}, err
	}
	if probe := s.probe(c.Request); probe != nil {
		return probe(c)
	}
	if s.PublicDocs && isDocs(c.Request.URL.Path) {
		return s.publicDocs(c)
	}
	if err := s.authenticate(c); err != nil {
		return call.Response{}, err
	}
	if err := s.limitRate(c); err != nil {
		return call.Response{}, err
	}
	if c.Request.URL.Path == upstream.AuthorizePath {
		return s.upstream.AuthorizeOriginal(c)
	}
	if err := call.CheckSameSite(c.Request.Method, c.Request.Host, c.Request.Header); err != nil {
		return call.Response{}, err
	}
	if isDocs(c.Request.URL.Path) {
		return s.docs(c, c.Identity.Catalogue)
	}
	var err error
	if !call.IsHost(c.Request.Host) {
		return call.Response{}, &call.Error{Status: http.StatusBadRequest, Message: "the Host field of the request is no host"}
	}
	if c.Route, err = call.FindRoute(c.Identity.Catalogue, c.Request.Method, c.Request.Host, c.Request.URL); err != nil {
		return call.Response{}, err
	}
	if err := s.authorize(c); err != nil {
		return call.Response{}, err
	}
	return s.act(c)
}

// act does what was asked for.
func (s *server) act(c *call.Call) (call.Response, error) {
	if c.Route.Request.Method == http.MethodOptions {
		return s.options(c), nil
	}
	switch c.Route.Resource.Backend {
	case perms.Proxied:
		return s.upstream.Serve(c)
	case perms.External:
		return call.Response{}, upstream.Elsewhere()
	}
	var err error
	if c.Format, err = call.NegotiateFormat(c.Request); err != nil {
		return call.Response{}, err
	}
	// Here, before any handler: none can forget to refuse what it does not know.
	names, filters := parameters(c.Route)
	if c.Query, err = call.ReadQuery(c.Request.URL.RawQuery, names, filters); err != nil {
		return call.Response{}, err
	}
	c.Request, c.StartedAt = call.WithoutXMLTags(c.Request, c.Format), s.Clock()
	response, err := s.ask(c)
	if err == nil {
		err = s.countResponse(c, len(response.Body), c.Format)
	}
	if err != nil || c.Format == call.FormatJSON {
		return response, err
	}
	return response.InXML(call.XMLName(c.Route))
}

// ask lets the resource's backend answer.
func (s *server) ask(c *call.Call) (call.Response, error) {
	switch c.Route.Resource.Backend {
	case perms.Documents:
		return s.documents.Serve(c)
	case perms.System:
		if c.Route.Resource.Name == "store" {
			if c.Route.Request.Method == http.MethodPut {
				return s.documents.ChangeStore(c)
			}
			return s.documents.ShowStore(c)
		}
		return s.panel.Serve(c)
	}
	return call.Response{}, fmt.Errorf("resource %s has the unknown backend %q", c.Route.Resource.Name, c.Route.Resource.Backend)
}

// requestID is 128 random bits. It guards nothing, so a broken source of randomness is no reason to refuse a request.
func (s *server) requestID() string {
	var id [16]byte
	if _, err := io.ReadFull(s.Random, id[:]); err != nil {
		return "unknown"
	}
	return hex.EncodeToString(id[:])
}
