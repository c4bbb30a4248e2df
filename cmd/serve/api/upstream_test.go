package api_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/cmd/serve/api"
	"latchkey/cmd/serve/api/upstream"
	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/tokens"
)

// realClock is for requests that are passed on, since deadlines of connections use it.
func realClock(config *api.Config) { config.Clock = time.Now }

// serviceAt is a resource with another service behind it.
func serviceAt(name, path, url string) perms.Resource {
	return perms.Resource{Name: name, Title: name, Path: path, Backend: perms.Proxied,
		Upstream: perms.Upstream{URL: url, StripPrefix: path}, Requests: perms.DefaultRequests(perms.Proxied, name, "")}
}

// edit saves a change of a user or a resource, like another process.
func (w *world) edit(t testing.TB, kind model.Kind, name string, change func(next *model.Object) error) {
	t.Helper()
	writable, err := db.Open(t.Context(), w.path, db.Options{Clock: clock, Writable: true})
	must(t, err)
	defer writable.Close()
	_, err = writable.Confirmed(db.Lockout).SaveEdit(t.Context(), db.Edit{Kind: kind, RevokeRules: true, Draft: drafts.Draft{Operator: model.Operator{Name: "os:test"}}, Names: []string{name},
		Change: func(s *model.Target) error {
			if s.Next == nil {
				s.Next = &model.Object{Kind: kind, Name: name}
			}
			return change(s.Next)
		}}, "")
	must(t, err)
}

func (w *world) save(t testing.TB, resource perms.Resource) {
	t.Helper()
	w.edit(t, model.KindResource, resource.Name, func(next *model.Object) error { next.Serve(resource); return nil })
}

// backend is a service that responds with the request that it got.
func backend(t testing.TB, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

// TestServiceIsAskedAsTheClientAsked: the service gets path and query as they were sent, and the user and the address as we
// know them, whatever the client claims.
func TestServiceIsAskedAsTheClientAsked(t *testing.T) {
	t.Parallel()
	asked := make(chan *http.Request, 1)
	service := backend(t, func(_ http.ResponseWriter, r *http.Request) { asked <- r })
	w := newWorld(t, realClock)
	w.save(t, serviceAt("app", "/app", service.URL+"/base"))
	whole := serviceAt("whole", "/whole", service.URL)
	whole.Upstream.StripPrefix = ""
	w.save(t, whole)
	for _, protocol := range []int{1, 2} {
		w.speak(protocol)
		for sent, want := range map[string]string{
			"/app": "/base", "/app/": "/base/", "/app?": "/base?", "/app/x": "/base/x", "/app/a%20b+c": "/base/a%20b+c", "/app/%41?x=%41&y;z&&=%zz": "/base/%41?x=%41&y;z&&=%zz",
			"/%61pp/%c3%a9/%3Fa": "/base/%c3%a9/%3Fa", "/app/x.json": "/base/x.json", "/app/a,b;c=1": "",
			"/whole": "/whole", "/whole/": "/whole/", "/whole/@v/!x/$": "/whole/@v/!x/$",
			"/app/../whole": "", "/app/%2e%2e/whole": "", "/app//x": "", "/app/x%2Fy": "", "/app/%5c": "", "/app/x%00": "", "/app/%ff": "", "/application": "",
		} {
			got := w.request(t, "admin", "GET", sent, "")
			switch {
			case want == "" && got.status != 404:
				t.Errorf("%s: got %d, want 404", sent, got.status)
			case want != "" && got.status != 200:
				t.Errorf("%s: got %d, want 200: %s", sent, got.status, got.body)
			case want != "":
				if asked := (<-asked).RequestURI; asked != want {
					t.Errorf("%s: the service was asked for %s, want %s", sent, asked, want)
				}
			}
		}
	}
	select {
	case request := <-asked:
		t.Errorf("the service was asked for %s", request.RequestURI)
	default:
	}
}

// TestServiceIsToldWhoAsks, and by nobody else.
func TestServiceIsToldWhoAsks(t *testing.T) {
	t.Parallel()
	asked := make(chan *http.Request, 1)
	service := backend(t, func(_ http.ResponseWriter, r *http.Request) { asked <- r })
	for name, c := range map[string]struct {
		trusted []string
		sent    []string
		want    map[string]string // by field; "": absent
	}{
		"plain": {nil, nil, map[string]string{"X-Forwarded-For": "127.0.0.1", "X-Real-Ip": "127.0.0.1", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/app", "Authorization": "", "User-Agent": "Go-http-client/1.1", "Accept-Encoding": "gzip"}},
		"claims": {nil, []string{"Remote-User: root", "remote_user: root", "REMOTE.USER: root", "X-HTTP-Method: DELETE", "X_method_override: DELETE", "X-Url-Scheme: http", "X-Forwarded-User: root", "X_Forwarded_For: 1.1.1.1", "X-Forwarded-For: 1.1.1.1",
			"X-Forwarded-Proto: http", "X-Forwarded-Host: evil", "Forwarded: for=1.1.1.1", "X-Real-IP: 1.1.1.1", "X-Request-Id: mine", "x-original-uri: /x", "X-WEBAUTH-USER: root",
			"Proxy-Authorization: Basic eDp5", "X-Latchkey-User: root", "X-Forwarded-Port: 1",
			"Proxy: http://evil.example", "X-Auth-User: root", "X-Authentik-Username: root", "X-Accel-Mapping: /=/", "X-Override-Url: /x", "X-Forwarded: for=1.1.1.1"},
			map[string]string{"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https", "Remote_user": "", "Remote.user": "", "X-Forwarded-User": "", "X_forwarded_for": "", "Forwarded": "",
				"X-Http-Method": "", "X_method_override": "", "X-Url-Scheme": "", "X-Real-Ip": "127.0.0.1", "X-Original-Uri": "", "X-Webauth-User": "", "Proxy-Authorization": "", "X-Latchkey-User": "", "X-Forwarded-Port": "",
				"Proxy": "", "X-Auth-User": "", "X-Authentik-Username": "", "X-Accel-Mapping": "", "X-Override-Url": "", "X-Forwarded": ""}},
		"connection fields": {nil, []string{"Connection: Keep-Alive, TE", "Keep-Alive: 5", "TE: trailers, deflate", "Proxy-Connection: x", "X-Public: 1"},
			map[string]string{"Keep-Alive": "", "Te": "trailers", "Proxy-Connection": "", "Connection": "", "X-Public": "1"}},
		"no other protocol": {nil, []string{"Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"},
			map[string]string{"Upgrade": "", "Connection": "", "Http2-Settings": ""}},
		"a trusted proxy": {[]string{"127.0.0.0/8"}, []string{"X-Forwarded-For: 6.6.6.6, 203.0.113.9", "X-Forwarded-Proto: http", "X-Forwarded-Host: shop.example:8443", "Remote-User: root", "X-Real-IP: 6.6.6.6"},
			map[string]string{"X-Forwarded-For": "203.0.113.9, 127.0.0.1", "X-Real-Ip": "203.0.113.9", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "shop.example:8443"}},
		"a trusted proxy that is confused": {[]string{"127.0.0.0/8"}, []string{"X-Forwarded-Proto: gopher", "X-Forwarded-Host: a b"},
			map[string]string{"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https"}},
	} {
		w := newWorld(t, realClock, func(config *api.Config) { config.TrustedProxies = trust(t, c.trusted...) })
		w.save(t, serviceAt("app", "/app", service.URL))
		w.speak(1)
		got := w.request(t, "admin", "GET", "/app", "", c.sent...)
		if got.status != 200 {
			t.Fatalf("%s: got %d: %s", name, got.status, got.body)
		}
		request := <-asked
		for field, want := range c.want {
			if got := request.Header[field]; strings.Join(got, "|") != want {
				t.Errorf("%s: the service was told %s: %q, want %q", name, field, got, want)
			}
		}
		if user, id := request.Header["Remote-User"], request.Header["X-Request-Id"]; !slices.Equal(user, []string{"admin"}) || !slices.Equal(id, got.header["X-Request-Id"]) || len(id) != 1 {
			t.Errorf("%s: the service was told user %q and id %q, want admin and %q", name, user, id, got.header["X-Request-Id"])
		}
	}
}

// TestServiceIsToldTheHost: the one that the client named, the service's own or another, as the resource says; and a name that
// no Host can be is refused.
func TestServiceIsToldTheHost(t *testing.T) {
	t.Parallel()
	asked := make(chan *http.Request, 1)
	service := backend(t, func(_ http.ResponseWriter, r *http.Request) { asked <- r })
	w := newWorld(t, realClock)
	for header, want := range map[string]string{"": "shop.example:8443", perms.HostOfUpstream: strings.TrimPrefix(service.URL, "http://"), "App.example:90": "App.example:90"} {
		app := serviceAt("app", "/app", service.URL)
		app.Upstream.HostHeader = header
		w.save(t, app)
		for _, protocol := range []int{1, 2} {
			w.speak(protocol)
			got := w.request(t, "admin", "GET", "/app", "", "Host: shop.example:8443", "X-Forwarded-Host: evil.example")
			if got.status != 200 {
				t.Fatalf("%q: got %d: %s", header, got.status, got.body)
			}
			if request := <-asked; request.Host != want || request.Header.Get("X-Forwarded-Host") != "shop.example:8443" {
				t.Errorf("%q: the service was told %q and X-Forwarded-Host %q, want %q and what the client sent", header, request.Host, request.Header["X-Forwarded-Host"], want)
			}
		}
	}
}

// TestServiceAnswersForItself: nothing in a response of a service is changed, except the request id, HSTS, and places, which get their prefix back.
func TestServiceAnswersForItself(t *testing.T) {
	t.Parallel()
	service := backend(t, func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Add("Set-Cookie", "a=1")
		header.Add("Set-Cookie", "b=2; Secure")
		header.Set("Content-Security-Policy", "default-src 'self'")
		header.Set("Cache-Control", "max-age=60")
		header.Set("Strict-Transport-Security", "max-age=1")
		header.Set("X-Request-Id", "the service's")
		header.Set("Connection", "X-Private")
		header.Set("X-Private", "1")
		header.Set("Location", "/elsewhere")
		header.Set("Www-Authenticate", "Bearer")
		header.Set("Trailer", "X-Sum")
		w.WriteHeader(http.StatusEarlyHints)
		status, _ := strconv.Atoi(r.URL.Query().Get("status"))
		w.WriteHeader(status)
		_, _ = io.WriteString(w, r.Method)
		header.Set("X-Sum", "42")
	})
	w := newWorld(t, realClock)
	w.save(t, serviceAt("app", "/app", service.URL))
	for _, protocol := range []int{1, 2} {
		w.speak(protocol)
		for _, status := range []int{200, 201, 302, 401, 403, 404, 418, 500, 503} {
			got := w.request(t, "admin", "GET", fmt.Sprint("/app?status=", status), "")
			if got.status != status || got.body != "GET" {
				t.Errorf("HTTP/%d: got %d %q, want %d GET", protocol, got.status, got.body, status)
			}
			if cookies := got.header["Set-Cookie"]; !slices.Equal(cookies, []string{"a=1", "b=2; Secure"}) {
				t.Errorf("got cookies %q", cookies)
			}
			for field, want := range map[string]string{"Content-Security-Policy": "default-src 'self'", "Cache-Control": "max-age=60", "Location": "/app/elsewhere",
				"Www-Authenticate": "Bearer", "X-Private": "", "X-Content-Type-Options": "", "Strict-Transport-Security": ""} {
				if got := strings.Join(got.header[field], "|"); got != want {
					t.Errorf("HTTP/%d, %d: got %s: %q, want %q", protocol, status, field, got, want)
				}
			}
			if id := got.header["X-Request-Id"]; len(id) != 1 || len(id[0]) != 32 {
				t.Errorf("got X-Request-Id %q, want ours", id)
			}
		}
		if got := w.request(t, "admin", "HEAD", "/app?status=200", ""); got.status != 200 || got.body != "" {
			t.Errorf("HEAD: got %d %q", got.status, got.body)
		}
	}
	strict := newWorld(t, realClock, func(config *api.Config) { config.StrictTransport = true })
	strict.save(t, serviceAt("app", "/app", service.URL))
	if got := strict.request(t, "admin", "GET", "/app?status=200", "").header["Strict-Transport-Security"]; !slices.Equal(got, []string{"max-age=1"}) {
		t.Errorf("got %q of a service with a policy of its own", got)
	}
}

// TestServiceIsDecidedAboutAsEverything: the decisions have the same order, and a request that is not allowed is not passed on.
func TestServiceIsDecidedAboutAsEverything(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	service := backend(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	w := newWorld(t, realClock)
	app := serviceAt("app", "/app", service.URL)
	app.Requests = app.Requests[:2] // GET and POST
	w.save(t, app)
	elsewhere := serviceAt("elsewhere", "/elsewhere", "")
	elsewhere.Backend, elsewhere.Upstream = perms.External, perms.Upstream{}
	for i := range elsewhere.Requests {
		elsewhere.Requests[i].Permission.Resource = "elsewhere"
	}
	w.save(t, elsewhere)
	for _, c := range []struct {
		persona, method, path string
		want                  int
		passed                int32
	}{
		{"nobody", "GET", "/app", 401, 0}, {"wrong", "GET", "/app/x", 401, 0}, {"off", "POST", "/app", 401, 0},
		{"viewer", "GET", "/app", 403, 0}, {"viewer", "HEAD", "/app/x/y", 403, 0}, {"viewer", "POST", "/app", 403, 0},
		{"admin", "DELETE", "/app", 405, 0}, {"viewer", "PUT", "/app", 405, 0}, {"admin", "PATCH", "/app", 501, 0}, {"admin", "TRACE", "/app", 501, 0},
		{"viewer", "OPTIONS", "/app", 200, 0}, {"admin", "GET", "/apps", 404, 0},
		{"admin", "GET", "/app", 200, 1}, {"admin", "HEAD", "/app", 200, 1}, {"admin", "POST", "/app/deep/down", 200, 1},
		{"nobody", "GET", "/elsewhere", 401, 0}, {"viewer", "GET", "/elsewhere", 403, 0}, {"admin", "GET", "/elsewhere/x", 421, 0},
	} {
		asked.Store(0)
		got := w.request(t, c.persona, c.method, c.path, "")
		if got.status != c.want || asked.Load() != c.passed {
			t.Errorf("%s %s %s: got %d and the service was asked %d times, want %d and %d", c.persona, c.method, c.path, got.status, asked.Load(), c.want, c.passed)
		}
		if got.status >= 400 && c.method != "HEAD" {
			checkError(t, got)
		}
	}
}

// TestServiceBehindASocket: a service is reached by a socket in the file system.
func TestServiceBehindASocket(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "app.sock")
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "unix", socket)
	must(t, err)
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, r.Host, " ", r.URL.Path, " ", r.Header.Get("Remote-User"))
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { server.Close() })
	w := newWorld(t, realClock, func(config *api.Config) { config.Upstreams = allow(t, "unix:"+socket) })
	app := serviceAt("app", "/app", "unix:"+socket)
	app.Upstream.HostHeader = perms.HostOfUpstream
	w.save(t, app)
	if got := w.request(t, "admin", "GET", "/app/x", ""); got.status != 200 || got.body != "localhost /x admin" {
		t.Errorf("got %d %q", got.status, got.body)
	}
}

// TestSavedServiceCounts: after a save, the next request goes to the new URL.
func TestSavedServiceCounts(t *testing.T) {
	t.Parallel()
	one := backend(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "one") })
	two := backend(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "two") })
	w := newWorld(t, realClock)
	for range 3 {
		for want, service := range map[string]*httptest.Server{"one": one, "two": two} {
			w.save(t, serviceAt("app", "/app", service.URL))
			if got := w.request(t, "admin", "GET", "/app", ""); got.body != want {
				t.Errorf("got %q, want %q", got.body, want)
			}
		}
	}
	w.edit(t, model.KindResource, "app", func(next *model.Object) error { next.Hide(); return nil })
	if got := w.request(t, "admin", "GET", "/app", ""); got.status != 404 {
		t.Errorf("hidden: got %d, want 404", got.status)
	}
}

// liar is a service that sends what a test says, and then closes the connection, or with hold does not.
func liar(t testing.TB, answer string, hold bool) (url string) {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	done := make(chan struct{})
	t.Cleanup(func() { close(done); listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = http.ReadRequest(bufio.NewReader(conn))
				_, _ = io.WriteString(conn, answer)
				if hold {
					<-done
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// TestServicesThatFail: each failure gives a clear error in our shape or a broken connection, never a short response that looks
// complete, and the server goes on.
func TestServicesThatFail(t *testing.T) {
	t.Parallel()
	w := newWorld(t, realClock)
	unused, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	unused.Close()
	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(untrusted.Close)
	const broken = 0 // the answer does not come to its end
	for name, c := range map[string]struct {
		url  string
		want int
	}{
		"down":                  {"http://" + unused.Addr().String(), 502},
		"no socket":             {"unix:/nonexistent/app.sock", 502},
		"certificate of nobody": {untrusted.URL, 502},
		"says nothing":          {liar(t, "", false), 502},
		"is slow":               {liar(t, "", true), 504},
		"stops in its header":   {liar(t, "HTTP/1.1 200 OK\r\nContent-Type: te", true), 504},
		"another protocol":      {liar(t, "SSH-2.0-OpenSSH_9.2\r\n", false), 502},
		"malformed field":       {liar(t, "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", false), 502},
		"status 099":            {liar(t, "HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n", false), 502},
		"status 1000":           {liar(t, "HTTP/1.1 1000 X\r\nContent-Length: 0\r\n\r\n", false), 502},
		"huge header":           {liar(t, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 200<<10)+"\r\n\r\n", false), 502},
		"two lengths":           {liar(t, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", false), 502},
		"length that is none":   {liar(t, "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nab", false), 502},
		"unknown coding":        {liar(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nab", false), 502},
		"switches unasked":      {liar(t, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", false), 502},
		"interim for ever":      {liar(t, strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", 5000), true), 504},
		"too short":             {liar(t, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc", false), broken},
		"dies in a chunk":       {liar(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc", false), broken},
		"no last chunk":         {liar(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", false), broken},
		"malformed chunk":       {liar(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n", false), broken},
		"too long":              {liar(t, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef", false), 200},
		"interim, then right":   {liar(t, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", false), 200},
	} {
		t.Run(name, func(t *testing.T) {
			resource := serviceAt("r"+strings.ReplaceAll(strings.ToLower(name), " ", "_"), "/"+strings.ReplaceAll(name, " ", "-"), c.url)
			resource.Name = strings.Trim(strings.Map(func(r rune) rune {
				if r == ',' {
					return '_'
				}
				return r
			}, resource.Name), "_")
			resource.Path = strings.ReplaceAll(resource.Path, ",", "")
			resource.Upstream.StripPrefix = ""
			if c.want == 504 {
				resource.Upstream.Timeout = 300 * time.Millisecond
			}
			for i := range resource.Requests {
				resource.Requests[i].Permission.Resource = resource.Name
			}
			w.save(t, resource)
			for _, protocol := range []int{1, 2} {
				w.speak(protocol)
				request, err := http.NewRequestWithContext(t.Context(), "GET", w.server.URL+resource.Path, nil)
				must(t, err)
				request.Header.Set("Authorization", w.authorization("admin"))
				response, err := w.client.Do(request)
				if err != nil {
					if c.want != broken {
						t.Errorf("HTTP/%d: %v, want %d", protocol, err, c.want)
					}
					continue
				}
				body, err := io.ReadAll(response.Body)
				response.Body.Close()
				switch {
				case c.want == broken && err == nil:
					t.Errorf("HTTP/%d: got %d %q, whole, want a broken answer", protocol, response.StatusCode, body)
				case c.want != broken && (err != nil || response.StatusCode != c.want):
					t.Errorf("HTTP/%d: got %d %.100q %v, want %d", protocol, response.StatusCode, body, err, c.want)
				case c.want >= 500:
					checkError(t, reply{response.StatusCode, response.Header, string(body)})
				case c.want == 200 && string(body) != "abc":
					t.Errorf("HTTP/%d: got %q, want abc", protocol, body)
				}
			}
		})
	}
	if got := w.request(t, "admin", "GET", "/api/v2/time", ""); got.status != 200 {
		t.Errorf("after all that: got %d", got.status)
	}
}

// TestBodiesForServicesAreLimited: with Content-Length or without. A body within the limit arrives complete.
func TestBodiesForServicesAreLimited(t *testing.T) {
	t.Parallel()
	service := backend(t, func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			return
		}
		_, _ = fmt.Fprint(w, n, " ", r.ContentLength)
	})
	w := newWorld(t, realClock)
	app := serviceAt("app", "/app", service.URL)
	app.Upstream.MaxBody = 100 << 10
	w.save(t, app)
	for _, protocol := range []int{1, 2} {
		w.speak(protocol)
		for _, c := range []struct {
			size  int
			known bool
			want  int
			body  string
		}{
			{0, true, 200, "0 0"}, {100 << 10, true, 200, "102400 102400"}, {100<<10 + 1, true, 413, ""},
			{100 << 10, false, 200, "102400 -1"}, {100<<10 + 1, false, 413, ""},
		} {
			var body io.Reader = bytes.NewReader(make([]byte, c.size))
			if !c.known {
				body = io.MultiReader(body)
			}
			request, err := http.NewRequestWithContext(t.Context(), "POST", w.server.URL+"/app", body)
			must(t, err)
			request.Header.Set("Authorization", w.authorization("admin"))
			got := w.do(t, request)
			if got.status != c.want || c.want == 200 && got.body != c.body {
				t.Errorf("HTTP/%d, %d bytes: got %d %q, want %d %q", protocol, c.size, got.status, got.body, c.want, c.body)
			}
			if c.want != 200 {
				checkError(t, got)
			}
		}
	}
}

// TestPiecesArriveAtOnce: what a service has sent reaches the client before the service sends more, with and without a length.
// The same holds in the other direction.
func TestPiecesArriveAtOnce(t *testing.T) {
	t.Parallel()
	service := backend(t, func(w http.ResponseWriter, r *http.Request) {
		if length := r.URL.Query().Get("length"); length != "" {
			w.Header().Set("Content-Length", length)
		}
		control := http.NewResponseController(w)
		_ = control.EnableFullDuplex()
		w.WriteHeader(200)
		_ = control.Flush()
		for one := make([]byte, 1); ; { // an echo, byte by byte
			if _, err := r.Body.Read(one); err != nil {
				return
			}
			_, _ = w.Write(one)
			_ = control.Flush()
		}
	})
	w := newWorld(t, realClock)
	w.save(t, serviceAt("app", "/app", service.URL))
	for _, protocol := range []int{1, 2} {
		for _, query := range []string{"", "?length=5"} {
			w.speak(protocol)
			reader, writer := io.Pipe()
			request, err := http.NewRequestWithContext(t.Context(), "POST", w.server.URL+"/app"+query, reader)
			must(t, err)
			request.Header.Set("Authorization", w.authorization("admin"))
			go func() { _, _ = writer.Write([]byte("0")) }() // a header with a length waits for the first piece
			response, err := w.client.Do(request)
			must(t, err)
			readByte(t, response.Body, '0')
			for _, char := range []byte("1234") {
				if _, err := writer.Write([]byte{char}); err != nil {
					t.Fatal(err)
				}
				readByte(t, response.Body, char)
			}
			writer.Close()
			if _, err := io.ReadAll(response.Body); err != nil {
				t.Errorf("HTTP/%d%s: %v", protocol, query, err)
			}
			response.Body.Close()
		}
	}
}

func readByte(t testing.TB, from io.Reader, want byte) {
	t.Helper()
	one := make([]byte, 1)
	if _, err := io.ReadFull(from, one); err != nil || one[0] != want {
		t.Fatalf("got %q %v, want %q", one, err, want)
	}
}

// promised is how long after a save a stream may last, with an allowance for a busy machine.
const promised = 5 * time.Second

// TestRevokedStreamsAreCut: a response that has begun, a body that is being sent and a request that waits are cut by any save
// that revokes them (promise 1). Others go on.
func TestRevokedStreamsAreCut(t *testing.T) {
	t.Parallel()
	other := backend(t, func(http.ResponseWriter, *http.Request) {})
	for name, revoke := range map[string]func(t *testing.T, w *world){
		"disabled": func(t *testing.T, w *world) {
			w.edit(t, model.KindUser, "editor", func(next *model.Object) (err error) { next.Access, err = tokens.Disable(next.Access); return err })
		},
		"denied": func(t *testing.T, w *world) {
			w.edit(t, model.KindUser, "editor", func(next *model.Object) error { next.Rules = next.Rules.With(rule(t, "deny app:*")); return nil })
		},
		"renamed": func(t *testing.T, w *world) {
			w.edit(t, model.KindUser, "editor", func(next *model.Object) error { next.Name = "redacteur"; return nil })
		},
		"another service": func(t *testing.T, w *world) { w.save(t, serviceAt("app", "/app", other.URL)) },
		"another permission": func(t *testing.T, w *world) {
			app, err := w.users.Object(t.Context(), model.KindResource, "app")
			must(t, err)
			resource := app.Served()
			for i := range resource.Requests {
				resource.Requests[i].Permission.Resource = "special"
			}
			w.save(t, resource)
		},
		"hidden": func(t *testing.T, w *world) {
			w.edit(t, model.KindResource, "app", func(next *model.Object) error { next.Hide(); return nil })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entered := make(chan struct{}, 16)
			service := backend(t, func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "begun") {
					_, _ = io.WriteString(w, "begun")
					_ = http.NewResponseController(w).Flush()
				}
				if r.Method == "POST" {
					_, _ = io.CopyN(io.Discard, r.Body, 5)
				}
				entered <- struct{}{}
				_, _ = io.Copy(io.Discard, r.Body) // without reading it package net/http does not see the end of the connection
				<-r.Context().Done()
			})
			w := newWorld(t, realClock)
			w.save(t, serviceAt("app", "/app", service.URL))
			w.edit(t, model.KindUser, "editor", func(next *model.Object) error { next.Rules = next.Rules.With(rule(t, "allow app:*")); return nil })
			ended := make(chan string, 16)
			ask := func(persona, method, path string) {
				var body io.Reader
				if method == "POST" {
					reader, writer := io.Pipe()
					t.Cleanup(func() { writer.Close() })
					go func() { _, _ = io.WriteString(writer, "12345") }()
					body = reader
				}
				request, err := http.NewRequestWithContext(t.Context(), method, w.server.URL+path, body)
				must(t, err)
				request.Header.Set("Authorization", w.authorization(persona))
				go func() {
					response, err := w.client.Do(request)
					if err != nil {
						ended <- persona + " " + path + ": " + err.Error()
						return
					}
					defer response.Body.Close()
					got, err := io.ReadAll(response.Body)
					ended <- fmt.Sprint(persona, " ", path, ": ", response.StatusCode, " ", string(got), " ", err)
				}()
				<-entered
			}
			for _, protocol := range []int{1, 2} {
				w.speak(protocol)
				ask("editor", "GET", "/app/begun")
				ask("editor", "GET", "/app/waiting")
				ask("editor", "POST", "/app/upload")
				w.transport().CloseIdleConnections()
			}
			ask("admin", "GET", "/app/begun")
			begin := time.Now()
			revoke(t, w)
			cut := 6
			if name == "another service" || name == "hidden" {
				cut = 7 // for everybody
			}
			limit := time.After(promised)
			for range cut {
				select {
				case what := <-ended:
					if strings.Contains(what, "begun: 200 begun <nil>") || cut == 6 && !strings.HasPrefix(what, "editor") {
						t.Errorf("got %q", what)
					}
				case <-limit:
					t.Fatalf("after %v: still streaming", time.Since(begin))
				}
			}
			t.Logf("all were cut after %v", time.Since(begin))
		})
	}
}

// TestServiceThatTakesNothing: a service that does not read is waited for, but not forever.
func TestServiceThatTakesNothing(t *testing.T) {
	t.Parallel()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { listener.Close() }) // it never accepts: the system does, and takes what fits into its buffers
	w := newWorld(t, realClock)
	app := serviceAt("app", "/app", "http://"+listener.Addr().String())
	app.Upstream.Timeout = 500 * time.Millisecond
	w.save(t, app)
	for _, protocol := range []int{1, 2} {
		w.speak(protocol)
		request, err := http.NewRequestWithContext(t.Context(), "POST", w.server.URL+"/app", io.LimitReader(endless{}, 64<<20))
		must(t, err)
		request.Header.Set("Authorization", w.authorization("admin"))
		response, err := w.client.Do(request)
		if err != nil {
			// The connection may be reset while the client still sends: it was bounded all the same.
			if errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("HTTP/%d: %v", protocol, err)
			}
			continue
		}
		response.Body.Close()
		if response.StatusCode != 504 {
			t.Errorf("HTTP/%d: got %d, want 504", protocol, response.StatusCode)
		}
	}
}

type endless struct{}

func (endless) Read(into []byte) (int, error) { return len(into), nil }

func allow(t testing.TB, texts ...string) upstream.Allowed {
	t.Helper()
	allowed, err := upstream.ParseAllowed(texts)
	must(t, err)
	return allowed
}

// TestServicesThatMayNotBeReached: nothing connects to them, and the log says why.
func TestServicesThatMayNotBeReached(t *testing.T) {
	t.Parallel()
	var reached atomic.Int32
	count := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	tcp := backend(t, count)
	port := tcp.URL[strings.LastIndex(tcp.URL, ":"):]
	socket := filepath.Join(t.TempDir(), "docker.sock")
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", socket)
	must(t, err)
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: count}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { server.Close() })
	for name, c := range map[string]struct {
		url     string
		allowed []string
		want    int
	}{
		"a host":                                {tcp.URL, nil, 200},
		"a socket":                              {"unix:" + socket, nil, 502},
		"metadata of a cloud":                   {"http://169.254.169.254/latest", nil, 502},
		"the same, of IPv6":                     {"http://[fd00:ec2::254]/", nil, 502},
		"the same, mapped":                      {"http://[::ffff:169.254.169.254]/", nil, 502},
		"the socket, named":                     {"unix:" + socket, []string{"unix:" + socket}, 200},
		"a folder of sockets":                   {"unix:" + socket, []string{"unix:" + filepath.Dir(socket) + "/"}, 200},
		"another folder":                        {"unix:" + socket, []string{"unix:" + strings.TrimSuffix(filepath.Dir(socket), "1") + "/"}, 502},
		"a socket where hosts are named":        {"unix:" + socket, []string{"127.0.0.1"}, 502},
		"a host where sockets are named":        {tcp.URL, []string{"unix:" + socket}, 502},
		"its address":                           {tcp.URL, []string{"127.0.0.1"}, 200},
		"its address and port":                  {tcp.URL, []string{"10.0.0.1", "127.0.0.1" + port}, 200},
		"another port":                          {tcp.URL, []string{"127.0.0.1:1"}, 502},
		"its range":                             {tcp.URL, []string{"127.0.0.0/8"}, 200},
		"another range":                         {tcp.URL, []string{"10.0.0.0/8"}, 502},
		"its name":                              {"http://localhost" + port, []string{"LOCALHOST"}, 200},
		"its name and port":                     {"http://localhost" + port, []string{"localhost" + port}, 200},
		"its name with another port":            {"http://localhost" + port, []string{"localhost:1"}, 502},
		"the address of its name":               {"http://localhost" + port, []string{"127.0.0.1", "::1"}, 200},
		"another name":                          {"http://localhost" + port, []string{"localhost.example"}, 502},
		"a name where its address is not named": {"http://localhost" + port, []string{"10.0.0.0/8"}, 502},
	} {
		reached.Store(0)
		w := newWorld(t, realClock, func(config *api.Config) { config.Upstreams = allow(t, c.allowed...) })
		w.save(t, serviceAt("app", "/app", c.url))
		got := w.request(t, "admin", "GET", "/app", "")
		wantReached := map[int]int32{200: 1}[c.want]
		if got.status != c.want || reached.Load() != wantReached {
			t.Errorf("%s: got %d %s, reached %d times, want %d", name, got.status, got.body, reached.Load(), c.want)
		}
		if said := strings.Contains(w.log.String(), "--upstream-allow"); said != (c.want == 502) {
			t.Errorf("%s: the log says %s", name, w.log.String())
		}
	}
}
