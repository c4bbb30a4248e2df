package serve

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTLSVersions(t *testing.T) {
	t.Parallel()
	r := start(t, newServer(t))
	for _, test := range []struct {
		version uint16
		works   bool
	}{{tls.VersionTLS10, false}, {tls.VersionTLS11, false}, {tls.VersionTLS12, true}, {tls.VersionTLS13, true}} {
		config := r.trust(t)
		config.MinVersion, config.MaxVersion = test.version, test.version
		dialer := tls.Dialer{Config: config}
		conn, err := dialer.DialContext(t.Context(), "tcp", r.address())
		if got := err == nil; got != test.works {
			t.Errorf("%s: got %v, want it to work: %t", tls.VersionName(test.version), err, test.works)
		}
		if err == nil {
			conn.Close()
		}
	}
	if got := r.dialTLS(t).ConnectionState().Version; got != tls.VersionTLS13 {
		t.Errorf("without a wish: got %s, want TLS 1.3", tls.VersionName(got))
	}
}

// TestCipherSuites: by TLS 1.2 no suite with CBC.
func TestCipherSuites(t *testing.T) {
	t.Parallel()
	r := start(t, newServer(t))
	for _, suite := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		if !strings.HasPrefix(suite.Name, "TLS_ECDHE_ECDSA_") {
			continue // TLS 1.3, or for a certificate of another kind than the local CA's
		}
		config := r.trust(t)
		config.MaxVersion, config.CipherSuites = tls.VersionTLS12, []uint16{suite.ID}
		conn, err := (&tls.Dialer{Config: config}).DialContext(t.Context(), "tcp", r.address())
		want := !strings.Contains(suite.Name, "_CBC_") && !strings.Contains(suite.Name, "_RC4_")
		if got := err == nil; got != want {
			t.Errorf("%s: got %v, want it to work: %t", suite.Name, err, want)
		}
		if err == nil {
			conn.Close()
		}
	}
}

func TestSessionsAreResumed(t *testing.T) {
	t.Parallel()
	r := start(t, newServer(t))
	config := r.trust(t)
	config.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	for i, want := range []bool{false, true} {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
		response, err := client.Do(request(t, http.MethodGet, r.url+"/healthz", "", ""))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if got := response.TLS.DidResume; got != want {
			t.Errorf("connection %d: resumed %t, want %t", i, got, want)
		}
	}
}

func TestBothVersionsOfHTTP(t *testing.T) {
	t.Parallel()
	r := start(t, newServer(t))
	token := r.firstToken(t)
	two := r.client(t)
	one := &http.Client{Transport: &http.Transport{TLSClientConfig: r.trust(t)}}
	defer one.CloseIdleConnections()
	for want, client := range map[string]*http.Client{"HTTP/1.1": one, "HTTP/2.0": two} {
		got := r.getTime(t, client, "admin", token)
		if got.status != http.StatusOK || got.proto != want {
			t.Errorf("got %d by %s, want 200 by %s", got.status, got.proto, want)
		}
		if value := got.header.Get("Strict-Transport-Security"); value != "" {
			t.Errorf("with the local CA: got HSTS %q, want none: it would hold for every port of localhost", value)
		}
		if value := got.header.Get("Server"); value != "" {
			t.Errorf("got Server %q, want none", value)
		}
	}
}

// TestPlainHTTP: nothing is answered to what is sent in the clear, whatever the credentials.
func TestPlainHTTP(t *testing.T) {
	t.Parallel()
	r := start(t, newServer(t))
	right := "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("admin:"+r.firstToken(t))) + "\r\n"
	var answers []string
	for _, head := range []string{
		"GET /api/v2/time HTTP/1.1\r\nHost: x\r\n" + right,
		"GET /api/v2/time HTTP/1.1\r\nHost: x\r\n",
		"DELETE /api/v2/orders HTTP/1.1\r\nHost: x\r\n" + right,
		"PATCH / HTTP/1.0\r\n",
		"get / HTTP/1.1\r\nHost: x\r\n",
		"POST /api/v2/orders HTTP/1.1\r\nHost: x\r\nX-Long: " + strings.Repeat("x", 60<<10) + "\r\n" + right,
	} {
		answers = append(answers, sendPlain(t, r, head+"\r\n"))
	}
	answers = append(answers, sendPlain(t, r, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
	for i, answer := range answers {
		if answer != answers[0] {
			t.Errorf("request %d: got %q, want the same as for the first, %q", i, answer, answers[0])
		}
	}
	response, err := http.ReadResponse(bufio.NewReader(strings.NewReader(answers[0])), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusBadRequest || !response.Close || !strings.HasPrefix(string(body), `[{"status":400,`) {
		t.Errorf("got %d, close %t, %q (%v), want a 400 in the API's shape and the end of the connection",
			response.StatusCode, response.Close, body, err)
	}
	if _, err := os.Lstat(tokenFile(r.Database)); err != nil {
		t.Errorf("got %v, want the token unused", err)
	}
}

// sendPlain sends bytes without TLS and reads until the server closes the connection.
func sendPlain(t *testing.T, r *running, text string) string {
	t.Helper()
	var dialer net.Dialer
	conn, err := dialer.DialContext(t.Context(), "tcp", r.address())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Errorf("reading the answer: %v", err)
	}
	return string(answer)
}

// exchange sends a request by hand over TLS and reads one answer.
func exchange(t *testing.T, conn net.Conn, text string) (status int, closed bool, body string) {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Close, string(content)
}

// TestOptionsOfTheServer: net/http would answer it by itself, without credentials (H3).
func TestOptionsOfTheServer(t *testing.T) {
	t.Parallel()
	r := start(t, newServer(t))
	status, _, body := exchange(t, r.dialTLS(t), "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")
	if status != http.StatusUnauthorized || !strings.HasPrefix(body, `[{"status":401,`) {
		t.Errorf("without credentials: got %d %s, want 401", status, body)
	}
}

func TestHeaderTooLarge(t *testing.T) {
	t.Parallel()
	r := start(t, newServer(t))
	token := r.firstToken(t)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: r.trust(t)}}
	defer client.CloseIdleConnections()
	for _, test := range []struct{ fields, want int }{{2, http.StatusOK}, {6, http.StatusRequestHeaderFieldsTooLarge}} {
		got := do(t, client, withLargeHeader(request(t, http.MethodGet, r.url+"/api/v2/time", "admin", token), test.fields))
		if got.status != test.want {
			t.Errorf("%d fields of 4 KiB: got %d, want %d", test.fields, got.status, test.want)
		}
	}
	// By HTTP/2 the client is told the limit and may refuse by itself.
	two := r.client(t)
	response, err := two.Do(withLargeHeader(request(t, http.MethodGet, r.url+"/api/v2/time", "admin", token), 6))
	if err == nil {
		response.Body.Close()
		if response.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("by HTTP/2: got %d, want 431 or an error", response.StatusCode)
		}
	}
	if got := r.getTime(t, two, "admin", token); got.status != http.StatusOK {
		t.Errorf("by HTTP/2 afterwards: got %d, want 200", got.status)
	}
}

func withLargeHeader(request *http.Request, fields int) *http.Request {
	for i := range fields {
		request.Header.Set(fmt.Sprint("X-Large-", i), strings.Repeat("x", 4<<10))
	}
	return request
}

// TestLimitsAreSet: the limits of H5 that a test would have to wait for.
func TestLimitsAreSet(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Log = slog.New(slog.DiscardHandler)
	web := newHTTPServer(t.Context(), http.NotFoundHandler(), nil, s.Log)
	got := fmt.Sprint(web.ReadHeaderTimeout, web.ReadTimeout, web.WriteTimeout, web.IdleTimeout, web.MaxHeaderBytes,
		web.HTTP2.MaxConcurrentStreams, web.HTTP2.MaxReadFrameSize, web.HTTP2.MaxReceiveBufferPerConnection,
		web.HTTP2.MaxReceiveBufferPerStream, web.HTTP2.WriteByteTimeout, web.TLSConfig.MinVersion == tls.VersionTLS12, web.TLSConfig.SessionTicketsDisabled)
	if want := "5s 15s 30s 1m0s 16384 100 16384 65536 65536 10s true false"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestStopFinishesARunningRequest: the request's body is still on its way when the server is told to stop.
func TestStopFinishesARunningRequest(t *testing.T) {
	t.Parallel()
	r := start(t, newServer(t))
	idle := r.dialTLS(t)
	var dialer net.Dialer
	silent, err := dialer.DialContext(t.Context(), "tcp", r.address())
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()

	conn := r.dialTLS(t)
	reader := bufio.NewReader(conn)
	const body = `{"name":"finished"}`
	beginPost(t, r, conn, reader, len(body))
	began := time.Now()
	r.cancel()
	r.await(t, "stopping")
	awaitRefusedConnection(t, r)
	if _, err := io.WriteString(conn, body); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatalf("the running request: %v", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusCreated {
		t.Errorf("the running request: got %d, want 201", response.StatusCode)
	}
	r.stop(t)
	if took := time.Since(began); r.err != nil || took > 4*time.Second {
		t.Errorf("got %v after %v, want nil without waiting for connections that ask for nothing", r.err, took)
	}
	if _, err := idle.Read(make([]byte, 1)); err == nil {
		t.Error("an idle connection: got it open, want it closed")
	}
}

// beginPost sends the head of a request and returns once the handler waits for the body.
func beginPost(t *testing.T, r *running, conn net.Conn, reader *bufio.Reader, length int) {
	t.Helper()
	post := request(t, http.MethodPost, r.url, firstUser, r.firstToken(t))
	text := "POST /api/v2/orders HTTP/1.1\r\nHost: x\r\nAuthorization: " + post.Header.Get("Authorization") + "\r\n" +
		"Content-Type: application/json\r\nContent-Length: " + fmt.Sprint(length) + "\r\nExpect: 100-continue\r\n\r\n"
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	line, err := reader.ReadString('\n')
	if _, emptyErr := reader.ReadString('\n'); err != nil || emptyErr != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("got %q, %v, want the handler to ask for the body", line, errors.Join(err, emptyErr))
	}
}

// awaitRefusedConnection waits until the server accepts no more.
func awaitRefusedConnection(t *testing.T, r *running) {
	t.Helper()
	var dialer net.Dialer
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		conn, err := dialer.DialContext(t.Context(), "tcp", r.address())
		if err != nil {
			return
		}
		conn.Close()
	}
	t.Fatal("the server still accepts connections")
}

// TestStopDoesNotWaitForEver: a request that does not end is cut off when its time is over.
func TestStopDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.stopTimeout = 100 * time.Millisecond
	r := start(t, s)
	conn := r.dialTLS(t)
	beginPost(t, r, conn, bufio.NewReader(conn), 100)
	r.stop(t)
	if r.err != nil {
		t.Errorf("got %v, want nil", r.err)
	}
	if _, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the request: got its connection still open, want it closed")
	}
}
