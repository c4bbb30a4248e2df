package serve

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestGreedyUsersMakeRoom: where all are at work, the user with more than a share of the room gives some of it, what is
// idle first, then what waits for its client, then the oldest; and no more than what is beyond a share.
func TestGreedyUsersMakeRoom(t *testing.T) {
	t.Parallel()
	c := newCrowd(t)
	c.limit = 8
	accept := func(user int64, running int32) *connection {
		conn := c.accept()
		conn.user.Store(user)
		conn.proven.Store(true)
		conn.running.Store(running)
		return conn
	}
	modest, quiet := accept(2, 1), accept(2, 0)
	oldest, older, idle, waiting := accept(1, 1), accept(1, 1), accept(1, 0), accept(1, 1)
	kept := []*connection{modest, accept(1, 1), accept(1, 1)}
	waiting.reading.Store(1)
	for i, next := range []*connection{idle, waiting, oldest, older, quiet} {
		if !c.has(next) {
			t.Fatalf("connection %d was closed out of its turn", i)
		}
		c.clock.advance(quietTime)
		fresh := c.newConnection(nil)
		fresh.running.Store(1)
		if !c.admit(fresh) || c.has(next) {
			t.Fatalf("connection %d: got it open, want it closed for the new one", i)
		}
	}
	for i, conn := range kept {
		if !c.has(conn) {
			t.Errorf("got busy connection %d closed, of a user with no more than a share", i)
		}
	}
	c.clock.advance(quietTime)
	if c.admit(c.newConnection(nil)) {
		t.Error("got room made by somebody who has no more than a share, and is at work")
	}
}

// TestGreedyUsersAreAtWork: what a user with more than a share has just begun is not broken off.
func TestGreedyUsersAreAtWork(t *testing.T) {
	t.Parallel()
	c := newCrowd(t)
	for range 4 {
		conn := c.accept()
		conn.user.Store(1)
		conn.proven.Store(true)
		conn.running.Store(1)
		conn.used.Store(int64(time.Hour))
	}
	c.clock.advance(time.Hour + quietTime/2 - c.elapsed())
	if c.admit(c.newConnection(nil)) {
		t.Fatal("got a connection closed whose request has just begun")
	}
	c.clock.advance(quietTime)
	if !c.admit(c.newConnection(nil)) {
		t.Error("got no room made, by requests that have lasted")
	}
}

// TestWhoWaitsForItsClient: a request is known to wait for its body as long as it does.
func TestWhoWaitsForItsClient(t *testing.T) {
	t.Parallel()
	c := newCrowd(t)
	conn := c.accept()
	body, client := io.Pipe()
	request := httptest.NewRequestWithContext(remember(t.Context(), conn), http.MethodPost, "/", body)
	begun, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		c.mark(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			prove(r.Context(), 7)
			close(begun)
			_, _ = io.ReadAll(r.Body)
		})).ServeHTTP(httptest.NewRecorder(), request)
	}()
	<-begun
	if _, err := client.Write([]byte("{")); err != nil { // returns once it is read: somebody is reading
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); conn.reading.Load() != 1; time.Sleep(time.Millisecond) { //nolint:forbidigo // no event tells that a read waits
		if time.Now().After(deadline) {
			t.Fatal("got nobody waiting for the rest of the body")
		}
	}
	client.Close()
	<-ended
	if conn.reading.Load() != 0 || conn.running.Load() != 0 || conn.user.Load() != 7 {
		t.Errorf("got %d waiting, %d running, user %d; want 0, 0, 7", conn.reading.Load(), conn.running.Load(), conn.user.Load())
	}
}

// addUser makes a user without any permission, and returns their token.
func (r *running) addUser(t *testing.T, name, admin string) (token string) {
	t.Helper()
	client := r.client(t)
	for _, step := range []struct{ method, path, body string }{{"POST", "users", `{"name":"` + name + `"}`}, {"PUT", "users/" + name + "/token", ""}} {
		asked := request(t, step.method, r.url+"/api/v2/"+step.path+"?save=true", "admin", admin)
		if asked.Header.Set("Content-Type", "application/json"); step.body != "" {
			asked.Body = io.NopCloser(strings.NewReader(step.body))
		}
		got := do(t, client, asked)
		var issued struct{ Token string }
		if err := json.Unmarshal([]byte(got.body), &issued); err != nil || got.status/100 != 2 {
			t.Fatalf("%s %s: got %d %s", step.method, step.path, got.status, got.body)
		}
		token = issued.Token
	}
	return token
}

// hold keeps a connection with a request whose body never comes, and another one whenever the server has enough of it.
func (r *running) hold(ctx context.Context, config *tls.Config, user, token string, held func()) {
	for ctx.Err() == nil {
		dialer := tls.Dialer{Config: config}
		if conn, err := dialer.DialContext(ctx, "tcp", r.address()); err == nil {
			stop := context.AfterFunc(ctx, func() { conn.Close() })
			asked, _ := http.NewRequestWithContext(ctx, http.MethodPost, r.url+"/api/v2/draft/save", nil)
			asked.SetBasicAuth(user, token)
			_, _ = fmt.Fprintf(conn, "POST /api/v2/draft/save HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n",
				asked.Header.Get("Authorization"))
			held()
			_, _ = io.Copy(io.Discard, conn)
			stop()
			conn.Close()
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// TestSlowUserStarvesNobody: a user with right credentials who holds more slow connections than there is room for keeps
// nobody else out (H5).
func TestSlowUserStarvesNobody(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.connections = 40
	r := start(t, s)
	token, kept, config := r.firstToken(t), r.client(t), r.trust(t)
	kept.Timeout = readTimeout * 2 / 3 // before the slow ones end by themselves
	weak := r.addUser(t, "weak", token)
	config.ServerName = "127.0.0.1"
	attacking, stop := context.WithCancel(t.Context())
	var holders sync.WaitGroup
	defer holders.Wait()
	defer stop()
	held := make(chan struct{}, 10_000)
	for range 60 {
		holders.Go(func() { r.hold(attacking, config, "weak", weak, func() { held <- struct{}{} }) })
	}
	for range s.connections {
		<-held
	}
	for range 20 {
		fresh := &http.Client{Transport: &http.Transport{TLSClientConfig: r.trust(t), DisableKeepAlives: true}, Timeout: kept.Timeout}
		for _, client := range []*http.Client{kept, fresh} {
			if got := r.getTime(t, client, "admin", token); got.status != http.StatusOK {
				t.Fatalf("got %d beside a user's slow connections, want 200", got.status)
			}
		}
	}
}
