package api_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"testing"

	"latchkey/cmd/serve/api"
)

var requestID = regexp.MustCompile(`^[0-9a-f]{32}$`)

// checkHeader checks that a response has the fields of every response (H4), and no others.
func checkHeader(t *testing.T, got reply) {
	t.Helper()
	for name, value := range map[string]string{
		"Cache-Control":             "no-store",
		"Content-Security-Policy":   "default-src 'none'; frame-ancestors 'none'",
		"X-Content-Type-Options":    "nosniff",
		"Strict-Transport-Security": "",
	} {
		if got.header.Get(name) != value {
			t.Errorf("got %s: %q, want %q", name, got.header.Get(name), value)
		}
	}
	if id := got.header.Get("X-Request-Id"); !requestID.MatchString(id) {
		t.Errorf("got X-Request-Id %q, want 32 hexadecimal digits", id)
	}
	known := []string{"Allow", "Cache-Control", "Connection", "Content-Length", "Content-Security-Policy", "Content-Type", "Date", "Etag", "Last-Modified",
		"Location", "Retry-After", "Www-Authenticate", "X-Bc-Apilimit-Remaining", "X-Content-Type-Options", "X-Request-Id"}
	for name := range got.header {
		if !slices.Contains(known, name) {
			t.Errorf("got the header field %s, which says more than it should", name)
		}
	}
}

func TestStrictTransport(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(config *api.Config) { config.StrictTransport = true })
	for _, path := range []string{"/api/v2/time", "/nothing", "/healthz"} {
		got := w.request(t, "idle", "GET", path, "")
		if value := got.header.Get("Strict-Transport-Security"); value != "max-age=31536000" {
			t.Errorf("%s: got Strict-Transport-Security %q", path, value)
		}
	}
}

func TestRequestIDsDiffer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.request(t, "idle", "GET", "/api/v2/time", "", "X-Request-Id: mine")
	second := w.request(t, "idle", "GET", "/api/v2/time", "", "X-Request-Id: mine")
	a, b := first.header.Get("X-Request-Id"), second.header.Get("X-Request-Id")
	if a == b || a == "mine" {
		t.Errorf("got %q and %q, want two of our own", a, b)
	}
}

func TestHeadIsGetWithoutContent(t *testing.T) {
	t.Parallel()
	for _, protocol := range []int{1, 2} {
		w := newWorld(t)
		w.speak(protocol)
		for _, path := range []string{"/api/v2/time", "/api/v2/orders", "/api/v2/orders/1", "/api/v2/brands", "/api/v2/orders/9", "/api/v2/orders.xml", "/api/v2/orders/9.xml", "/nothing", "/healthz", "/readyz"} {
			for _, persona := range []string{"nobody", "admin", "idle"} {
				what := fmt.Sprintf("HTTP/%d %s as %s", protocol, path, persona)
				get, head := w.request(t, persona, "GET", path, ""), w.request(t, persona, "HEAD", path, "")
				if head.body != "" || head.status != get.status {
					t.Errorf("%s: got %d %q, want %d and nothing", what, head.status, head.body, get.status)
				}
				if got, want := comparable(head.header), comparable(get.header); got != want {
					t.Errorf("%s:\ngot  %s\nwant %s", what, got, want)
				}
			}
		}
	}
}

// TestOptionsOfTheServer: "OPTIONS *" does not bypass authentication (H3).
func TestOptionsOfTheServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, test := range []struct {
		persona string
		want    int
	}{{"nobody", 401}, {"wrong", 401}, {"admin", 404}} {
		text := "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
		if value := w.authorization(test.persona); value != "" {
			text += "Authorization: " + value + "\r\n"
		}
		got := w.raw(t, text+"\r\n")
		if got.status != test.want {
			t.Errorf("%s: got %d, want %d", test.persona, got.status, test.want)
		}
		checkError(t, got)
	}
}

// raw sends bytes unchanged and reads one response.
func (w *world) raw(t *testing.T, text string) reply {
	t.Helper()
	connection := w.send(t, text)
	defer connection.Close()
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	must(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(t, err)
	return reply{status: response.StatusCode, header: response.Header, body: string(body)}
}

// send sends bytes unchanged on a connection of their own.
func (w *world) send(t *testing.T, text string) net.Conn {
	t.Helper()
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: w.transport().TLSClientConfig.RootCAs, ServerName: "example.com", MinVersion: tls.VersionTLS12}}
	connection, err := dialer.DialContext(t.Context(), "tcp", w.server.Listener.Addr().String())
	must(t, err)
	_, err = io.WriteString(connection, text)
	must(t, err)
	return connection
}
