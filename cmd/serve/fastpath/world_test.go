package fastpath_test

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"latchkey/cmd/serve/fastpath"
)

var startOfTests = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// script is a connection whose client sends given pieces, each of which comes in one read, and goes away.
type script struct {
	pieces      [][]byte
	written     bytes.Buffer
	closed      bool
	reads       []time.Time // the limits, as set
	writes      []time.Time
	beforeWrite func()
}

func (s *script) Read(into []byte) (int, error) {
	if len(s.pieces) == 0 {
		return 0, io.EOF
	}
	n := copy(into, s.pieces[0])
	if s.pieces[0] = s.pieces[0][n:]; len(s.pieces[0]) == 0 {
		s.pieces = s.pieces[1:]
	}
	return n, nil
}

func (s *script) Write(text []byte) (int, error) {
	if s.beforeWrite != nil {
		s.beforeWrite()
	}
	return s.written.Write(text)
}

func (s *script) Close() error       { s.closed = true; return nil }
func (*script) LocalAddr() net.Addr  { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 443} }
func (*script) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 1024} }
func (s *script) SetReadDeadline(limit time.Time) error {
	s.reads = append(s.reads, limit)
	return nil
}

func (s *script) SetWriteDeadline(limit time.Time) error {
	s.writes = append(s.writes, limit)
	return nil
}

func (s *script) SetDeadline(limit time.Time) error {
	_ = s.SetReadDeadline(limit)
	return s.SetWriteDeadline(limit)
}

// world is a server and what it has done.
type world struct {
	*fastpath.Server
	mutex sync.Mutex
	paths []string // that the handler was asked for
	log   bytes.Buffer
	now   time.Time
}

// newWorld makes a server with a handler of its own, or one that answers with the path.
func newWorld(handler http.HandlerFunc) *world {
	w := &world{now: startOfTests}
	if handler == nil {
		handler = echo
	}
	recorded := func(to http.ResponseWriter, r *http.Request) {
		w.mutex.Lock()
		w.paths = append(w.paths, r.URL.Path)
		w.mutex.Unlock()
		handler(to, r)
	}
	w.Server = &fastpath.Server{Handler: http.HandlerFunc(recorded), Clock: func() time.Time { return w.now }, Log: slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		FirstLimit: 5 * time.Second, IdleLimit: time.Minute, WriteLimit: 30 * time.Second}
	return w
}

func echo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	_, _ = io.WriteString(w, r.URL.Path)
}

func plain(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n" }

// serve has the server answer what a client sends in pieces.
func (w *world) serve(t *testing.T, pieces ...string) (s *script, rest string, goesOn bool) {
	t.Helper()
	s = new(script)
	for _, piece := range pieces {
		s.pieces = append(s.pieces, []byte(piece))
	}
	left, goesOn := w.Serve(t.Context(), s)
	if s.closed == goesOn {
		t.Errorf("got closed %t, goes on %t", s.closed, goesOn)
	}
	return s, string(left), goesOn
}
