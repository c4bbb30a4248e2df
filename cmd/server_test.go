package cmd_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"
)

var listening = regexp.MustCompile(`https://[^\s'"/]+`)

// runningServer is a `latchkey serve` of the built binary on a free port. It ends with the test.
type runningServer struct {
	t      testing.TB
	url    string
	client *http.Client
	end    func() // stops it

	mutex sync.Mutex
	told  []byte // standard error so far
}

// Write keeps what the server tells.
func (s *runningServer) Write(text []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.told = append(s.told, text...)
	return len(text), nil
}

func (s *runningServer) messages() []byte {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return append([]byte{}, s.told...)
}

// startServer starts the built binary and returns once it listens, with its address ("" if it ended before) and a
// function that stops it and returns its exit error.
func startServer(directory string, environment []string, messages io.Writer, flags ...string) (url string, stop func() error, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	server := exec.CommandContext(ctx, binary, append([]string{"serve", "--listen", "127.0.0.1:0"}, flags...)...)
	server.Cancel = func() error { return server.Process.Signal(syscall.SIGTERM) }
	server.WaitDelay = 20 * time.Second
	server.Dir, server.Env = directory, environment
	stderr, err := server.StderrPipe()
	if err == nil {
		err = server.Start()
	}
	if err != nil {
		cancel()
		return "", nil, err
	}
	lines := bufio.NewScanner(io.TeeReader(stderr, messages))
	for url == "" && lines.Scan() {
		url = listening.FindString(lines.Text())
	}
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		for lines.Scan() { // the tee keeps the rest
		}
	}()
	return url, func() error {
		cancel()
		<-copied
		return server.Wait()
	}, nil
}

// serve starts a server on the workshop's database.
func (w *workshop) serve(flags ...string) *runningServer {
	w.t.Helper()
	server := &runningServer{t: w.t}
	url, stop, err := startServer(w.directory, w.environment(), server, flags...)
	if err != nil {
		w.t.Fatal(err)
	}
	server.end = sync.OnceFunc(func() { _ = stop() })
	w.t.Cleanup(server.end)
	if url == "" {
		w.t.Fatalf("the server did not start: %s", server.messages())
	}
	server.url = url
	server.client, err = clientTrusting(filepath.Join(w.directory, "ca.pem"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(server.client.CloseIdleConnections)
	return server
}

// get makes an authenticated request and returns its status.
func (s *runningServer) get(user, token, path string) int {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	request.SetBasicAuth(user, token)
	answer, err := s.client.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode
}

var metricsAddress = regexp.MustCompile(`http://\S+/metrics`)

// metrics reads the page whose address the server has told.
func (s *runningServer) metrics() string {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, string(metricsAddress.Find(s.messages())), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	answer, err := s.client.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		s.t.Fatalf("reading the metrics: got %d (%v)", answer.StatusCode, err)
	}
	return string(page)
}

// clientTrusting is an HTTPS client that trusts the certificates of one file alone.
func clientTrusting(path string) (*http.Client, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(content)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	return &http.Client{Timeout: 30 * time.Second, Transport: transport}, nil
}
