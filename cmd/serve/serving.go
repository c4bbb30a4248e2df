package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"sync"
	"time"

	"latchkey/cmd/serve/api"
	"latchkey/cmd/serve/connection"
	"latchkey/cmd/serve/telemetry"
	"latchkey/db/snapshot"
	"latchkey/tokens"
)

// serve starts what runs beside the requests, prints where the server is, and serves.
func (s *server) serve(ctx context.Context, listener *connection.Listener, ready *prepared) (err error) {
	state := &availability{check: ready.stores.users.Check, log: s.Log, limit: checkLimit}
	observer := telemetry.New(telemetry.Config{
		Format: s.AccessLog, AccessLog: s.Messages, Data: ready.stores.documents, RequestLog: s.RequestLog, Clock: s.Clock, Log: s.Log,
	})
	files := new(exposedFiles)
	metrics, err := s.openMetrics(ctx, observer.Page(s.facts(listener, ready, state, files)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, metrics.close()) }()
	s.markClock(ctx, ready.stores)
	watching, stopWatching := context.WithCancel(ctx)
	var watchers sync.WaitGroup
	watchers.Go(func() { state.watch(watching, s.checkPause) })
	watchers.Go(func() { s.keepClockMark(watching, ready.stores) })
	watchers.Go(func() { s.watchFiles(watching, files) })
	defer func() { stopWatching(); watchers.Wait() }()
	defer observer.Start(ctx)()
	collectSeldom()
	handler := observer.Handler(listener.Track(s.newAPI(ready, state, observer)))
	ready.site.metrics = metrics.url()
	s.info(ready.site.describe() + s.startupHint(ctx, ready))
	return s.serveUntil(ctx, newHTTPServer(ctx, handler, ready.certificate, s.Log), listener)
}

func (s *server) newAPI(ready *prepared, state *availability, observer *telemetry.Telemetry) http.Handler {
	return api.New(api.Config{
		Users: ready.stores.users, Panel: ready.stores.panel, Data: ready.stores.documents,
		Clock: s.Clock, Log: s.Log, Random: s.Random,
		URL: ready.site.url, Realm: "latchkey", TrustedProxies: s.trusted, Upstreams: s.upstreams, CORS: s.cors, MaxStreams: s.services, StrictTransport: s.CertFile != "", PublicDocs: s.PublicDocs,
		Available: state.available, Stopping: s.stopping.Load, Ending: s.ending.Load, AwaitTurn: connection.AwaitTurn, GiveTurn: connection.GiveTurn,
		Quotas: s.Quotas, FailureLimit: s.FailureLimit, RateLimit: s.RateLimit, SaveLimit: s.SaveLimit, Observe: observer.Observe,
		Authenticated: func(ctx context.Context, identity snapshot.Identity, presented tokens.Digest) {
			connection.MarkAuthenticated(ctx, identity.UserID)
			ready.first.used(identity, presented)
		},
	})
}

// facts are what the metrics say besides what was counted.
func (s *server) facts(listener *connection.Listener, ready *prepared, state *availability, files *exposedFiles) telemetry.Facts {
	return telemetry.Facts{
		Version: s.Version, Started: s.Clock(), Connections: listener.Count, Available: state.available, Stopping: s.stopping.Load,
		Exposed: files.count.Load,
		Ended: func() time.Time {
			pair, err := ready.certificate(&tls.ClientHelloInfo{})
			if err != nil || pair.Leaf == nil {
				return time.Time{}
			}
			return pair.Leaf.NotAfter
		},
	}
}
