package serve

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

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

// TestSlowStrangersStarveNobody: whoever may send without credentials, and takes their time for the body, keeps no user of a new
// connection waiting.
func TestSlowStrangersStarveNobody(t *testing.T) {
	t.Parallel()
	for _, fast := range []bool{false, true} {
		s := newServer(t)
		s.NoFastPath = !fast
		r := start(t, s)
		token := r.firstToken(t)
		asked := request(t, http.MethodPost, r.url+"/api/v2/resources?save=true", "admin", token)
		asked.Header.Set("Content-Type", "application/json")
		asked.Body = io.NopCloser(strings.NewReader(`{"name":"hooks","requests":[{"endpoint":"collection","method":"POST","anyone":true}]}`))
		if got := do(t, r.client(t), asked); got.status != http.StatusCreated {
			t.Fatalf("got %d %s, want 201", got.status, got.body)
		}
		for range 2*runtime.GOMAXPROCS(0) + 1 {
			conn := r.dialTLS(t)
			if _, err := io.WriteString(conn, "POST /api/v2/hooks HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			if got, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(got, " 100 ") {
				t.Fatalf("got %q (%v), want 100: its body is being read", got, err)
			}
		}
		asker := r.asker(t, tls.VersionTLS13)
		if err := asker.conn.SetDeadline(time.Now().Add(readTimeout / 2)); err != nil { // before the strangers are cut off
			t.Fatal(err)
		}
		if got := asker.ask(t, "/api/v2/time", basic("admin", token)); got.status != http.StatusOK {
			t.Errorf("fast path %t: got %d beside slow strangers, want 200", fast, got.status)
		}
	}
}
