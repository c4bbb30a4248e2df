// Package api is the handler of latchkey's HTTP API. It authenticates a request, finds its route, authorizes it and acts, in
// this order. All errors have the same shape, which clients of this API family expect.
//
// Every decision is made on the state of the databases at the time of the request: nothing is cached from one request to the
// next. The meaning of tokens, rules and paths is in packages tokens and perms. This package does not listen, does not speak
// TLS, limits neither time nor connections and writes no access log: the server around the handler does that.
//
// Codes such as H4 and T3 in comments are requirements: docs/requirements.md lists them.
package api

import (
	"cmp"
	"context"
	"crypto/rand"
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

// Config is what a handler works with. Fields are required unless they say otherwise. They must be safe for concurrent use,
// and must not change after [New].
type Config struct {
	Users *db.DB
	Panel *db.DB // the same database, writable, for the control panel alone; nil: nothing can be edited here
	Data  *data.Data
	// PanelPatience is how long a request of the control panel waits for the user database before it gets a 503; zero: 10 s.
	PanelPatience time.Duration

	Clock func() time.Time
	Log   *slog.Logger // gets full errors, by request id; clients get less. Never a credential

	URL             string              // of this server for clients on this machine, such as https://localhost:8443: the store's, until it is set
	TrustedProxies  call.TrustedProxies // the proxies whose X-Forwarded fields are believed; nil: none
	Upstreams       upstream.Allowed    // the services that may be reached; zero: see [upstream.Allowed]
	CORS            perms.CORS          // the sites whose pages may use all resources, besides what each resource allows
	MaxStreams      int                 // requests passed on to other services at the same time; 0: 4096
	MaxPending      int                 // bytes of large responses that may wait for their clients; 0: 256 MiB
	MaxBodies       int                 // bytes that bodies of requests may take; 0: 48 MiB
	Realm           string              // named in the challenge of a 401; "": latchkey
	PublicDocs      bool                // anybody may read the pages under /docs, not only users
	StrictTransport bool                // send HSTS; not with a certificate of a local CA, since it would apply to every port of the host
	Random          io.Reader           // of request ids; nil: crypto/rand
	Available       func() bool         // false: the user database must not be used, and all but /healthz get 503; nil: always true
	Stopping        func() bool         // true: the server is about to stop, and /readyz gets 503; nil: never
	Ending          func() bool         // true: it stops, and streams that have no end are cut; nil: never
	// AwaitTurn is called before a database is read for a client that is not authenticated yet, with the context of the
	// request. It may wait. GiveTurn is called when that is done, and before anything waits for the client. Both may be nil.
	AwaitTurn, GiveTurn func(context.Context)
	// Authenticated is called for each request with valid credentials, before anything else is decided, with the context of
	// the request. May be nil.
	Authenticated func(context.Context, snapshot.Identity, tokens.Digest)
	FailureLimit  Rate // failed authentications of a network; further ones get 429 instead of 401 (H6); zero: no limit
	RateLimit     Rate // requests of a user; zero: no limit
	SaveLimit     Rate // saves of a user over HTTPS; zero: no limit
	Quotas        Quotas
	// Observe is called for every request, after the response. It must keep neither the Exchange nor its Request, and must be
	// fast, since it runs in the goroutine of the request. May be nil.
	Observe func(*Exchange)
}

// Quotas say how many bytes of documents there may be.
type Quotas = documents.Quotas

type server struct {
	Config
	unauthenticated challenges // the 401s: made once, so that they cannot depend on the cause (T3)

	// Failures of unauthenticated clients neither fill a disk nor hide those of users (R4).
	anonymousFailures, userFailures LineLimit

	throttle  *throttle  // nil: failures are not limited
	rateLimit *rateLimit // nil: requests are not limited
	sites     sites
	strangers *throttle // with rateLimit: of requests without credentials, by the network
	saves     saveLimits

	cuts      LineLimit  // responses that were cut off
	pending   call.Quota // of bytes of responses
	bodies    call.Quota // of bytes of bodies
	inFlight  call.Quota // of requests
	bodied    call.Quota // of those with a body
	pages     pageCache
	documents *documents.Documents
	upstream  *upstream.Proxy
	panel     *panel.Panel
}

// New makes the handler of the API. It is safe for concurrent use, and recovers from panics.
func New(config Config) http.Handler {
	if config.Realm == "" {
		config.Realm = "latchkey"
	}
	config.PanelPatience = cmp.Or(config.PanelPatience, panelPatience)
	if config.Random == nil {
		config.Random = rand.Reader
	}
	s := &server{Config: config, unauthenticated: newChallenges(config.Realm),
		anonymousFailures: LineLimit{PerSecond: 1}, userFailures: LineLimit{PerSecond: 10}, cuts: LineLimit{PerSecond: 10},
		inFlight: call.Quota{All: maxInFlight, PerUser: maxInFlightPerUser}, bodied: call.Quota{All: maxInFlight, PerUser: maxBodiedPerUser}}
	s.pending.All, s.bodies.All = cmp.Or(config.MaxPending, maxPending), cmp.Or(config.MaxBodies, maxBodies)
	s.pending.PerUser, s.bodies.PerUser = s.pending.All/userShare, s.bodies.All/userShare
	s.documents = &documents.Documents{Data: config.Data, URL: config.URL, Reserve: s.reserve, Quotas: config.Quotas, Queries: &documents.QueryLimiter{PerUser: max(1, data.Readers()/2)}}
	s.upstream = upstream.New(upstream.Config{Clock: config.Clock, TrustedProxies: config.TrustedProxies, Allowed: config.Upstreams, CORS: config.CORS,
		StrictTransport: config.StrictTransport, MaxStreams: config.MaxStreams, Ending: config.Ending, Pipeline: s})
	s.panel = &panel.Panel{Use: s.usePanel, Data: config.Data, Clock: config.Clock, Random: config.Random, CountSave: s.countSave}
	s.throttle, s.rateLimit, s.saves = newThrottle(config.FailureLimit), newRateLimit(config.RateLimit), newSaveLimits(config.SaveLimit)
	s.strangers, s.sites = newThrottle(config.RateLimit), sites{config.CORS, s.catalogue}
	return s
}

// ServeHTTP responds to one request. Nothing is written before everything is decided and done, except for responses of other
// services: so a failure has its own status, and never comes after a 200.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call.Call{Request: r, ID: s.requestID(), Writer: call.CountingWriter{ResponseWriter: w}, Bodies: &s.bodies, Decide: s.decideAgain}
	w = &c.Writer
	defer s.release(c)
	defer s.leave(c)
	if s.Observe != nil {
		defer s.observe(c, s.Clock())
	}
	response, err := s.guard(c)
	s.giveTurn(c)
	if c.Left {
		return
	}
	c.ReleaseBody()
	if err != nil {
		s.release(c) // the response that the error replaces
		response = s.errorResponse(c, err)
		if c.InFlight > 0 { // of all others nothing is read
			call.DrainBody(r, w.Header())
		}
	}
	if response.Pass != nil {
		s.leave(c) // streams have a limit of their own
		call.Origin{}.Set(w.Header())
		w.Header().Del("Vary") // both are set in the response of the service
		response.Pass(w)
		return
	}
	call.SetCommonHeaders(w.Header(), c.ID, s.StrictTransport)
	s.forReader(c, response).Write(w)
}

// guard returns a panic as an error (H10).
func (s *server) guard(c *call.Call) (response call.Response, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = &call.PanicError{Cause: cause, Stack: debug.Stack()}
		}
	}()
	return s.decide(c)
}

// decide makes the decisions in their order (H2, H3). Without credentials only the two probes get a response, and the pages
// under /docs if they are public. An unknown path or method gets a 401.
func (s *server) decide(c *call.Call) (call.Response, error) {
	if err := call.CheckHTTP2(c.Request); err != nil {
		return call.Response{}, err
	}
	if probe := s.probe(c.Request); probe != nil {
		return probe(c)
	}
	if response, err := s.sites.preflight(c); err != nil || response.Status != 0 {
		return response, err
	}
	if s.PublicDocs && isDocs(c.Request.URL.Path) {
		return s.publicDocs(c)
	}
	c.Writer.Header()[remainingOfFamily] = manyRemaining
	if err := s.authenticate(c); err != nil {
		return call.Response{}, err
	}
	if err := s.enter(c); err != nil {
		return call.Response{}, err
	}
	if err := s.limitRate(c); err != nil {
		return call.Response{}, err
	}
	call.Origin{}.Set(c.Writer.Header()) // from here on, by the resource
	if c.Request.URL.Path == upstream.AuthorizePath {
		return s.authorizeOriginal(c)
	}
	if isDocs(c.Request.URL.Path) {
		if err := call.CheckSameSite(c.Request.Method, c.Request.Host, c.Request.Header); err != nil {
			return call.Response{}, err
		}
		return s.docs(c, c.Identity.Catalogue)
	}
	if err := s.route(c); err != nil {
		return call.Response{}, err
	}
	if err := call.Authorize(c.Identity, c.Route.Request); err != nil {
		return call.Response{}, err
	}
	return s.act(c)
}
