package serve

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"latchkey/cmd/internal/private"
	"latchkey/cmd/serve/certificate"
	"latchkey/cmd/serve/connection"
	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/tokens"
)

// stream is a text that grows while others read it.
type stream struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
	grown  chan struct{} // closed and replaced at each write
}

func newStream() *stream { return &stream{grown: make(chan struct{})} }

func (s *stream) Write(text []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	close(s.grown)
	s.grown = make(chan struct{})
	return s.buffer.Write(text)
}

func (s *stream) String() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.buffer.String()
}

func (s *stream) next() (string, <-chan struct{}) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.buffer.String(), s.grown
}

// running is a server of a test.
type running struct {
	*server
	messages, logged *stream
	url              string
	cancel           context.CancelFunc
	ended            chan struct{}
	err              error // once ended
}

// newServer describes a server in a directory of its own; a test changes what it is about.
func newServer(t testing.TB) *server {
	t.Helper()
	return &server{
		Config: Config{
			Listen: []string{"127.0.0.1:0"}, Database: filepath.Join(t.TempDir(), "latchkey.db"), Create: true,
			Clock: time.Now, Random: rand.Reader, NoFastPath: os.Getenv("LATCHKEY_SERVE_NO_FAST_PATH") != "",
			Operator: model.Operator{Name: "os:test", KnownBy: "os user", Source: "first start"},
		},
		connections: connection.MaxConnections, timer: time.Now, checkPause: checkPause, markPause: markPause, stopTimeout: stopTimeout,
	}
}

// start runs the server until the end of the test, and returns once it answers.
func start(t testing.TB, s *server) *running {
	t.Helper()
	r := launch(t, s)
	r.await(t, "listening on ")
	r.url = r.printedURL()
	return r
}

// printedURL is the address that the messages names.
func (r *running) printedURL() string {
	return regexp.MustCompile(`listening on .*?(https://\S+)`).FindStringSubmatch(r.messages.String())[1]
}

// launch runs the server without waiting for it.
func launch(t testing.TB, s *server) *running {
	t.Helper()
	return launchBy(t, s, s.run)
}

func launchBy(t testing.TB, s *server, run func(context.Context) error) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	r := &running{server: s, messages: newStream(), logged: newStream(), cancel: cancel, ended: make(chan struct{})}
	if s.Messages == nil {
		s.Messages = r.messages
	}
	s.Log = slog.New(slog.NewTextHandler(r.logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	go func() {
		r.err = run(ctx)
		close(r.ended)
	}()
	t.Cleanup(func() { r.stop(t) })
	return r
}

// await waits until the messages has a text.
func (r *running) await(t testing.TB, text string) {
	t.Helper()
	for {
		messages, grown := r.messages.next()
		if strings.Contains(messages, text) {
			return
		}
		select {
		case <-grown:
		case <-r.ended:
			t.Fatalf("the server ended (%v) before it said %q:\n%s", r.err, text, r.messages)
		case <-time.After(time.Minute):
			t.Fatalf("the server did not say %q:\n%s", text, r.messages)
		}
	}
}

// awaitLog waits until the log has a text.
func (r *running) awaitLog(t testing.TB, text string) {
	t.Helper()
	for {
		logged, grown := r.logged.next()
		if strings.Contains(logged, text) {
			return
		}
		select {
		case <-grown:
		case <-time.After(time.Minute):
			t.Fatalf("the log does not say %q:\n%s", text, logged)
		}
	}
}

func (r *running) stop(t testing.TB) {
	t.Helper()
	r.cancel()
	select {
	case <-r.ended:
	case <-time.After(time.Minute):
		t.Fatalf("the server does not stop:\n%s\n%s", r.messages, r.logged)
	}
}

// refusal runs a server that must not start, and returns why.
func refusal(t *testing.T, s *server) (*running, error) {
	t.Helper()
	r := launch(t, s)
	select {
	case <-r.ended:
	case <-time.After(time.Minute):
		t.Fatalf("got a running server, want a refusal:\n%s", r.messages)
	}
	return r, r.err
}

func (r *running) directory() string { return filepath.Dir(r.Database) }

func (r *running) address() string { return strings.TrimPrefix(r.url, "https://") }

// trust is a client's TLS configuration that trusts the local CA alone.
func (r *running) trust(t testing.TB) *tls.Config {
	t.Helper()
	text, err := os.ReadFile(beside(r.Database, certificate.AuthorityFile))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		t.Fatal("the CA file holds no certificate")
	}
	return &tls.Config{RootCAs: roots}
}

// client is an HTTP client with connections of its own.
func (r *running) client(t testing.TB) *http.Client {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: r.trust(t), ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: time.Minute}
}

// dialTLS opens a connection that speaks HTTP/1.1 by hand.
func (r *running) dialTLS(t testing.TB) *tls.Conn {
	t.Helper()
	config := r.trust(t)
	config.ServerName = "127.0.0.1"
	return secure(t, r.address(), config)
}

// secure opens a TLS connection that lasts for the test.
func secure(t testing.TB, address string, config *tls.Config) *tls.Conn {
	t.Helper()
	var dialer net.Dialer
	conn, err := dialer.DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	secured := tls.Client(conn, config)
	if err := errors.Join(conn.SetDeadline(time.Now().Add(time.Minute)), secured.HandshakeContext(t.Context())); err != nil {
		t.Fatal(err)
	}
	return secured
}

// firstToken reads the token of a first start out of its file.
func (r *running) firstToken(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(tokenFile(r.Database))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(string(text), "\n")
}

func request(t testing.TB, method, url, username, token string) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if username != "" {
		request.SetBasicAuth(username, token)
	}
	return request
}

// answerOf is a response read whole.
type answerOf struct {
	status int
	header http.Header
	body   string
	proto  string
}

func do(t testing.TB, client *http.Client, request *http.Request) answerOf {
	t.Helper()
	response, err := client.Do(request)
	if err != nil {
		t.Fatalf("%s %s: %v", request.Method, request.URL, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", request.Method, request.URL, err)
	}
	return answerOf{status: response.StatusCode, header: response.Header, body: string(body), proto: response.Proto}
}

// getTime asks for the time as a user.
func (r *running) getTime(t testing.TB, client *http.Client, username, token string) answerOf {
	t.Helper()
	return do(t, client, request(t, http.MethodGet, r.url+perms.BasePath+"/time", username, token))
}

func TestRunWithTheDefaults(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	messages := newStream()
	ended := make(chan error, 1)
	config := newServer(t).Config
	config.Messages, config.Log = messages, slog.New(slog.DiscardHandler)
	go func() { ended <- Run(ctx, config) }()
	for !strings.Contains(messages.String(), "listening on ") {
		_, grown := messages.next()
		select {
		case <-grown:
		case err := <-ended:
			t.Fatalf("got %v, want a running server:\n%s", err, messages)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("after the end of the context: got %v, want nil", err)
	}
}

func TestMessagesOfALaterStart(t *testing.T) {
	t.Parallel()
	first := start(t, newServer(t))
	token := first.firstToken(t)
	first.getTime(t, first.client(t), "admin", token)
	first.stop(t)

	s := newServer(t)
	s.Database, s.Create = first.Database, false
	r := start(t, s)
	want := "listening on " + r.url + "\n" +
		"  database:   " + s.Database + "\n" +
		"  documents:  " + strings.TrimSuffix(s.Database, ".db") + "-data.db\n" +
		"  local CA:   " + beside(s.Database, "ca.pem") + "\n" +
		"try it:\n" +
		"  curl --cacert '" + beside(s.Database, "ca.pem") + "' -u NAME " + r.url + "/api/v2/time\n"
	if got := r.messages.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := r.getTime(t, r.client(t), "admin", token); got.status != http.StatusOK {
		t.Errorf("the token after a restart: got %d, want 200", got.status)
	}
}

func TestPortInUseMakesNothing(t *testing.T) {
	t.Parallel()
	var config net.ListenConfig
	taken, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, path := range []string{"latchkey.db", "new/folder/latchkey.db"} {
		s := newServer(t)
		directory := filepath.Dir(s.Database)
		s.Listen, s.Database, s.DefaultPath = []string{taken.Addr().String()}, filepath.Join(directory, path), true
		_, err := refusal(t, s)
		if !errors.Is(err, ErrListen) || !errors.Is(err, ErrPortInUse) || !strings.Contains(err.Error(), "--listen") {
			t.Errorf("got %v, want a refusal that says what to do", err)
		}
		if files := listing(t, directory); files != "" {
			t.Errorf("got files, want none:\n%s", files)
		}
	}
}

func TestStartIsRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(t *testing.T, s *server)
		want   error
		says   string
	}{
		{"no database", func(_ *testing.T, s *server) { s.Create = false }, db.ErrMissing, "latchkey.db"},
		{"no listen address", func(_ *testing.T, s *server) { s.Listen = []string{""} }, ErrUsage, "HOST:PORT"},
		{"no port", func(_ *testing.T, s *server) { s.Listen = []string{"127.0.0.1"} }, ErrUsage, "HOST:PORT"},
		{"empty port", func(_ *testing.T, s *server) { s.Listen = []string{"127.0.0.1:"} }, ErrUsage, "port is missing"},
		{"port out of range", func(_ *testing.T, s *server) { s.Listen = []string{"127.0.0.1:99999"} }, ErrUsage, "99999"},
		{"negative port", func(_ *testing.T, s *server) { s.Listen = []string{"127.0.0.1:-1"} }, ErrUsage, "-1"},
		{"URL", func(_ *testing.T, s *server) { s.Listen = []string{"https://127.0.0.1:8443"} }, ErrUsage, "HOST:PORT"},
		{"address of another machine", func(_ *testing.T, s *server) { s.Listen = []string{"192.0.2.1:0"} }, ErrListen, "does not have that address"},
		{"a proxy by name", func(_ *testing.T, s *server) { s.Proxies = []string{"localhost"} }, ErrUsage, `--trusted-proxy "localhost"`},
		{"certificate without key", func(_ *testing.T, s *server) { s.CertFile = "cert.pem" }, ErrUsage, "belong together"},
		{"key without certificate", func(_ *testing.T, s *server) { s.KeyFile = "key.pem" }, ErrUsage, "belong together"},
		{"open key", func(t *testing.T, s *server) {
			pair := newPair(t, t.TempDir())
			mustChmod(t, pair.keyFile, 0o644)
			s.CertFile, s.KeyFile = pair.certFile, pair.keyFile
		}, private.ErrUnsafe, "chmod 600"},
		{"database is a link", func(t *testing.T, s *server) {
			if err := os.Symlink(filepath.Join(t.TempDir(), "nowhere"), s.Database); err != nil {
				t.Fatal(err)
			}
		}, db.ErrUnsafe, "symbolic link"},
		{"directory that cannot be made", func(t *testing.T, s *server) {
			link := filepath.Join(t.TempDir(), "link")
			if err := os.Symlink(filepath.Join(t.TempDir(), "nowhere", "at all"), link); err != nil {
				t.Fatal(err)
			}
			s.Database = filepath.Join(link, "latchkey.db")
		}, os.ErrExist, "making the directory of the database: "},
		{"directory below a file", func(t *testing.T, s *server) {
			if err := os.WriteFile(s.Database, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			s.Database = filepath.Join(s.Database, "folder", "latchkey.db")
		}, syscall.ENOTDIR, "looking for the database: "},
		{"another file", func(t *testing.T, s *server) {
			if err := os.WriteFile(s.Database, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
				t.Fatal(err)
			}
		}, db.ErrForeign, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			test.change(t, s)
			_, err := refusal(t, s)
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got %v, want %v saying %q", err, test.want, test.says)
			}
			if errors.Is(err, ErrPortInUse) {
				t.Errorf("got %v, want no talk of a port in use", err)
			}
			if _, err := os.Lstat(tokenFile(s.Database)); err == nil {
				t.Error("got a token's file, want none")
			}
		})
	}
}

// addUser saves a user with a token of its own and the given rules.
func addUser(t testing.TB, path, name string, patterns ...perms.Pattern) string {
	t.Helper()
	token, err := tokens.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	saveEdit(t, path, name, func(target *model.Target) (err error) {
		user := model.Object{Kind: model.KindUser, Name: name}
		for _, pattern := range patterns {
			user.Rules = user.Rules.With(perms.Rule{Effect: perms.Allow, Pattern: pattern})
		}
		user.Access, err = tokens.Enable(tokens.Access{}, token.Digest(), time.Now())
		target.Next = &user
		return err
	})
	return token.Reveal()
}

// saveEdit changes one user and saves that.
func saveEdit(t testing.TB, path, name string, change model.Change) {
	t.Helper()
	database, err := db.Open(t.Context(), path, db.Options{Clock: time.Now, Writable: true})
	if err != nil {
		t.Fatal(err)
	}
	defer database.Close()
	edit := db.Edit{
		Kind:  model.KindUser,
		Draft: drafts.Draft{Operator: model.Operator{Name: "os:test"}}, Names: []string{name},
		Change: change,
	}
	if _, err := database.Confirmed(db.Lockout).SaveEdit(t.Context(), edit, "test"); err != nil {
		t.Fatal(err)
	}
}
