package cmd_test

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"latchkey/cmd/internal/programs"
)

// blockOf is the one block of a language on a page of docs.
func blockOf(t *testing.T, page, language string) string {
	t.Helper()
	_, rest, found := strings.Cut(readDocument(t, page), "```"+language+"\n")
	block, _, closed := strings.Cut(rest, "```\n")
	if !found || !closed || strings.Contains(rest[len(block):], "```"+language+"\n") {
		t.Fatalf("%s: want one block of %s", page, language)
	}
	return block
}

// freePort is a port that was free a moment ago.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return port
}

// startProxy runs a proxy until the test ends, and waits until it answers.
func startProxy(t *testing.T, address, directory string, args ...string) {
	t.Helper()
	var told bytes.Buffer
	proxy := exec.CommandContext(t.Context(), args[0], args[1:]...)
	proxy.Cancel = func() error { return proxy.Process.Signal(syscall.SIGTERM) }
	proxy.WaitDelay = 10 * time.Second
	proxy.Stdout, proxy.Stderr, proxy.Dir = &told, &told, directory
	proxy.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + directory, "XDG_CONFIG_HOME=" + directory, "XDG_DATA_HOME=" + directory}
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = proxy.Wait(); close(ended) }()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err == nil {
			conn.Close()
			t.Cleanup(func() {
				_ = proxy.Process.Signal(syscall.SIGTERM)
				<-ended
			})
			return
		}
		select {
		case <-ended:
			t.Fatalf("%s ended: %v: %s", args[0], proxy.ProcessState, told.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
	t.Fatalf("%s does not listen on %s", args[0], address)
}

// asking is a proxy whose configuration is in docs/proxies.md.
type asking struct {
	program, where string
	language       string // of the block with the configuration
	command        func(binary, directory, port, config string) []string
}

var (
	nginx = asking{"nginx", "/usr/sbin/nginx", "nginx", func(binary, directory, port, config string) []string {
		// One process, which needs no user to change to; all that it writes stays in the folder.
		whole := "daemon off; master_process off; pid nginx.pid; error_log error.log;\nevents {}\nhttp {\naccess_log off;\n"
		for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
			whole += kind + "_temp_path " + kind + ";\n"
		}
		file := filepath.Join(directory, "nginx.conf")
		write(file, whole+strings.Replace(config, "listen 443", "listen 127.0.0.1:"+port, 1)+"}\n")
		return []string{binary, "-p", directory, "-c", file}
	}}
	caddy = asking{"caddy", "/usr/bin/caddy", "caddyfile", func(binary, directory, port, config string) []string {
		file := filepath.Join(directory, "Caddyfile")
		certificate := "tls " + filepath.Join(directory, "wiki.pem") + " " + filepath.Join(directory, "wiki.key")
		config = strings.Replace(config, "wiki.example.org {\n", "wiki.example.org:"+port+" {\n\tbind 127.0.0.1\n\t"+certificate+"\n", 1)
		write(file, "{\n\tadmin off\n\tauto_https off\n}\n"+config)
		return []string{binary, "run", "--config", file, "--adapter", "caddyfile"}
	}}
)

// write writes a file in a folder of a test. What could not be written is missed by whoever reads it.
func write(file, content string) { _ = os.WriteFile(file, []byte(content), 0o600) }

// writeCertificate writes a certificate of nobody in particular, for curl -k, and its key.
func writeCertificate(t *testing.T, stem string) {
	t.Helper()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	pair := server.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	write(stem+".pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})))
	write(stem+".key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})))
}

// proxied is a proxy in front of a service, which asks latchkey as docs/proxies.md says. ann may view the wiki.
type proxied struct {
	*workshop

	server       *runningServer
	port         string
	token, ofBob string
}

// start runs the proxy in front of the service at an address. adjust changes the configuration of the page.
func (a asking) start(t *testing.T, service string, adjust ...string) *proxied {
	t.Helper()
	path := programs.Need(t, a.program, a.where)
	w := newWorkshop(t)
	w.run("init")
	w.run("user", "add", "ann", "bob", "--save")
	token := strings.TrimSpace(w.run("token", "enable", "ann", "--save"))
	other := strings.TrimSpace(w.run("token", "enable", "bob", "--save"))
	w.run("resource", "add", "wiki", "--backend", "external", "--path", "wiki.example.org/", "--save")
	w.run("perm", "grant", "ann", "wiki:view", "--save")
	server := w.serve("--trusted-proxy", "127.0.0.1")

	writeCertificate(t, filepath.Join(w.directory, "wiki"))
	config := strings.NewReplacer(adjust...).Replace(blockOf(t, "docs/proxies.md", a.language))
	for said, here := range map[string]string{
		"127.0.0.1:8443": strings.TrimPrefix(server.url, "https://"), "127.0.0.1:3000": service,
		"/etc/ssl/latchkey-ca.pem": filepath.Join(w.directory, "ca.pem"), "/etc/ssl/wiki.example.org.pem": filepath.Join(w.directory, "wiki.pem"),
		"/etc/ssl/private/wiki.example.org.key": filepath.Join(w.directory, "wiki.key"),
	} {
		if !strings.Contains(config, said) && !strings.HasPrefix(said, "/etc/ssl") {
			t.Fatalf("the page does not say %s any more", said)
		}
		config = strings.ReplaceAll(config, said, here)
	}
	port := freePort(t)
	startProxy(t, "127.0.0.1:"+port, w.directory, a.command(path, w.directory, port, config)...)
	return &proxied{w, server, port, token, other}
}

// TestNginxAsks and TestCaddyAsks run the configurations of docs/proxies.md.
func TestNginxAsks(t *testing.T) { t.Parallel(); testProxy(t, nginx) }
func TestCaddyAsks(t *testing.T) { t.Parallel(); testProxy(t, caddy) }

// testProxy has a proxy between curl and a service.
func testProxy(t *testing.T, proxy asking) {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		length, _ := io.Copy(io.Discard, r.Body)
		_, _ = fmt.Fprintf(w, "%s %s %d %q %q", r.Method, r.RequestURI, length, r.Header["Remote-User"], r.Header["Authorization"])
	}))
	t.Cleanup(service.Close)
	w := proxy.start(t, strings.TrimPrefix(service.URL, "http://"))
	port, token, other := w.port, w.token, w.ofBob
	curl := func(want int, body, at string, args ...string) {
		t.Helper()
		output, err := exec.CommandContext(t.Context(), programs.Need(t, "curl"), append([]string{"-sk", "--path-as-is", "-w", "\n%{http_code}", "--resolve", "wiki.example.org:" + port + ":127.0.0.1",
			"https://wiki.example.org:" + port + at}, args...)...).Output()
		if err != nil {
			log, _ := os.ReadFile(filepath.Join(w.directory, "error.log"))
			t.Fatalf("curl %s %q: %v: %s", at, args, err, log)
		}
		got, status, _ := strings.Cut(string(output), "\n"+strconv.Itoa(want))
		if status != "" || !strings.HasSuffix(string(output), "\n"+strconv.Itoa(want)) || body != "" && got != body {
			t.Errorf("curl %s %q: got %s, want %q and %d", at, args, output, body, want)
		}
	}
	ann := []string{"-u", "ann:" + token}
	with := func(args ...string) []string { return append(append([]string{}, ann...), args...) }
	curl(401, "", "/page")
	curl(401, "", "/page", "-u", "ann:"+other)
	curl(403, "", "/page", "-u", "bob:"+other)
	curl(403, "", "/page", with("-X", "DELETE")...)
	curl(403, "", "/page", with("-d", "body")...)
	curl(200, `GET /page?a=%20b 0 ["ann"] []`, "/page?a=%20b", ann...)
	curl(403, "", "/page", with("-H", "Remote-User: root")...)
	w.uploads(t, curl, with)
	for _, claim := range []string{"X-Original-URI: /", "X-Original-Method: GET", "X-Original-Host: other", "X-Forwarded-Method: GET", "X-Forwarded-Uri: /", "X-Forwarded-Host: other"} {
		curl(403, "", "/page", with("-X", "DELETE", "-H", claim)...)
	}
	w.run("perm", "revoke", "ann", "wiki:view", "--save")
	curl(403, "", "/page", ann...)
	w.run("token", "disable", "ann", "--save")
	curl(401, "", "/page", ann...)
}

// uploads has a body of 5 MB pass, of a known length and in pieces, and one of a request that is refused read by nobody.
func (p *proxied) uploads(t *testing.T, curl func(want int, body, at string, args ...string), with func(args ...string) []string) {
	t.Helper()
	file := filepath.Join(p.directory, "upload")
	if err := os.WriteFile(file, make([]byte, 5_000_000), 0o600); err != nil {
		t.Fatal(err)
	}
	send := []string{"-X", "PUT", "-H", "Expect:", "--data-binary", "@" + file}
	curl(403, "", "/upload", with(send...)...)
	p.run("perm", "grant", "ann", "wiki:edit", "--save")
	curl(200, `PUT /upload 5000000 ["ann"] []`, "/upload", with(send...)...)
	curl(200, `PUT /upload 5000000 ["ann"] []`, "/upload", with(append(send, "-H", "Transfer-Encoding: chunked")...)...)
	curl(200, `GET /page 0 ["ann"] []`, "/page", with("-H", "X-Large: "+strings.Repeat("a", 7000))...)
}

const (
	streamed      = 100 << 20 // bytes each way
	streamsMemory = 32 << 20  // that the server may take for it at most
)

// TestStreamsInConstantMemory sends 100 MiB through the built binary each way.
func TestStreamsInConstantMemory(t *testing.T) {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			n, _ := io.Copy(io.Discard, r.Body)
			_, _ = fmt.Fprint(w, n)
			return
		}
		_, _ = io.CopyN(w, zeros{}, streamed)
	}))
	t.Cleanup(service.Close)
	w, server, token := newUpstream(t, service.URL)
	process := processIn(t, w.directory)
	ask := func(method string, body io.Reader, into io.Writer) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, server.url+"/app", body)
		if err != nil {
			t.Fatal(err)
		}
		request.SetBasicAuth("ann", token)
		response, err := server.client.Do(request)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%s: got %v %v", method, response, err)
		}
		defer response.Body.Close()
		if _, err := io.Copy(into, response.Body); err != nil {
			t.Fatal(err)
		}
	}
	ask(http.MethodPost, strings.NewReader("warm"), io.Discard)
	before := peakMemory(t, process)
	var told bytes.Buffer
	ask(http.MethodPost, io.LimitReader(zeros{}, streamed), &told)
	if told.String() != strconv.Itoa(streamed) {
		t.Errorf("sent %d bytes, the service got %s", streamed, told.String())
	}
	var back countingWriter
	ask(http.MethodGet, nil, &back)
	if back != streamed {
		t.Errorf("got %d bytes back, want %d", back, streamed)
	}
	grown := peakMemory(t, process) - before
	t.Logf("resident memory at its peak: %d KiB, grown by %d KiB", (before+grown)>>10, grown>>10)
	if grown > streamsMemory {
		t.Errorf("the server took %d bytes of memory more, want at most %d", grown, streamsMemory)
	}
}

type countingWriter int

func (c *countingWriter) Write(piece []byte) (int, error) {
	*c += countingWriter(len(piece))
	return len(piece), nil
}

type zeros struct{}

func (zeros) Read(into []byte) (int, error) { clear(into); return len(into), nil }

// newUpstream has ann, who may do everything with what is at /app.
func newUpstream(t *testing.T, service string) (w *workshop, server *runningServer, token string) {
	t.Helper()
	w = newWorkshop(t)
	w.run("init")
	w.run("user", "add", "ann", "--save")
	token = strings.TrimSpace(w.run("token", "enable", "ann", "--save"))
	w.run("resource", "add", "app", "--upstream", service, "--path", "/app", "--strip-prefix", "/app", "--save")
	w.run("perm", "grant", "ann", "app:*", "--save")
	return w, w.serve(), token
}

// processIn finds the process of the built binary that runs in a folder.
func processIn(t *testing.T, directory string) int {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		folder, _ := os.Readlink(link)
		executable, _ := os.Readlink(filepath.Join(filepath.Dir(link), "exe"))
		if folder == directory && filepath.Base(executable) == filepath.Base(binary) {
			process, _ := strconv.Atoi(filepath.Base(filepath.Dir(link)))
			return process
		}
	}
	t.Fatalf("no process of the binary runs in %s", directory)
	return 0
}

// peakMemory is the most resident memory that a process has had, in bytes.
func peakMemory(t *testing.T, process int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", process))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kilobytes, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}

// TestWebSocketPassesThrough: an echo in both directions through the built binary, cut by the save that revokes it.
func TestWebSocketPassesThrough(t *testing.T) {
	t.Parallel()
	service := httptest.NewServer(http.HandlerFunc(echoWebSocket))
	t.Cleanup(service.Close)
	w, server, token := newUpstream(t, service.URL)
	socket := openWebSocket(t, strings.TrimPrefix(server.url, "https://"), "x", "/app/ws", token)
	for _, text := range []string{"hello", "POST / HTTP/1.1\r\n bad\n", strings.Repeat("x", 125)} {
		if err := socket.echo(text); err != nil {
			t.Fatal(err)
		}
	}
	w.run("perm", "revoke", "ann", "app:*", "--save")
	began := time.Now()
	socket.awaitEnd()
	t.Logf("cut %v after the save", time.Since(began))
}

// TestUpgradedConnectionsOutliveARevocation behind the proxies, as docs/proxies.md says: what latchkey passes on is cut by
// the same save.
func TestUpgradedConnectionsOutliveARevocation(t *testing.T) {
	t.Parallel()
	for name, proxy := range map[string]asking{"nginx": nginx, "caddy": caddy} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			service := httptest.NewServer(http.HandlerFunc(echoWebSocket))
			t.Cleanup(service.Close)
			w := proxy.start(t, strings.TrimPrefix(service.URL, "http://"))
			w.run("resource", "add", "app", "--upstream", service.URL, "--path", "/app", "--strip-prefix", "/app", "--save")
			w.run("perm", "grant", "ann", "app:*", "--save")
			through := openWebSocket(t, strings.TrimPrefix(w.server.url, "https://"), "x", "/app/ws", w.token)
			behind := openWebSocket(t, "127.0.0.1:"+w.port, "wiki.example.org", "/ws", w.token)
			w.run("token", "disable", "ann", "--save")
			through.awaitEnd()
			if err := behind.echo("still here"); err != nil {
				t.Errorf("behind %s: %v: the page says otherwise", name, err)
			}
		})
	}
}

// webSocket is a connection of ann that was upgraded.
type webSocket struct {
	t      *testing.T
	conn   net.Conn
	reader *bufio.Reader
}

func openWebSocket(t *testing.T, address, host, path, token string) *webSocket {
	t.Helper()
	config := &tls.Config{InsecureSkipVerify: true, ServerName: host, MinVersion: tls.VersionTLS12}
	conn, err := (&tls.Dialer{Config: config}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	reader := bufio.NewReader(conn)
	_, _ = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Basic %s\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", path, host, base64.StdEncoding.EncodeToString([]byte("ann:"+token)))
	response, err := http.ReadResponse(reader, nil) //nolint:bodyclose // the connection goes on
	if err != nil || response.StatusCode != http.StatusSwitchingProtocols || response.Header.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Fatalf("got %v %v", response, err)
	}
	return &webSocket{t, conn, reader}
}

// echo sends a text of at most 125 bytes and waits for the same.
func (s *webSocket) echo(text string) error {
	frame := append([]byte{0x81, 0x80 | byte(len(text)), 1, 2, 3, 4}, text...)
	for i := range text {
		frame[6+i] ^= frame[2+i%4]
	}
	if _, err := s.conn.Write(frame); err != nil {
		return err
	}
	echo := make([]byte, 2+len(text))
	if _, err := io.ReadFull(s.reader, echo); err != nil || string(echo[2:]) != text {
		return fmt.Errorf("got %q (%w), want %q", echo, err, text)
	}
	return nil
}

// awaitEnd waits for the end of the connection.
func (s *webSocket) awaitEnd() {
	s.t.Helper()
	_ = s.conn.SetReadDeadline(time.Now().Add(10 * time.Second)) // promised is one; the machine may be busy
	if _, err := s.reader.ReadByte(); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		s.t.Errorf("revoked: got %v, want the end of the connection", err)
	}
}

// echoWebSocket is the smallest server of RFC 6455 that an echo of short texts takes.
func echoWebSocket(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Upgrade") != "websocket" || r.Header.Get("Remote-User") != "ann" || r.Header.Get("Authorization") != "" {
		http.Error(w, "not from latchkey", http.StatusBadRequest)
		return
	}
	accept := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		base64.StdEncoding.EncodeToString(accept[:]))
	head := make([]byte, 6)
	for {
		if _, err := io.ReadFull(buffered, head); err != nil {
			return
		}
		text := make([]byte, head[1]&0x7f)
		if _, err := io.ReadFull(buffered, text); err != nil {
			return
		}
		for i := range text {
			text[i] ^= head[2+i%4]
		}
		_, _ = conn.Write(append([]byte{0x81, byte(len(text))}, text...))
	}
}
