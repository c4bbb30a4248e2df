package proof

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	unfinishedBodies = 300
	unfinishedSize   = 900_000   // bytes sent of each body
	unfinishedGrowth = 160 << 10 // KiB that the server may grow by (H13)
)

// TestUnfinishedBodiesFillNoMemory sends most of 300 bodies at a time and ends none of them, again and again, as users who may
// do nothing: the server's memory grows by a bounded amount, whether one user does so or several, by HTTP/2 or by as many
// connections, and another user is answered all the while (H13).
func TestUnfinishedBodiesFillNoMemory(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		attackers int
		streams   int // on a connection
	}{{"one user", 1, 100}, {"three users", 3, 100}, {"one user by HTTP/1.1", 1, 1}, {"ten users by HTTP/1.1", 10, 1}} {
		t.Run(test.name, func(t *testing.T) {
			i := install(t, "user add ci --save")
			token := i.do(t, "token", "enable", "ci", "--save")
			var attacks []*bodyAttack
			for number := range test.attackers {
				name := fmt.Sprintf("thief%d", number)
				i.do(t, "user", "add", name, "--save")
				attacks = append(attacks, &bodyAttack{user: name, token: i.do(t, "token", "enable", name, "--save"), streams: test.streams})
			}
			s := i.serve(t, "--access-log", "off")
			answered := func() {
				if got, err := s.get(t.Context(), "ci", token, "/api/v2/time"); err != nil || got != http.StatusOK {
					t.Fatalf("another user: got %d, %v%s", got, err, s.lastWords())
				}
			}
			answered()
			before := s.memory(t, "VmRSS:")
			for range 3 {
				ctx, stop := context.WithCancel(t.Context())
				for number, attack := range attacks {
					attack.begin(ctx, s, unfinishedBodies/test.attackers, number)
				}
				for began := time.Now(); !finished(attacks) && time.Since(began) < 10*time.Second; {
					answered()
				}
				stop()
				for _, attack := range attacks {
					attack.clients.Wait()
				}
			}
			most, sent := s.memory(t, "VmHWM:"), int64(0)
			for _, attack := range attacks {
				sent += attack.sent.Load()
			}
			if sent < 100<<20 {
				t.Errorf("%d bytes of bodies were sent: there was no attack", sent)
			}
			if most-before > unfinishedGrowth {
				t.Errorf("the server grew from %d to %d KiB, want at most %d more", before, most, unfinishedGrowth)
			}
			t.Logf("%d KiB of bodies: the server grew from %d to %d KiB", sent>>10, before, most)
		})
	}
}

func finished(attacks []*bodyAttack) bool {
	for _, attack := range attacks {
		if attack.busy.Load() > 0 {
			return false
		}
	}
	return true
}

// bodyAttack is a client that sends bodies and does not end them.
type bodyAttack struct {
	user, token string
	streams     int // on each connection; 1: HTTP/1.1
	clients     sync.WaitGroup
	busy        atomic.Int64 // bodies that are still being sent
	sent        atomic.Int64 // bytes of bodies
}

// begin sends that many bodies, some with their length and some without. They end with the context.
func (a *bodyAttack) begin(ctx context.Context, s *server, count, number int) {
	var client *http.Client
	a.busy.Store(int64(count))
	for n := range count {
		if n%a.streams == 0 {
			transport := &http.Transport{TLSClientConfig: s.trust.Clone(), ForceAttemptHTTP2: a.streams > 1}
			client = &http.Client{Transport: transport}
			context.AfterFunc(ctx, transport.CloseIdleConnections)
		}
		of := client
		a.clients.Go(func() { a.send(ctx, s, of, n%2 == number%2) })
	}
}

func (a *bodyAttack) send(ctx context.Context, s *server, client *http.Client, withLength bool) {
	body := &unfinishedBody{of: a, ctx: ctx, left: unfinishedSize}
	defer body.sent()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/api/v2/draft/save", body)
	if err != nil {
		panic(err) // no request depends on what is there
	}
	if withLength {
		request.ContentLength = 1 << 20
	}
	request.SetBasicAuth(a.user, a.token)
	request.Header.Set("Content-Type", "application/json")
	if answer, err := client.Do(request); err == nil { // else it was broken off
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
	}
}

// unfinishedBody is a body of which all but the end comes.
type unfinishedBody struct {
	of   *bodyAttack
	ctx  context.Context
	left int
	once sync.Once
}

func (b *unfinishedBody) Read(into []byte) (int, error) {
	if b.left == 0 {
		b.sent()
		<-b.ctx.Done()
		return 0, b.ctx.Err()
	}
	n := min(len(into), b.left)
	copy(into, strings.Repeat(" ", n))
	b.left -= n
	b.of.sent.Add(int64(n))
	return n, nil
}

func (b *unfinishedBody) sent() { b.once.Do(func() { b.of.busy.Add(-1) }) }

// memory is a line of what the system says of the server's memory, in KiB.
func (s *server) memory(t *testing.T, name string) (kib int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.process.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(status), name)
	if _, err := fmt.Sscan(line, &kib); err != nil {
		t.Fatal(err)
	}
	return kib
}
