package serve

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/cmd/serve/telemetry"
	"latchkey/db"
	"latchkey/db/drafts"
	"latchkey/db/model"
	"latchkey/tokens"
)

// What a serving process is told by its environment: what to serve, and what from.
const (
	benchmarkServes = "LATCHKEY_BENCH_SERVES"
	benchmarkUsers  = "LATCHKEY_BENCH_DATABASE"
	// benchmarkProfile names a file that the process writes a profile of its processor time to, for a single benchmark.
	benchmarkProfile = "LATCHKEY_BENCH_PROFILE"
)

// TestServingProcess is no test: it is the process that benchmarks ask, so that its processor time is its own. It says
// where it listens, and what credentials are right, and serves until its standard input ends.
func TestServingProcess(t *testing.T) {
	profile(t)
	var address, authorization string
	switch os.Getenv(benchmarkServes) {
	case "":
		t.Skip("run by benchmarks alone")
	case "bare":
		address = bareTLS(t, http.HandlerFunc(answerWithoutLooking))
	default:
		s := newServer(t)
		if path := os.Getenv(benchmarkUsers); path != "" {
			s.Database = path
		}
		r := startAs(t, s, os.Getenv(benchmarkServes))
		address = r.address()
		if s.Database != os.Getenv(benchmarkUsers) {
			authorization = "Basic " + base64.StdEncoding.EncodeToString([]byte(firstUser+":"+r.firstToken(t)))
		}
	}
	if _, err := fmt.Fprintf(os.Stdout, "%s %s\n", address, authorization); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// profile writes the profile of a serving process, if one is wanted.
func profile(t *testing.T) {
	t.Helper()
	path := os.Getenv(benchmarkProfile)
	if path == "" || os.Getenv(benchmarkServes) == "" {
		return
	}
	file, err := os.Create(path)
	if err == nil {
		err = pprof.StartCPUProfile(file)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pprof.StopCPUProfile(); file.Close() })
}

// startAs starts a server; one is without the fast path, and an observed one has access log, metrics, request log and last uses on (P2).
func startAs(t *testing.T, s *server, what string) *running {
	t.Helper()
	s.NoFastPath = what == "nethttp"
	if what != "observed" {
		return start(t, s)
	}
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	messages := newStream()
	s.Messages = &splitWriter{messages: messages, log: log}
	s.AccessLog, s.RequestLog, s.MetricsListen = telemetry.Text, 10_000, "127.0.0.1:0"
	r := launch(t, s)
	r.messages = messages
	r.await(t, "listening on ")
	r.url = r.printedURL()
	return r
}

// splitWriter puts the messages where a test reads it, until its last line, and then everything into a file.
type splitWriter struct {
	messages *stream
	log      *os.File
}

func (w *splitWriter) Write(text []byte) (int, error) {
	if !strings.Contains(w.messages.String(), "listening on ") {
		return w.messages.Write(text)
	}
	return w.log.Write(text)
}

// serving is a process that serves.
type serving struct {
	process                *exec.Cmd
	address, authorization string
}

func serveElsewhere(b *testing.B, what, database string) *serving {
	b.Helper()
	s := &serving{process: exec.CommandContext(context.WithoutCancel(b.Context()), os.Args[0], "-test.run=^TestServingProcess$")}
	s.process.Env = append(os.Environ(), benchmarkServes+"="+what, benchmarkUsers+"="+database)
	input, err := s.process.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	output, err := s.process.StdoutPipe()
	if err == nil {
		err = s.process.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = errors.Join(input.Close(), s.process.Wait()) })
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		b.Fatalf("the serving process says %q: %v", line, err)
	}
	s.address, s.authorization, _ = strings.Cut(strings.TrimSuffix(line, "\n"), " ")
	return s
}

// processorTime is what the process has used. Linux counts it in hundredths of a second.
func (s *serving) processorTime(b *testing.B) time.Duration {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.process.Process.Pid))
	if err != nil {
		return 0 // not on this system
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	user, err := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	if err := errors.Join(err, err2); err != nil {
		b.Fatal(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}

// BenchmarkServe asks the whole server for the time, as a user and as nobody, and the floor beside it: kept-alive
// connections, one request at a time on each. Compare within one run only. cpu-ns/req is of the server alone.
func BenchmarkServe(b *testing.B) {
	for _, protocol := range []string{"HTTP1", "HTTP2"} {
		for _, connections := range []int{32, 128} {
			for _, what := range []string{"bare", "nethttp", "time", "observed", "refused"} {
				b.Run(fmt.Sprintf("%s/connections=%d/%s", protocol, connections, what), func(b *testing.B) {
					s := serveElsewhere(b, what, "")
					status := http.StatusOK
					if what == "refused" {
						status, s.authorization = http.StatusUnauthorized, "Basic YWRtaW46d3Jvbmc="
					}
					before := s.processorTime(b)
					s.ask(b, protocol, connections, status)
					b.ReportMetric(float64(s.processorTime(b)-before)/float64(b.N), "cpu-ns/req")
				})
			}
		}
	}
}

// ask has all connections ask for the time until the benchmark has enough.
func (s *serving) ask(b *testing.B, protocol string, connections, status int) {
	b.Helper()
	clients := make([]func() error, connections)
	for i := range clients {
		if protocol == "HTTP1" {
			clients[i] = s.askByHand(b, status)
		} else {
			clients[i] = s.askByHTTP2(b, status)
		}
	}
	var left atomic.Int64
	left.Store(int64(b.N))
	failed := make([]error, connections)
	var group sync.WaitGroup
	b.ResetTimer()
	for i, client := range clients {
		group.Go(func() {
			for left.Add(-1) >= 0 && failed[i] == nil {
				failed[i] = client()
			}
		})
	}
	group.Wait()
	b.StopTimer()
	if err := errors.Join(failed...); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
}

// askByHand is a client of HTTP/1.1 that does as little as it can: it shares the processors with the server.
func (s *serving) askByHand(b *testing.B, status int) func() error {
	b.Helper()
	conn := secure(b, s.address, &tls.Config{InsecureSkipVerify: true}) // the handshake is not what is measured
	if err := conn.SetDeadline(time.Time{}); err != nil {
		b.Fatal(err)
	}
	reader := bufio.NewReader(conn)
	text := "GET /api/v2/time HTTP/1.1\r\nHost: " + s.address + "\r\nAuthorization: " + s.authorization + "\r\n\r\n"
	return func() error { return askOnce(conn, reader, text, status) }
}

func (s *serving) askByHTTP2(b *testing.B, status int) func() error {
	b.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}
	b.Cleanup(transport.CloseIdleConnections)
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "https://"+s.address+"/api/v2/time", nil)
	if err != nil {
		b.Fatal(err)
	}
	request.Header.Set("Authorization", s.authorization)
	return func() error {
		answer, err := transport.RoundTrip(request)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, answer.Body)
		if answer.StatusCode != status || answer.ProtoMajor != 2 {
			return fmt.Errorf("got %s, want %d by HTTP/2", answer.Status, status)
		}
		return errors.Join(err, answer.Body.Close())
	}
}

// BenchmarkBesideSaves asks the server while this process, another one, saves so many times a second (P12), among as many
// users as LATCHKEY_BENCH_USERS says, or a thousand. Saves to another database tell what the server pays for saves from
// what it pays for the processor that they take.
func BenchmarkBesideSaves(b *testing.B) {
	users := 1000
	if text := os.Getenv("LATCHKEY_BENCH_USERS"); text != "" {
		var err error
		if users, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	operator := newServer(b).Operator
	seed := make([]model.Object, users)
	for i := range seed {
		name := fmt.Sprintf("user%07d", i)
		seed[i] = model.Object{Kind: model.KindUser, Name: name, Access: tokens.Access{Current: tokens.DigestOf(name), IssuedAt: time.Unix(1764000000, 0).UTC()}}
	}
	served, another := writerOf(b, operator, seed), writerOf(b, operator, seed)
	for _, arm := range []struct {
		name   string
		writer *db.DB
		rate   int
	}{{"saves=0", served, 0}, {"saves=100", served, 100}, {"saves=1000", served, 1000}, {"saves=1000/elsewhere", another, 1000}} {
		b.Run(arm.name, func(b *testing.B) {
			s := serveElsewhere(b, "time", served.Path())
			s.authorization = "Basic " + base64.StdEncoding.EncodeToString([]byte(seed[0].Name+":"+seed[0].Name))
			stop, saved := make(chan struct{}), make(chan int)
			go func() {
				saved <- saveAtRate(b, arm.writer, drafts.Draft{Operator: operator}, seed[users-1].Name, arm.rate, stop)
			}()
			s.ask(b, "HTTP1", 32, http.StatusOK)
			close(stop)
			b.ReportMetric(float64(<-saved)/b.Elapsed().Seconds(), "saves/s")
		})
	}
}

// writerOf makes a database of users and opens it for saves.
func writerOf(b *testing.B, operator model.Operator, users []model.Object) *db.DB {
	b.Helper()
	path := filepath.Join(b.TempDir(), "latchkey.db")
	options := db.Options{Clock: time.Now, Writable: true}
	if err := db.Create(b.Context(), path, options, operator, users); err != nil {
		b.Fatal(err)
	}
	writer, err := db.Open(b.Context(), path, options)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { writer.Close() })
	return writer
}

// saveAtRate saves a note of a user so many times a second, as far as that can be done, and returns how often it was.
func saveAtRate(b *testing.B, writer *db.DB, draft drafts.Draft, name string, rate int, stop <-chan struct{}) (saved int) {
	if rate == 0 {
		<-stop
		return 0
	}
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return saved
		case <-tick.C:
		}
		edit := db.Edit{Kind: model.KindUser, Draft: draft, Names: []string{name}, Change: func(s *model.Target) error {
			s.Next.Note = fmt.Sprint(saved)
			return nil
		}}
		if _, err := writer.SaveEdit(b.Context(), edit, ""); err != nil {
			b.Error(err)
			return saved
		}
		saved++
	}
}
