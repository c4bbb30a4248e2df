package proof

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/tokens"
)

// TestThousandSlowClients keeps more than a thousand connections busy with getting nowhere, each in one of the ways that
// there are, and opens another one wherever the server has had enough: all the time a user who comes anew for each
// request is answered (H5). The long form is 5000 requests.
func TestThousandSlowClients(t *testing.T) {
	t.Parallel()
	const enough = 1000
	i := install(t, "user add ci --save")
	token := i.do(t, "token", "enable", "ci", "--save")
	s := i.serve(t, "--access-log", "off")
	ctx, stop := context.WithCancel(t.Context())
	var slow slowClients
	slow.begin(ctx, s, enough*5/4)
	worst, most := time.Duration(0), int64(0)
	began, requests := time.Now(), 0
	for limit := time.Duration(amount(1, 10)) * time.Minute; time.Since(began) < limit; requests++ {
		if requests >= amount(100, 5000) && most >= enough {
			break
		}
		asked, user := time.Now(), s.from("127.0.0.1")
		if got, _, err := s.ask(t.Context(), user, "ci", token, "/api/v2/time"); err != nil || got != http.StatusOK {
			t.Errorf("request %d: got %d, %v%s", requests, got, err, s.lastWords())
			break
		}
		user.CloseIdleConnections()
		worst, most = max(worst, time.Since(asked)), max(most, slow.open.Load())
	}
	stop()
	slow.clients.Wait()
	if most < enough {
		t.Errorf("at most %d slow connections were open at once, want %d: there was no attack", most, enough)
	}
	t.Logf("%d requests on new connections, the slowest took %v; %d slow connections, at most %d at once; %d KiB at most",
		requests, worst.Round(time.Millisecond), slow.opened.Load(), most, s.mustBeSmall(t, 384<<10))
}

// slowClients are many who keep connections open and get nowhere.
type slowClients struct {
	clients      sync.WaitGroup
	open, opened atomic.Int64
}

// begin has as many slow clients as are wanted at once, until the context ends.
func (c *slowClients) begin(ctx context.Context, s *server, wanted int) {
	turns := make(chan struct{}, 16) // of those who connect
	for number := range wanted {
		c.clients.Go(func() {
			for ctx.Err() == nil {
				turns <- struct{}{}
				conn, text := s.slowly(ctx, slowWays[number%len(slowWays)])
				<-turns
				if conn != nil {
					c.opened.Add(1)
					c.open.Add(1)
					drip(ctx, conn, text)
					c.open.Add(-1)
				}
			}
		})
	}
}

// slowWay is what a slow client sends before it gets slow. The rest of it comes a byte at a time, or never.
type slowWay struct {
	secured     bool
	first, rest string
}

var slowWays = []slowWay{
	{false, "", ""},
	{false, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc", strings.Repeat("\x03", 500)}, // a TLS greeting
	{true, "GET /api/v2/time HTTP/1.1\r\nHost: x\r\nX-Slow: ", strings.Repeat("x", 500)},
	{true, "POST /api/v2/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{", strings.Repeat(" ", 900)},
	{true, strings.Repeat("GET /api/v2/time HTTP/1.1\r\nHost: x\r\n\r\n", 300), ""}, // no answer is taken
}

// slowly opens a connection, and returns what is left to send; nil where it got nowhere.
func (s *server) slowly(ctx context.Context, way slowWay) (net.Conn, string) {
	limited, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(limited, "tcp", s.address())
	if err != nil {
		return nil, ""
	}
	if way.secured {
		secured := tls.Client(conn, s.trust)
		if secured.HandshakeContext(limited) != nil {
			_ = conn.Close()
			return nil, ""
		}
		conn = secured
	}
	_ = conn.SetWriteDeadline(time.Now().Add(time.Second)) // who takes no answer cannot send for ever either
	_, _ = io.WriteString(conn, way.first)
	return conn, way.rest
}

// drip sends a text slowly until the server or the context ends that.
func drip(ctx context.Context, conn net.Conn, text string) {
	defer conn.Close()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		if text != "" { // what has sent all it has does not read either
			_, _ = io.Copy(io.Discard, conn)
		} else {
			<-ctx.Done()
		}
	}()
	next := time.NewTicker(time.Second)
	defer next.Stop()
	for seconds := 0; seconds < 20; seconds++ {
		select {
		case <-ctx.Done():
			return
		case <-gone:
			return
		case <-next.C:
		}
		if text != "" {
			_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
			if _, err := io.WriteString(conn, text[:1]); err != nil {
				return
			}
			text = text[1:]
		}
	}
}

// TestFloodOfFailures guesses tokens from many addresses for all it can, on kept and on new connections: from each of
// them a right token is accepted all the time, guesses beyond the limit are told to wait, and the server's memory stays
// small (H6, promise 3). The long form has more addresses than the server remembers.
func TestFloodOfFailures(t *testing.T) {
	t.Parallel()
	i := install(t, "user add ci --save")
	token := i.do(t, "token", "enable", "ci", "--save")
	s := i.serve(t, "--access-log", "off")
	began := time.Now()
	var guessing sync.WaitGroup
	var others, guessed atomic.Int64
	var counts [8]guesses // by address
	for number := range counts {
		guessing.Go(func() {
			s.guessOften(t, fmt.Sprintf("127.0.0.%d", 1+number), &counts[number])
			for other := others.Add(1); other <= int64(amount(200, 40_000)) && !t.Failed(); other = others.Add(1) {
				stranger := s.from(fmt.Sprintf("127.1.%d.%d", other>>8, other&255))
				s.guess(t, stranger)
				stranger.CloseIdleConnections()
				guessed.Add(1)
			}
		})
	}
	over := make(chan struct{})
	go func() { guessing.Wait(); close(over) }()
	requests := 0
	for going := true; going && !t.Failed(); requests++ {
		user := s.from(fmt.Sprintf("127.0.0.%d", 1+requests%len(counts)))
		if got, _, err := s.ask(t.Context(), user, "ci", token, "/api/v2/time"); err != nil || got != http.StatusOK {
			t.Errorf("request %d: got %d, %v%s", requests, got, err, s.lastWords())
		}
		user.CloseIdleConnections()
		select {
		case <-over:
			going = requests < 100
		default:
		}
	}
	<-over
	for number := range counts {
		counts[number].check(t, time.Since(began))
	}
	t.Logf("%d right requests beside %d guesses of few and %d of many; %d KiB at most", requests, len(counts)*oftenGuessed, guessed.Load(), s.mustBeSmall(t, 256<<10))
}

// oftenGuessed is how often each of the few guesses; 100 in a minute are answered with 401.
const oftenGuessed = 150

// guesses counts what one address has got for its guesses.
type guesses struct{ refused, throttled int }

func (g guesses) check(t *testing.T, took time.Duration) {
	t.Helper()
	most := 101 + int(took.Seconds()*100/60)
	if g.refused > most || g.throttled == 0 || g.refused+g.throttled != oftenGuessed {
		t.Errorf("an address got 401 %d times and 429 %d times, want 401 at most %d times and 429 for all others", g.refused, g.throttled, most)
	}
}

// guessOften guesses from one address, ten times on each connection.
func (s *server) guessOften(t *testing.T, address string, count *guesses) {
	stranger := s.from(address)
	for n := range oftenGuessed {
		switch s.guess(t, stranger) {
		case http.StatusUnauthorized:
			count.refused++
		case http.StatusTooManyRequests:
			count.throttled++
		}
		if n%10 == 9 {
			stranger.CloseIdleConnections()
		}
	}
}

// guess asks with a wrong token, and returns the status.
func (s *server) guess(t *testing.T, stranger *http.Client) int {
	token, err := tokens.New(rand.Reader)
	if err != nil {
		t.Error(err)
		return 0
	}
	got, wait, err := s.ask(t.Context(), stranger, "ci", token.Reveal(), "/api/v2/time")
	if err != nil {
		t.Errorf("guessing: %v%s", err, s.lastWords())
	} else if got != http.StatusUnauthorized && (got != http.StatusTooManyRequests || wait == "") {
		t.Errorf("guessing: got %d, Retry-After %q; want 401, or 429 with it", got, wait)
	}
	return got
}

// from is a client that comes from one of this machine's addresses.
func (s *server) from(address string) *http.Client {
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	return &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{TLSClientConfig: s.trust, DialContext: dialer.DialContext}}
}

func (s *server) address() string { return strings.TrimPrefix(s.url, "https://") }

// mustBeSmall checks how much memory the server has had at most, and returns that; both in KiB. The limits are several
// times what it takes.
func (s *server) mustBeSmall(t *testing.T, limit int) (most int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.process.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(status), "VmHWM:")
	if _, err := fmt.Sscan(line, &most); err != nil || most > limit {
		t.Errorf("the server has had %d KiB, %v; want at most %d", most, err, limit)
	}
	return most
}
