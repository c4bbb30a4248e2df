package serve

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"latchkey/cmd/serve/api"
)

// asker asks by hand, again and again on one HTTP/1.1 connection.
type asker struct {
	conn   *tls.Conn
	reader *bufio.Reader
}

func (r *running) asker(t *testing.T, version uint16) *asker {
	t.Helper()
	config := r.trust(t)
	config.ServerName, config.MinVersion, config.MaxVersion = "127.0.0.1", version, version
	conn := secure(t, r.address(), config)
	return &asker{conn, bufio.NewReader(conn)}
}

func basic(user, token string) string {
	return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+token)) + "\r\n"
}

// ask sends a request with the lines of some fields.
func (a *asker) ask(t *testing.T, path, fields string) answerOf {
	t.Helper()
	if _, err := io.WriteString(a.conn, "GET "+path+" HTTP/1.1\r\nHost: localhost\r\n"+fields+"\r\n"); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(a.reader, nil)
	if err != nil {
		t.Fatal(path, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(path, err)
	}
	return answerOf{status: response.StatusCode, header: response.Header, body: string(body), proto: response.Proto}
}

// TestFastPathAnswersAlike: what a client gets does not depend on the fast path.
func TestFastPathAnswersAlike(t *testing.T) {
	t.Parallel()
	fast := newServer(t)
	fast.NoFastPath = false
	r := start(t, fast)
	token := r.firstToken(t)
	plain := newServer(t)
	plain.Database, plain.NoFastPath = fast.Database, true
	other := start(t, plain)
	right := basic("admin", token)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		one, two := r.asker(t, version), other.asker(t, version)
		for _, ask := range []struct{ path, fields string }{
			{"/healthz", ""}, {"/readyz", ""}, {"/api/v2/time", ""}, {"/api/v2/time", right}, {"/api/v2/orders", right},
			{"/api/v2/orders", right + "Accept: application/xml\r\n"}, {"/api/v2/orders/1", right}, {"/api/v2/orders?limit=9999", right},
			{"/api/v2/orders?sort=nothing", right}, {"/api/v2/users", right}, {"/api/v2/users.json", right}, {"/api/v2/store", right},
			{"/api/v2/nothing", right}, {"/nothing", right}, {"/docs", right}, {"/docs/requests", right}, {"/authorize", right},
			{"/authorize", right + "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /api/v2/orders\r\n"},
			{"/api/v2/time", basic("admin", "wrong")}, {"/api/v2/time", basic("nobody", token)}, {"/api/v2/time", "Authorization: Bearer " + token + "\r\n"},
			{"/api/v2/time", "Authorization: Basic !\r\n"}, {"/api/v2/time", right + "Origin: https://elsewhere.example\r\nSec-Fetch-Site: cross-site\r\n"},
			{"/api/v2/time", right + "Connection: keep-alive\r\n"},
		} {
			got, want := one.ask(t, ask.path, ask.fields), two.ask(t, ask.path, ask.fields)
			for _, header := range []http.Header{got.header, want.header} {
				for _, changing := range []string{"Date", "X-Request-Id"} {
					if header.Get(changing) == "" {
						t.Errorf("%s: got no %s", ask.path, changing)
					}
					header.Del(changing)
				}
			}
			if ask.path == "/api/v2/time" {
				got.body, want.body = got.body[:min(8, len(got.body))], want.body[:min(8, len(want.body))]
			}
			got.body = strings.ReplaceAll(got.body, r.address(), other.address())
			if got.status != want.status || got.body != want.body || !maps.EqualFunc(got.header, want.header, func(a, b []string) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) {
				t.Errorf("%s with %q:\ngot  %d %v %.200s\nwant %d %v %.200s", ask.path, strings.ReplaceAll(ask.fields, token, "TOKEN"), got.status, got.header, got.body, want.status, want.header, want.body)
			}
		}
	}
}

// TestFastPathLeavesServices to net/http: a request that is passed on counts once in limits, and the connection goes on.
func TestFastPathLeavesServices(t *testing.T) {
	t.Parallel()
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "passed "+r.URL.Path) }))
	t.Cleanup(service.Close)
	s := newServer(t)
	s.RateLimit = api.Rate{Events: 100, Per: 1 << 40}
	r := start(t, s)
	token := r.firstToken(t)
	made := request(t, http.MethodPost, r.url+"/api/v2/resources?save=true", "admin", token)
	made.Header.Set("Content-Type", "application/json")
	made.Body = io.NopCloser(strings.NewReader(`{"name":"app","upstream":{"url":"` + service.URL + `"}}`))
	if got := do(t, r.client(t), made); got.status != http.StatusCreated {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	a := r.asker(t, tls.VersionTLS13)
	remaining := 99
	for _, path := range []string{"/api/v2/time", "/app/1", "/app/2", "/api/v2/time", "/app/3"} {
		got := a.ask(t, path, basic("admin", token))
		remaining--
		if want := strconv.Itoa(remaining); got.status != http.StatusOK || got.header.Get("Ratelimit-Remaining") != want || strings.HasPrefix(path, "/app/") && got.body != "passed "+path {
			t.Errorf("%s: got %d, remaining %s, %q; want %s", path, got.status, got.header.Get("Ratelimit-Remaining"), got.body, want)
		}
	}
}

// TestRevokedBetweenTwoRequests of a connection that the fast path has, both ways of HTTP/1.1 and TLS.
func TestRevokedBetweenTwoRequests(t *testing.T) {
	t.Parallel()
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		r := start(t, newServer(t))
		admin := r.firstToken(t)
		user := r.addUser(t, "ci", admin)
		a := r.asker(t, version)
		for range 3 {
			if got := a.ask(t, "/api/v2/time", basic("ci", user)); got.status != http.StatusOK {
				t.Fatalf("got %d before", got.status)
			}
		}
		do(t, r.client(t), request(t, http.MethodDelete, r.url+"/api/v2/users/ci/token?save=true", "admin", admin))
		if got := a.ask(t, "/api/v2/time", basic("ci", user)); got.status != http.StatusUnauthorized {
			t.Errorf("got %d after the save, want 401", got.status)
		}
	}
}
