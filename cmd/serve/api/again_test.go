package api_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptrace"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/cmd/serve/api"
	"latchkey/db"
	"latchkey/db/data"
	"latchkey/db/model"
	"latchkey/perms"
	"latchkey/tokens"
)

// trap is a clock that does something when it has been asked so many times: that is how a test gets between two decisions
// about one request.
type trap struct {
	left   atomic.Int64
	spring func()
}

func (p *trap) now() time.Time {
	if p.left.Add(-1) == 0 {
		p.spring()
	}
	return clock()
}

// set has the trap spring at the next so many-th look at the clock.
func (p *trap) set(looks int64, spring func()) {
	p.spring = spring
	p.left.Store(looks)
}

// disable ends a persona's access, as another process would; enable brings it back with the same token.
func (w *world) disable(t *testing.T, persona string) {
	t.Helper()
	w.edit(t, model.KindUser, persona, func(next *model.Object) (err error) { next.Access, err = tokens.Disable(next.Access); return err })
}

func (w *world) enable(t *testing.T, persona string) {
	t.Helper()
	w.edit(t, model.KindUser, persona, func(next *model.Object) (err error) {
		next.Access, err = tokens.Enable(next.Access, w.tokens[persona].Digest(), now)
		return err
	})
}

// TestEveryRequestTypeIsDecidedAgain: what is revoked after a request was decided on and before it has read or changed
// anything is refused like what was revoked before, whatever it is (H11).
func TestEveryRequestTypeIsDecidedAgain(t *testing.T) {
	t.Parallel()
	clock := new(trap)
	w := newWorld(t, func(config *api.Config) { config.Clock = clock.now })
	w.addRoles(t, "clerk", "spare")
	routes := 0
	for _, resource := range perms.Store().Resources() {
		collection, item := w.place(t, resource)
		for _, request := range resource.Requests {
			routes++
			path, body := collection, `{"a":2}`
			switch {
			case resource.Backend == perms.System:
				step := panelStepOf(t, resource, request)
				path, body = step.path, step.body
			case request.Endpoint == perms.Item:
				path = item
			case request.Endpoint == perms.Count:
				path += "/count"
			}
			if request.Method == http.MethodGet || request.Method == http.MethodDelete {
				body = ""
			}
			// It is looked at when the request was decided on, and begins to act.
			clock.set(1, func() { w.disable(t, "admin") })
			got := w.request(t, "admin", request.Method, path, body)
			if clock.left.Load() > 0 {
				t.Fatalf("%s %s: got %d before anything was revoked: %s", request.Method, path, got.status, got.body)
			}
			if got.status != http.StatusUnauthorized {
				t.Errorf("%s %s: got %d, want 401: %s", request.Method, path, got.status, got.body)
			}
			w.enable(t, "admin")
		}
	}
	if routes < 200 {
		t.Errorf("tried %d request types only", routes)
	}
	if state := w.state(t); strings.Contains(state, "draft") || strings.Contains(state, `"a":2`) {
		t.Errorf("something was staged or changed: %s", state)
	}
}

// TestChangesOfDocumentsAreDecidedLast: a revocation that is saved while a change of documents is being made is in time, as
// long as the change is not being committed (H11).
func TestChangesOfDocumentsAreDecidedLast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clock := new(trap)
	var err error
	w.config.Data, err = data.Open(t.Context(), filepath.Join(filepath.Dir(w.path), "shop-data.db"), clock.now)
	must(t, err)
	t.Cleanup(func() { _ = w.config.Data.Close() })
	w.handler = api.New(w.config)
	w.serve(t)
	for revocation, c := range map[string]struct {
		revoke, restore func()
		want            int
	}{
		"disabled": {func() { w.disable(t, "admin") }, func() { w.enable(t, "admin") }, http.StatusUnauthorized},
		"denied": {func() {
			w.edit(t, model.KindUser, "admin", func(next *model.Object) error { next.Rules = next.Rules.With(rule(t, "deny *:*")); return nil })
		}, func() {
			w.edit(t, model.KindUser, "admin", func(next *model.Object) error {
				next.Rules = perms.Rules{}.With(rule(t, "allow *:*"))
				return nil
			})
		}, http.StatusForbidden},
	} {
		for _, change := range []string{"POST /api/v2/orders", "PUT /api/v2/orders/1", "DELETE /api/v2/orders/1", "DELETE /api/v2/orders",
			"DELETE /api/v2/orders?status=new", "PUT /api/v2/store", "POST /api/v2/orders/1/shipments"} {
			method, path, _ := strings.Cut(change, " ")
			before := w.state(t)
			clock.set(1, c.revoke) // the clock is asked for the time of the change, once it is its turn
			got := w.request(t, "admin", method, path, map[bool]string{true: "", false: `{"late":true}`}[method == http.MethodDelete])
			c.restore()
			if got.status != c.want || clock.left.Load() > 0 {
				t.Errorf("%s, %s: got %d, want %d: %s", revocation, change, got.status, c.want, got.body)
			}
			head, rest, _ := strings.Cut(w.state(t), "\n")
			if _, was, _ := strings.Cut(before, "\n"); rest != was {
				t.Errorf("%s, %s: got %s, was %s (%s)", revocation, change, rest, was, head)
			}
		}
	}
}

// TestEditsThatWaitedAreDecidedAgain: an edit that waits for another process to save is judged by what that one has saved: user,
// token, rules, and the resource of the control panel itself.
func TestEditsThatWaitedAreDecidedAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind   model.Kind
		object string
		change func(next *model.Object) error
		want   int
	}{
		"nothing to do with it": {model.KindUser, "idle", func(next *model.Object) error { next.Note = "x"; return nil }, http.StatusAccepted},
		"disabled": {model.KindUser, "admin", func(next *model.Object) (err error) { next.Access, err = tokens.Disable(next.Access); return err },
			http.StatusUnauthorized},
		"denied": {model.KindUser, "admin", func(next *model.Object) error { next.Rules = next.Rules.With(rule(t, "deny users:*")); return nil },
			http.StatusForbidden},
		"hidden": {model.KindResource, "users", func(next *model.Object) error { next.Hide(); return nil }, http.StatusNotFound},
	} {
		clock := new(trap)
		w := newWorld(t, func(config *api.Config) { config.Clock = clock.now })
		locked, decided, answered := make(chan struct{}), make(chan struct{}), make(chan reply, 1)
		clock.set(1, func() { close(decided) })
		go func() {
			<-locked
			answered <- w.request(t, "admin", "DELETE", "/api/v2/users/viewer", "")
		}()
		w.edit(t, c.kind, c.object, func(next *model.Object) error {
			close(locked)
			<-decided // the request waits for the lock, or is about to
			return c.change(next)
		})
		got := <-answered
		if staged := strings.Contains(w.state(t), "draft"); got.status != c.want || staged != (c.want == http.StatusAccepted) {
			t.Errorf("%s: got %d, want %d, staged %t: %s", name, got.status, c.want, staged, got.body)
		}
	}
}

// hold begins a request and returns once its body is being read; finish lets the rest of the body come.
func (w *world) hold(t *testing.T, persona, method, path, body string, header ...string) (finish func() reply) {
	t.Helper()
	reader, writer := io.Pipe()
	begun := make(chan struct{})
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got100Continue: func() { close(begun) }})
	request, err := http.NewRequestWithContext(ctx, method, w.server.URL+path, reader)
	must(t, err)
	request.ContentLength = int64(len(body))
	for _, field := range append(header, "Authorization: "+w.authorization(persona), "Content-Type: application/json", "Expect: 100-continue") {
		name, value, _ := strings.Cut(field, ": ")
		if value != "" {
			request.Header.Set(name, value)
		}
	}
	answered := make(chan reply, 1)
	go func() { answered <- w.do(t, request) }()
	select {
	case <-begun:
	case got := <-answered:
		t.Fatalf("%s %s: got %d before the body was asked for: %s", method, path, got.status, got.body)
	}
	return func() reply {
		_, err := io.WriteString(writer, body)
		must(t, err)
		must(t, writer.Close())
		return <-answered
	}
}

// TestRuleThatEndsWhileABodyIsHeldBack: what ends with time ends for it too.
func TestRuleThatEndsWhileABodyIsHeldBack(t *testing.T) {
	t.Parallel()
	hand := new(handClock)
	w := newWorld(t)
	var err error
	w.config.Users, err = db.Open(t.Context(), w.path, db.Options{Clock: hand.now, Watched: true})
	must(t, err)
	t.Cleanup(func() { _ = w.config.Users.Close() })
	w.handler = api.New(w.config)
	w.serve(t)
	w.edit(t, model.KindUser, "editor", func(next *model.Object) error {
		until := rule(t, "allow orders:create")
		until.Until = now.Add(time.Minute)
		next.Rules = next.Rules.With(until)
		return nil
	})
	for _, protocol := range []int{1, 2} {
		w.speak(protocol)
		hand.seconds.Store(59)
		if got := w.hold(t, "editor", "POST", "/api/v2/orders", "{}")(); got.status != http.StatusCreated {
			t.Fatalf("got %d before the end: %s", got.status, got.body)
		}
		before := w.state(t)
		finish := w.hold(t, "editor", "POST", "/api/v2/orders", "{}")
		hand.seconds.Store(60)
		if got := finish(); got.status != http.StatusForbidden || w.state(t) != before {
			t.Errorf("HTTP/%d: got %d and %s", protocol, got.status, w.state(t))
		}
	}
}

// TestAnswersToProxiesAreNotHeldBack: a question whose body is delayed, as a proxy may pass on what its client sends, is
// answered by what is saved when the body has come.
func TestAnswersToProxiesAreNotHeldBack(t *testing.T) {
	t.Parallel()
	for _, protocol := range []int{1, 2} {
		w := newAuthorizeWorld(t)
		w.speak(protocol)
		asked := []string{"X-Original-URI: /app", "X-Original-Method: GET"}
		if got := w.hold(t, "viewer", "GET", "/authorize", "body", asked...)(); got.status != http.StatusOK {
			t.Fatalf("HTTP/%d: got %d, want 200: %s", protocol, got.status, got.body)
		}
		denied, disabled := w.hold(t, "viewer", "GET", "/authorize", "body", asked...), w.hold(t, "viewer", "POST", "/authorize", "body", asked...)
		w.edit(t, model.KindUser, "viewer", func(next *model.Object) error { next.Rules = next.Rules.With(rule(t, "deny app:view")); return nil })
		if got := denied(); got.status != http.StatusForbidden {
			t.Errorf("HTTP/%d: got %d, want 403", protocol, got.status)
		}
		w.disable(t, "viewer")
		if got := disabled(); got.status != http.StatusUnauthorized {
			t.Errorf("HTTP/%d: got %d, want 401", protocol, got.status)
		}
		if got := w.ask(t, "admin", "GET", "/app", "Content-Type: text/plain"); got.status != http.StatusOK {
			t.Errorf("HTTP/%d: got %d of a question without a body", protocol, got.status)
		}
	}
}

// TestQueriesAreDecidedAgainAfterTheirTurn: who waits for its turn is refused when it comes, if it was revoked meanwhile.
func TestQueriesAreDecidedAgainAfterTheirTurn(t *testing.T) {
	t.Parallel()
	for _, query := range []string{"GET /api/v2/orders", "GET /api/v2/orders/count", "DELETE /api/v2/orders?status=new"} {
		clock := new(trap)
		w := newWorld(t, func(config *api.Config) { config.Clock = clock.now })
		admin, err := w.users.Authenticate(t.Context(), "admin", w.tokens["admin"].Digest())
		must(t, err)
		end, err := api.TakeQueries(t.Context(), w.handler, admin.UserID)
		must(t, err)
		before, decided, answered := w.state(t), make(chan struct{}), make(chan reply, 1)
		clock.set(1, func() { close(decided) })
		method, path, _ := strings.Cut(query, " ")
		go func() { answered <- w.request(t, "admin", method, path, "") }()
		<-decided
		w.edit(t, model.KindUser, "admin", func(next *model.Object) error { next.Rules = next.Rules.With(rule(t, "deny orders:*")); return nil })
		end()
		if got := <-answered; got.status != http.StatusForbidden || strings.Count(w.state(t), "orders") != strings.Count(before, "orders") {
			t.Errorf("%s: got %d %s, and %s", query, got.status, got.body, w.state(t))
		}
	}
}

// TestNothingPassesAfterARevocation: what a client sends after a revocation, in a body or in another protocol, does not reach
// the service, however soon it comes.
func TestNothingPassesAfterARevocation(t *testing.T) {
	t.Parallel()
	received := make(chan string, 16)
	service := backend(t, func(w http.ResponseWriter, r *http.Request) {
		from := io.Reader(r.Body)
		if r.Header.Get("Upgrade") != "" {
			conn, buffered, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
			from = buffered
		}
		one := make([]byte, 1)
		for {
			if _, err := io.ReadFull(from, one); err != nil {
				received <- "end"
				return
			}
			received <- string(one)
		}
	})
	for name, head := range map[string]string{
		"a body of known length": "POST /app HTTP/1.1\r\nContent-Length: 2\r\n",
		"a body in chunks":       "POST /app HTTP/1.1\r\nTransfer-Encoding: chunked\r\n",
		"another protocol":       "GET /app HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n",
	} {
		w := newWorld(t, realClock)
		w.save(t, serviceAt("app", "/app", service.URL))
		conn, err := (&tls.Dialer{Config: w.transport().TLSClientConfig}).DialContext(t.Context(), "tcp", w.server.Listener.Addr().String())
		must(t, err)
		say := func(text string) {
			_, err := io.WriteString(conn, text)
			must(t, err)
		}
		say(head + "Host: x\r\nAuthorization: " + w.authorization("admin") + "\r\n\r\n")
		first, second := "1", "2"
		switch {
		case strings.Contains(head, "chunked"):
			first, second = "1\r\n1\r\n", "1\r\n2\r\n0\r\n\r\n"
		case strings.Contains(head, "Upgrade"):
			if _, err := bufio.NewReader(conn).ReadString('\n'); err != nil {
				t.Fatal(err)
			}
		}
		say(first)
		if got := <-received; got != "1" {
			t.Fatalf("%s: the service got %q, want 1", name, got)
		}
		w.disable(t, "admin")
		say(second)
		if got := <-received; got != "end" {
			t.Errorf("%s: the service got %q after the revocation", name, got)
		}
		_ = conn.Close()
	}
}
