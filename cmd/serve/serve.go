package serve

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"latchkey/cmd/internal/servers"
	"latchkey/cmd/serve/api"
	"latchkey/cmd/serve/api/call"
	"latchkey/cmd/serve/api/upstream"
	"latchkey/cmd/serve/certificate"
	"latchkey/cmd/serve/connection"
	"latchkey/cmd/serve/listen"
	"latchkey/cmd/serve/telemetry"
	"latchkey/db"
	"latchkey/db/data"
	"latchkey/db/model"
	"latchkey/perms"
)

// Config says what to serve, where and for whom.
type Config struct {
	Listen                  []string         // "host:port", where port 0 lets the system choose one, or "unix:path"
	DefaultListen           bool             // nobody gave Listen: sockets of the service manager stand in its place
	ListenPID, ListenFDs    string           // of the service manager that hands over sockets (sd_listen_fds(3)); "": there is none
	SocketMode, SocketOwner string           // of Unix sockets; "": see [listen.ParseAccess]
	Names                   []string         // more hosts that the local CA's certificate is for
	Database                string           // path of the user database
	DefaultPath             bool             // Database is the default path: make it if there is none
	Create                  bool             // make the database at whatever path if there is none
	Seed                    []model.Object   // what a new database has besides its user
	CertFile                string           // PEM file with the certificate chain; empty: the local CA
	KeyFile                 string           // PEM file with its key
	Proxies                 []string         // addresses and ranges whose forwarded headers count; see call.ParseTrustedProxies
	Upstreams               []string         // the services that may be reached; see upstream.ParseAllowed
	Messages                io.Writer        // for people: what happens
	Terminal                bool             // Messages is a terminal: the first token may be shown there
	Quiet                   bool             // print warnings, notices and where the first token is, and nothing else
	Clock                   func() time.Time // what time it is
	Random                  io.Reader        // cryptographically secure
	Operator                model.Operator   // who is recorded as the maker of a new database
	Log                     *slog.Logger     // what a machine reads; never holds a secret

	FailureLimit api.Rate // failures of one address that get 401; its further ones get 429 (H6); zero: all
	RateLimit    api.Rate // requests that a user may make; zero: any number
	SaveLimit    api.Rate // saves that a user may make over HTTPS; zero: any number

	AllowOrigins     []string // the sites whose pages may use all resources but latchkey's own (CORS); see perms.CheckOrigin
	AllowCredentials bool     // with the credentials that browsers keep

	PublicDocs bool // the pages under /docs are for everybody, not for users alone

	AccessLog     telemetry.Format  // of the lines for each request that Messages gets
	RequestLog    int64             // how many requests of users GET /requestlogs knows; 0: none
	MinFree       func(int64) int64 // how much of a volume of so many bytes documents and logs leave free; nil: data.DefaultMinFree
	Quotas        api.Quotas        // of documents
	MetricsListen string            // host:port of the metrics, by plain HTTP; "": there are none
	Version       string            // of this release, for the metrics
	Drain         time.Duration     // how long to serve on, no longer ready, when the context ends
	Credentials   string            // directory of files that the service manager guards ($CREDENTIALS_DIRECTORY), or ""
	NoFastPath    bool              // net/http answers everything: see package fastpath
	NotifySocket  string            // of the service manager (sd_notify(3)); "": there is none
}

// server is a Config at work, with its limits.
type server struct {
	Config
	trusted     call.TrustedProxies
	upstreams   upstream.Allowed
	cors        perms.CORS
	addresses   []listen.Address
	access      listen.Access
	connections int              // from clients, at most
	timer       func() time.Time // what connections are timed by; the clock, where a test has no other
	services    int              // to other services, at most; 0: as package api has it
	checkPause  time.Duration
	markPause   time.Duration
	stopTimeout time.Duration
	stopping    atomic.Bool
	ending      atomic.Bool // draining is over
}

// Run serves until the context ends, goes on for Drain without being ready, lets running requests finish for up to ten seconds, closes the databases and
// returns nil.
//
// Errors: [ErrUsage], [ErrListen], [ErrPortInUse], [ErrDelivery], [private.ErrUnsafe], [certificate.ErrUnusable] and those of package db, among them db.ErrMissing
// where there is no database and none is to be made. A start that fails before the port is open makes no file.
func Run(ctx context.Context, config Config) error {
	s := &server{Config: config, checkPause: checkPause, markPause: markPause, stopTimeout: stopTimeout}
	s.connections, s.services = connection.Limits()
	s.timer = s.Clock
	return s.run(ctx)
}

func (s *server) run(ctx context.Context) (err error) {
	if s.Database, err = filepath.Abs(s.Database); err != nil {
		return err
	}
	if err := s.checkUse(ctx); err != nil {
		return err
	}
	listener, err := s.listenAll(ctx)
	if err != nil {
		return err
	}
	return s.runOn(ctx, listener)
}

// runOn runs on what is open until the context ends.
func (s *server) runOn(ctx context.Context, listener *opened) error {
	defer listener.Close() //nolint:errcheck // the server has closed it already unless it never got to serve
	ready, err := s.prepare(ctx, listener)
	if err != nil {
		return err
	}
	err = s.serve(ctx, connection.Limit(listener, s.connections, s.timer), ready)
	return errors.Join(err, ready.announced.Close(), ready.stores.close())
}

// prepared is what a start has found or made before it serves.
type prepared struct {
	stores      *stores
	certificate getCertificate
	site        site
	first       *firstTokenFile
	announced   *servers.File // nil: there is none
}

// prepare opens the databases and the certificate and makes what is missing. Servers that start in one directory at
// the same moment take turns.
func (s *server) prepare(ctx context.Context, on *opened) (ready *prepared, err error) {
	files, err := s.openCertificateFiles()
	if err := inOneLine(err, s.secureFiles()); err != nil {
		return nil, err
	}
	if err := s.mayStart(); err != nil {
		return nil, err
	}
	unlock, err := lockDirectory(ctx, filepath.Dir(s.Database))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	missing, err := isMissing(s.Database)
	if err != nil {
		return nil, err
	}
	ready = new(prepared)
	if !missing { // a file that is no database of ours is refused before anything is made beside it
		if ready.stores, err = s.openStores(ctx); err != nil {
			return nil, err
		}
	}
	err = s.identify(ready, files, on)
	if err == nil && missing {
		ready.stores, err = s.firstStart(ctx, &ready.site)
	}
	if err == nil {
		ready.first, err = s.openFirstTokenFile(ctx, ready.stores.users)
	}
	if err != nil {
		return nil, errors.Join(err, ready.stores.close())
	}
	ready.announced = s.announce(ready.site.address())
	return ready, nil
}

// announce tells 'latchkey status' of this server. That it cannot is no reason not to serve.
func (s *server) announce(url string) *servers.File {
	file, err := servers.Announce(s.Database, servers.Server{URL: url, PID: os.Getpid(), Version: s.Version, StartedAt: s.Clock().UTC().Truncate(time.Second)})
	if err != nil {
		s.Log.Warn("'latchkey status' will not show this server", "error", err)
		return nil
	}
	return file
}

// identify finds the certificate and the addresses that clients use.
func (s *server) identify(ready *prepared, files *certificate.Files, on *opened) error {
	ready.site = site{database: s.Database, documents: data.PathBeside(s.Database)}
	var leaf *x509.Certificate
	if files != nil {
		ready.certificate, leaf = files.Get, files.Leaf()
	} else {
		local, err := s.openLocalCertificate(on.hosts())
		if err != nil {
			return err
		}
		ready.certificate, ready.site.authority = local.Get, beside(s.Database, certificate.AuthorityFile)
	}
	ready.site.findPlaces(on.places, leaf)
	return nil
}

// mayStart refuses a path without a database, unless one may be made there; then its directory is made.
func (s *server) mayStart() error {
	missing, err := isMissing(s.Database)
	switch {
	case err != nil || !missing:
		return err
	case !s.DefaultPath && !s.Create:
		return fmt.Errorf("%w at %s", db.ErrMissing, s.Database)
	}
	if err := data.RefuseOrphan(s.Database); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(s.Database), 0o700); err != nil {
		return fmt.Errorf("making the directory of the database: %w: make it yourself, or name another place with --db", err)
	}
	authority := beside(s.Database, certificate.AuthorityFile)
	if missing, err := isMissing(authority); err == nil && !missing && s.CertFile == "" {
		s.print(fmt.Sprintf("NOTICE: there is no database yet, but a local CA, %s: it is used again\n", authority))
	}
	return nil
}
