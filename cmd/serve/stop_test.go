package serve

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime/pprof"
	"strings"
	"testing"
	"time"
)

// TestStopEndsEveryGoroutine runs by itself, before the parallel tests go on: what they have waiting is there before
// and after.
func TestStopEndsEveryGoroutine(t *testing.T) { //nolint:paralleltest // it counts goroutines
	before := pprof.Lookup("goroutine").Count()
	s := newServer(t)
	r := start(t, s)
	token := r.firstToken(t)
	two := r.client(t)
	one := &http.Client{Transport: &http.Transport{TLSClientConfig: r.trust(t)}}
	for _, client := range []*http.Client{one, two} {
		if got := r.getTime(t, client, firstUser, token); got.status != http.StatusOK {
			t.Fatalf("got %d, want 200", got.status)
		}
	}
	unused := r.dialTLS(t)
	r.stop(t)
	if r.err != nil {
		t.Errorf("got %v, want nil", r.err)
	}
	one.CloseIdleConnections()
	two.CloseIdleConnections()
	unused.Close()
	awaitGoroutines(t, before)
	if messages := r.messages.String(); !strings.HasSuffix(messages, "\nstopping: running requests may finish within 10s\n") {
		t.Errorf("got\n%s\nwant it to end with the stop", messages)
	}
}

// awaitGoroutines waits until no more goroutines run than before: some end a moment after what they served.
func awaitGoroutines(t *testing.T, before int) {
	t.Helper()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	end := time.After(time.Minute)
	for pprof.Lookup("goroutine").Count() > before {
		select {
		case <-look.C:
		case <-end:
			var stacks bytes.Buffer
			_ = pprof.Lookup("goroutine").WriteTo(&stacks, 1)
			t.Fatalf("got %d goroutines, want the %d from before:\n%s", pprof.Lookup("goroutine").Count(), before, &stacks)
		}
	}
}

// TestStopEndsStreams: at a stop, what has no end is cut when draining is over, and a request that can finish does.
func TestStopEndsStreams(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/events":
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, "data: 1\n\n")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		case "/socket":
			conn, buffered, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			_, _ = buffered.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nx")
			_ = buffered.Flush()
			_, _ = io.Copy(io.Discard, conn)
		default:
			_, _ = io.WriteString(w, "begun")
			_ = http.NewResponseController(w).Flush()
			<-release
			_, _ = io.WriteString(w, ", and done")
		}
	}))
	t.Cleanup(service.Close)
	r := start(t, newServer(t))
	r.saveService(t, service.URL)
	admin := basicOf(firstUser, r.firstToken(t))
	open := func(path, fields, until string) *bufio.Reader {
		conn := r.dialTLS(t)
		if _, err := io.WriteString(conn, "GET /app"+path+" HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: "+admin+"\r\n"+fields+"\r\n"); err != nil {
			t.Fatal(err)
		}
		if err := conn.SetReadDeadline(time.Now().Add(stopTimeout / 2)); err != nil {
			t.Fatal(err)
		}
		from := bufio.NewReader(conn)
		for text := ""; !strings.HasSuffix(text, until); {
			char, err := from.ReadByte()
			if err != nil {
				t.Fatalf("%s: got %q, %v", path, text, err)
			}
			text += string(char)
		}
		return from
	}
	endless := map[string]*bufio.Reader{"an event stream": open("/events", "", "data: 1\n\n"),
		"a WebSocket": open("/socket", "Connection: Upgrade\r\nUpgrade: websocket\r\n", "\r\n\r\nx")}
	page := open("/page", "Connection: close\r\n", "begun")
	r.cancel()
	for what, from := range endless {
		if rest, err := io.ReadAll(from); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s goes on after the stop: %q", what, rest)
		}
	}
	close(release)
	if rest, err := io.ReadAll(page); err != nil || !strings.Contains(string(rest), ", and done") {
		t.Errorf("a page that was not finished yet: got %q, %v", rest, err)
	}
	r.stop(t)
	if r.err != nil {
		t.Error(r.err)
	}
}
