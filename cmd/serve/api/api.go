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
	"net/url"
	"runtime/debug"
	"time"

	"latchkey/db"
	"latchkey/db/data"
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

	TrustedProxies  TrustedProxies // who may say for whom it forwards; nil: nobody
	MaxStreams      int            // requests that may be at other services at one time; 0: 4096
	MaxHeld         int            // bytes of large answers that may wait for their clients; 0: 256 MiB
	Realm           string         // named in the challenge of a 401; "": latchkey
	PublicDocs      bool           // the pages under /docs are for everybody, not for users alone
	StrictTransport bool           // send HSTS; not with a certificate of a local CA, as it would hold for every port of the host
	Random          io.Reader      // of request ids; nil: crypto/rand
	Available       func() bool    // false: the user database must not be answered from, and all but /healthz gets 503; nil: always true
	Stopping        func() bool    // true: /readyz is 503, since the server is about to end; nil: never
	// AwaitTurn is called, with the context of the request, before a database is asked for the sake of somebody who is
	// not known yet, and may wait; may be nil.
	AwaitTurn func(context.Context)
	// Authenticated is called in each request whose credentials are right, before anything else is decided, with the
	// context of the request; may be nil.
	Authenticated func(context.Context, db.Identity, tokens.Digest)
	FailureLimit  Rate // failures of a network beyond which its further ones get 429 in place of 401 (H6); zero: none
	RateLimit     Rate // requests of a user; zero: any number
	// Observe is told of every request after its answer was handed on. It must not keep the Exchange, nor its Request; it
	// is called in the request's goroutine, so that it must be quick; may be nil.
	Observe func(*Exchange)
}

type server struct {
	Config
	unauthenticated [formats]answer // the one 401, in each format: made once, so that no cause can change it (T3)

	// Failures of nobody we know cannot fill a disk, nor hide those of users (R4).
	strangersFailures, usersFailures LineLimit

	throttle  *throttle  // nil: failures are not limited
	rateLimit *rateLimit // nil: requests are not limited

	services services
	streams  streams
	cuts     LineLimit // of answers cut off
	held     held
	turns    turns // of queries of documents
}

// New makes the handler of the API. It is safe for concurrent use and outlives panics.
func New(config Config) http.Handler {
	if config.Realm == "" {
		config.Realm = "latchkey"
	}
	if config.PanelPatience == 0 {
		config.PanelPatience = panelPatience
	}
	if config.Random == nil {
		config.Random = rand.Reader
	}
	s := &server{Config: config, unauthenticated: unauthenticated(config.Realm),
		strangersFailures: LineLimit{PerSecond: 1}, usersFailures: LineLimit{PerSecond: 10}, cuts: LineLimit{PerSecond: 10}, streams: streams{limit: cmp.Or(config.MaxStreams, maxStreams)},
		held: held{limit: cmp.Or(config.MaxHeld, maxHeld)}, turns: turns{ofOneUser: max(1, data.Readers()/2)}}
	if config.FailureLimit.limits() {
		s.throttle = newThrottle(config.FailureLimit)
	}
	if config.RateLimit.limits() {
		s.rateLimit = newRateLimit(config.RateLimit)
	}
	return s
}

// call is one request on its way through the decisions, and what they have found.
type call struct {
	request  *http.Request
	id       string      // random, for the client and the log
	identity db.Identity // once authenticated
	route    perms.Route // once routed
	query    url.Values  // of known parameters, once authorized
	known    bool        // its failure is no news for the log
	wanted   format      // of the answer, once authorized
	holds    int         // bytes that count, see [held]
	began    time.Time   // once authorized: before anything was read
	sent     counted

	presented tokens.Digest // of the token, once authenticated
}

// ServeHTTP answers one request. Nothing is written before everything is decided and, but for what another service
// answers, done: a fault on the way is an error with its own status, never the rest of a 200.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{request: r, id: s.requestID(), sent: counted{ResponseWriter: w}}
	w = &c.sent
	defer s.release(c)
	if s.Observe != nil {
		defer s.observe(c, s.Clock())
	}
	reply, err := s.guard(c)
	if err != nil {
		s.release(c) // of what it was to answer
		reply = s.refuse(c, err)
		if c.identity.UserID != 0 { // of strangers nothing is read
			takeRest(r)
		}
	}
	if reply.pass != nil {
		reply.pass(w)
		return
	}
	s.setHeaders(w.Header(), c.id)
	reply.write(w)
}

// guard turns a panic into an error (H10).
func (s *server) guard(c *call) (reply answer, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = &panicError{cause: cause, stack: debug.Stack()}
		}
	}()
	return s.decide(c)
}

// decide takes the decisions in their order (H2, H3). Only the two probes answer without credentials, and the pages about
// the resources where they are public; an unknown path or method does not.
func (s *server) decide(c *call) (answer, error) {
	if probe := s.probe(c.request); probe != nil {
		return probe(c)
	}
	if s.PublicDocs && isDocs(c.request.URL.Path) {
		return s.publicDocs(c)
	}
	if err := s.authenticate(c); err != nil {
		return answer{}, err
	}
	if err := s.limitRate(c); err != nil {
		return answer{}, err
	}
	if c.request.URL.Path == authorizePath {
		return s.authorizeOriginal(c)
	}
	if err := refuseCrossSite(c.request.Method, c.request.Host, c.request.Header); err != nil {
		return answer{}, err
	}
	if isDocs(c.request.URL.Path) {
		return s.docs(c, c.identity.Catalogue)
	}
	var err error
	if !isHost(c.request.Host) {
		return answer{}, &refusal{status: http.StatusBadRequest, message: "the Host field of the request is no host"}
	}
	if c.route, err = routeOf(c.identity.Catalogue, c.request.Method, c.request.Host, c.request.URL); err != nil {
		return answer{}, err
	}
	if err := s.authorize(c); err != nil {
		return answer{}, err
	}
	return s.act(c)
}

// routeOf finds what a request asks for, made here or told of.
func routeOf(catalogue *perms.Catalogue, method, host string, at *url.URL) (perms.Route, error) {
	if perms.HidesSlash(at) {
		return perms.Route{}, perms.ErrNoRoute
	}
	return catalogue.Route(method, host, at.Path)
}

// act does what was asked for.
func (s *server) act(c *call) (answer, error) {
	if c.route.Request.Method == http.MethodOptions {
		return s.options(c), nil
	}
	switch c.route.Resource.Backend {
	case perms.Proxied:
		return s.upstream(c)
	case perms.External:
		return answer{}, elsewhere()
	}
	var err error
	if c.wanted, err = wantedFormat(c.request); err != nil {
		return answer{}, err
	}
	// Here, before any handler: none can forget to refuse what it does not know.
	names, filters := parameters(c.route)
	if c.query, err = readQuery(c.request.URL.RawQuery, names, filters); err != nil {
		return answer{}, err
	}
	c.request, c.began = withoutXMLTags(c.request, c.wanted), s.Clock()
	reply, err := s.ask(c)
	if err == nil {
		err = s.hold(c, weight(len(reply.body), c.wanted))
	}
	if err != nil || c.wanted == formatJSON {
		return reply, err
	}
	return reply.inXML(answerName(c.route))
}

// ask lets the resource's backend answer.
func (s *server) ask(c *call) (answer, error) {
	switch c.route.Resource.Backend {
	case perms.Documents:
		return s.documents(c)
	case perms.System:
		return s.system(c)
	}
	return answer{}, fmt.Errorf("resource %s has the unknown backend %q", c.route.Resource.Name, c.route.Resource.Backend)
}

// requestID is 128 random bits. It guards nothing, so a broken source of randomness is no reason to refuse a request.
func (s *server) requestID() string {
	var id [16]byte
	if _, err := io.ReadFull(s.Random, id[:]); err != nil {
		return "unknown"
	}
	return hex.EncodeToString(id[:])
}
