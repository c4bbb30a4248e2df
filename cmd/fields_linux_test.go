package cmd_test

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"latchkey/cmd/internal/programs"
)

// The services that believe variables: what Python's own WSGI server and PHP make of the fields of a request, as JSON.
const (
	wsgiService = `
import json, sys
from wsgiref.simple_server import make_server, WSGIRequestHandler
class Quiet(WSGIRequestHandler):
    def log_message(self, *args): pass
def app(environ, start):
    start("200 OK", [("Content-Type", "application/json")])
    own = ("HTTP_", "REMOTE_", "SCRIPT_", "PATH_", "REQUEST_", "CONTENT_")
    return [json.dumps({k: v for k, v in environ.items() if k.startswith(own)}).encode()]
make_server("127.0.0.1", int(sys.argv[1]), app, handler_class=Quiet).serve_forever()
`
	phpService = `<?php header("Content-Type: application/json"); echo json_encode(array_filter($_SERVER, 'is_string'));`
)

// startWSGI and startPHP run such a service until the test ends, and return its address.
func startWSGI(t *testing.T) string {
	t.Helper()
	directory := t.TempDir()
	write(filepath.Join(directory, "service.py"), wsgiService)
	address := "127.0.0.1:" + freePort(t)
	startProxy(t, address, directory, programs.Need(t, "/usr/bin/python3", "python3"), "service.py", strings.TrimPrefix(address, "127.0.0.1:"))
	return address
}

func startPHP(t *testing.T) string {
	t.Helper()
	directory := t.TempDir()
	write(filepath.Join(directory, "service.php"), phpService)
	address := "127.0.0.1:" + freePort(t)
	startProxy(t, address, directory, programs.Need(t, "php", "/usr/bin/php"), "-q", "-S", address, "service.php")
	return address
}

// client is one user of a server, who writes requests by hand.
type client struct {
	t             *testing.T
	address, host string
	authorization string
	conn          net.Conn
	reader        *bufio.Reader
}

func newClient(t *testing.T, address, host, user, token string) *client {
	t.Helper()
	made := &client{t: t, address: address, host: host, authorization: "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+token))}
	t.Cleanup(made.close)
	return made
}

func (c *client) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

// get asks for a path with further fields, each "Name: value", and returns the status and the body.
func (c *client) get(path string, fields ...string) (status int, body string) {
	c.t.Helper()
	if c.conn == nil {
		config := &tls.Config{InsecureSkipVerify: true, ServerName: c.host, MinVersion: tls.VersionTLS12}
		conn, err := (&tls.Dialer{Config: config}).DialContext(c.t.Context(), "tcp", c.address)
		if err != nil {
			c.t.Fatal(err)
		}
		c.conn, c.reader = conn, bufio.NewReader(conn)
	}
	_, err := fmt.Fprintf(c.conn, "GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\n%s\r\n\r\n", path, c.host, c.authorization, strings.Join(append(fields, "X-Last: 1"), "\r\n"))
	if err != nil {
		c.t.Fatal(err)
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		c.t.Fatalf("%q: %v", fields, err)
	}
	content, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil {
		c.t.Fatalf("%q: %v", fields, err)
	}
	if response.Close {
		c.close()
	}
	return response.StatusCode, string(content)
}

const mark = "from-the-client"

// sentFields are the names with which package httpfield is tested, by what they are.
func sentFields(t *testing.T) map[string][]string {
	t.Helper()
	fields := map[string][]string{}
	for line := range strings.Lines(readDocument(t, "perms/httpfield/testdata/fields.txt")) {
		if words := strings.Fields(line); len(words) == 2 && words[0] != "#" {
			fields[words[0]] = append(fields[words[0]], words[1])
		}
	}
	return fields
}

// checkFields sends every field to a service and looks at what reaches it: nothing that claims anything, and what is
// harmless. path is where the service takes app to be; a refusal is as good as a field that is taken out.
func checkFields(t *testing.T, who *client, path string) {
	fields := sentFields(t)
	read := func(sent string) (status int, seen map[string]any) {
		status, body := who.get(path, strings.Split(sent, "\r\n")...)
		if status == http.StatusOK {
			if err := json.Unmarshal([]byte(body), &seen); err != nil || seen["HTTP_REMOTE_USER"] != "ann" || seen["REMOTE_USER"] != nil && seen["REMOTE_USER"] != "" {
				t.Errorf("%q: the service takes the user for %v, %v (%v)", sent, seen["HTTP_REMOTE_USER"], seen["REMOTE_USER"], err)
			}
		}
		return status, seen
	}
	marked := func(seen map[string]any) (variables []string) {
		for name, value := range seen {
			if text, isText := value.(string); isText && strings.Contains(text, mark) {
				variables = append(variables, name)
			}
		}
		slices.Sort(variables)
		return variables
	}
	status, plain := read("X-Plain: 1")
	if status != http.StatusOK {
		t.Fatalf("without any claim: got %d", status)
	}
	for _, kind := range []string{"claim", "odd", "way"} {
		for _, name := range fields[kind] {
			if name == "Authorization" {
				continue
			}
			status, seen := read(name + ": " + mark)
			if got := marked(seen); len(got) > 0 || status != http.StatusOK && status != http.StatusForbidden && status != http.StatusBadRequest {
				t.Errorf("%s %s: got %d, and the service sees %q", kind, name, status, got)
			}
			for _, variable := range []string{"PATH_INFO", "SCRIPT_NAME", "REQUEST_METHOD", "REQUEST_URI", "CONTENT_LENGTH"} {
				if status == http.StatusOK && seen[variable] != plain[variable] {
					t.Errorf("%s %s: %s is %v, want %v", kind, name, variable, seen[variable], plain[variable])
				}
			}
		}
	}
	for _, name := range fields["harmless"] {
		if name == "Expect" || name == "Content-Type" { // the first has a meaning for each server, the second a variable of its own
			continue
		}
		status, seen := read(name + ": " + mark)
		if want := "HTTP_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_")); status != http.StatusOK || !slices.Contains(marked(seen), want) {
			t.Errorf("harmless %s: got %d, and the service sees %q, want %s", name, status, marked(seen), want)
		}
	}
	for _, sent := range []string{
		"Connection: close, Remote-User\r\nRemote_User: root", "Connection: Remote-User\r\nREMOTE_USER: root", "Connection: close\r\nConnection: remote-user\r\nREMOTE.USER: root",
		"Connection: close, Remote-User\r\nRemote-User: root", "Connection: close, X-Forwarded-For, X-Real-Ip", "Connection: close, Authorization", "Connection: Upgrade, Remote-User\r\nUpgrade: websocket",
		"Connection: close, X-Original-URI, X-Original-Method, X-Forwarded-Uri, X-Forwarded-Method", "Connection: close, Host", "Connection: close, X-Request-Id",
		"SCRIPT_NAME: /wiki", "Script_Name: " + path, "PATH_INFO: /other", "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
	} {
		status, seen := read(sent)
		if status != http.StatusOK && status != http.StatusForbidden && status != http.StatusBadRequest {
			t.Errorf("%q: got %d", sent, status)
		}
		if seen["HTTP_UPGRADE"] != nil && seen["HTTP_UPGRADE"] != "websocket" {
			t.Errorf("%q: the service is asked for the protocol %v", sent, seen["HTTP_UPGRADE"])
		}
	}
}

// TestFieldsBehindLatchkey and the next two have the vectors go to a WSGI and a PHP service: passed on by latchkey, and
// let through by the proxies of docs/proxies.md.
func TestFieldsBehindLatchkey(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(*testing.T) string{"wsgi": startWSGI, "php": startPHP} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, server, token := newUpstream(t, "http://"+start(t))
			checkFields(t, newClient(t, strings.TrimPrefix(server.url, "https://"), "localhost", "ann", token), "/app/page")
		})
	}
}

func TestFieldsBehindNginx(t *testing.T) { t.Parallel(); testFieldsBehind(t, nginx) }
func TestFieldsBehindCaddy(t *testing.T) { t.Parallel(); testFieldsBehind(t, caddy) }

func testFieldsBehind(t *testing.T, proxy asking) {
	for name, start := range map[string]func(*testing.T) string{"wsgi": startWSGI, "php": startPHP} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := proxy.start(t, start(t))
			checkFields(t, newClient(t, "127.0.0.1:"+w.port, "wiki.example.org", "ann", w.token), "/page")
			if log, _ := os.ReadFile(filepath.Join(w.directory, "error.log")); strings.Contains(string(log), "[error]") {
				t.Logf("the proxy's log: %.2000s", log)
			}
		})
	}
}

// TestSocketsHaveToBeNamed when the server starts: else an administrator of latchkey is one of the machine.
func TestSocketsHaveToBeNamed(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "docker.sock")
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	service := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	service.Listener.Close()
	service.Listener = listener
	service.Start()
	t.Cleanup(service.Close)
	w, server, token := newUpstream(t, "unix:"+socket)
	if got := server.get("ann", token, "/app"); got != http.StatusBadGateway {
		t.Errorf("not named: got %d", got)
	}
	server.end()
	if !strings.Contains(string(server.messages()), "--upstream-allow") {
		t.Errorf("the log does not say why: %s", server.messages())
	}
	if got := w.serve("--upstream-allow", "unix:"+filepath.Dir(socket)+"/").get("ann", token, "/app"); got != http.StatusOK {
		t.Errorf("named: got %d", got)
	}
}
