package serve

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"latchkey/cmd/serve/telemetry"
	"latchkey/perms"
)

// socketPathFor is short: the path of a socket has at most a hundred bytes.
func socketPathFor(t *testing.T) string {
	t.Helper()
	directory, err := os.MkdirTemp("", "lk") //nolint:usetesting // its path is too long
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(directory) })
	return filepath.Join(directory, "a.sock")
}

// dialing is a client of a server that it reaches in another way.
func (r *running) dialing(t *testing.T, network, address string) *http.Client {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: r.trust(t), ForceAttemptHTTP2: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, network, address)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// TestListensAtSeveralPlaces by TLS: ports of both kinds of addresses, and a Unix socket that its group may use.
func TestListensAtSeveralPlaces(t *testing.T) {
	t.Parallel()
	path := socketPathFor(t)
	s := newServer(t)
	s.Listen, s.SocketMode, s.AccessLog = []string{"unix:" + path, "127.0.0.1:0", "[::1]:0"}, "0660", telemetry.Text
	r := launch(t, s)
	r.await(t, "listening on ")
	token := r.firstToken(t)
	for _, want := range []string{"listening on unix:" + path + "\n", "\n  and on    https://127.0.0.1:", "\n  and on    https://[::1]:"} {
		if !strings.Contains(r.messages.String(), want) {
			t.Errorf("got the messages\n%s\nwant %q", r.messages, want)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("got the mode %v, %v", info.Mode(), err)
	}
	urls := regexp.MustCompile(`and on +(https://\S+)`).FindAllStringSubmatch(r.messages.String(), -1)
	for _, url := range urls {
		if got := do(t, r.client(t), request(t, http.MethodGet, url[1]+perms.BasePath+"/time", "admin", token)); got.status != http.StatusOK {
			t.Errorf("%s: got %d", url[1], got.status)
		}
	}
	got := do(t, r.dialing(t, "unix", path), request(t, http.MethodGet, "https://localhost"+perms.BasePath+"/time", "admin", token))
	if got.status != http.StatusOK || got.proto != "HTTP/2.0" {
		t.Errorf("by the socket: got %d by %s", got.status, got.proto)
	}
	r.await(t, fmt.Sprintf("client=\"unix:uid=%d\" ", os.Getuid()))
	r.stop(t)
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("after the stop the socket is there: %v", err)
	}
}

// TestSocketAlone: the command to try the server with goes by the socket, and works.
func TestSocketAlone(t *testing.T) {
	t.Parallel()
	path := socketPathFor(t)
	s := newServer(t)
	s.Listen = []string{"unix:" + path}
	r := launch(t, s)
	r.await(t, "try it")
	if want := "--unix-socket '" + path + "' -K - https://localhost/"; !strings.Contains(r.messages.String(), want) {
		t.Errorf("got\n%s\nwant %q", r.messages, want)
	}
	conn, err := (&tls.Dialer{Config: &tls.Config{RootCAs: r.trust(t).RootCAs, ServerName: "localhost"}}).DialContext(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(conn); err != nil || !strings.HasSuffix(string(text), "ok\n") {
		t.Errorf("got %q, %v", text, err)
	}
}

// TestForwardedByASocket: the address that a proxy gives by a Unix socket counts only where such proxies are trusted.
func TestForwardedByASocket(t *testing.T) {
	t.Parallel()
	for trusted, want := range map[string]string{"unix": "client=192.0.2.77", "10.0.0.0/8": `client="unix:uid=`} {
		path := socketPathFor(t)
		s := newServer(t)
		s.Listen, s.Proxies, s.AccessLog = []string{"unix:" + path}, []string{trusted}, telemetry.Text
		r := launch(t, s)
		r.await(t, "listening on ")
		asked := request(t, http.MethodGet, "https://localhost/api/v2/time", "", "")
		asked.Header.Set("X-Forwarded-For", "192.0.2.1, 192.0.2.77")
		if got := do(t, r.dialing(t, "unix", path), asked); got.status != http.StatusUnauthorized {
			t.Errorf("got %d", got.status)
		}
		r.await(t, want)
	}
}

// TestNamesOfTheLocalCA: a certificate is for the names that were given when the CA was made; a later one is refused.
func TestNamesOfTheLocalCA(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Listen, s.Names = []string{"0.0.0.0:0"}, []string{"api.example.com", "192.0.2.10"}
	r := start(t, s)
	if strings.Contains(r.messages.String(), "warning") {
		t.Errorf("got\n%s", r.messages)
	}
	for _, name := range []string{"api.example.com", "192.0.2.10", "localhost"} {
		config := r.trust(t)
		config.ServerName = name
		secure(t, r.address(), config)
	}
	r.stop(t)
	later := newServer(t)
	later.Database, later.Names = s.Database, []string{"other.example.com"}
	if _, err := refusal(t, later); err == nil || !strings.Contains(err.Error(), "is not for other.example.com") {
		t.Errorf("got %v", err)
	}
	for _, wrong := range []string{"", "0.0.0.0", "*.example.com", "a b", "https://x"} {
		s := newServer(t)
		s.Names = []string{wrong}
		if _, err := refusal(t, s); err == nil || !strings.Contains(err.Error(), "--name") {
			t.Errorf("%q: got %v", wrong, err)
		}
	}
}
