package fastpath_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
)

// oneConnection is a listener with a single connection.
type oneConnection struct {
	conn   chan net.Conn
	closed chan struct{}
	close  sync.Once
}

func (l *oneConnection) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conn:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *oneConnection) Close() error { l.close.Do(func() { close(l.closed) }); return nil }
func (*oneConnection) Addr() net.Addr { return &net.TCPAddr{} }

// byNetHTTP is what a client gets from net/http.
func byNetHTTP(t *testing.T, handler http.Handler, text string) []byte {
	t.Helper()
	ours, theirs := net.Pipe()
	listener := &oneConnection{conn: make(chan net.Conn, 1), closed: make(chan struct{})}
	listener.conn <- theirs
	server := &http.Server{Handler: handler, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)}
	go func() { _ = server.Serve(listener) }()
	go func() { _, _ = io.WriteString(ours, text) }()
	all, err := io.ReadAll(ours)
	if err := errors.Join(err, server.Close()); err != nil {
		t.Fatal(err)
	}
	return all
}

// answer is a response without the time.
type answer struct {
	status int
	header http.Header
	body   string
	err    string // the body is not whole
	close  bool
	length int64
}

func readAnswers(t *testing.T, text []byte) (all []answer) {
	t.Helper()
	reader := bufio.NewReader(bytes.NewReader(text))
	for {
		response, err := http.ReadResponse(reader, nil)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err := response.Body.Close(); err != nil && len(body) == 0 {
			t.Fatal(err)
		}
		one := answer{status: response.StatusCode, header: response.Header, body: string(body), close: response.Close, length: response.ContentLength}
		if err != nil {
			one.err = err.Error()
		}
		if one.header.Get("Date") == "" {
			t.Error("got no date")
		}
		one.header.Del("Date")
		all = append(all, one)
	}
}

// TestResponsesOfNetHTTP: a client gets what it would get from net/http.
func TestResponsesOfNetHTTP(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"nothing":  func(http.ResponseWriter, *http.Request) {},
		"a status": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
		"two": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			w.WriteHeader(http.StatusOK)
		},
		"unknown": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(599) },
		"no content": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNoContent)
			_, _ = io.WriteString(w, "x")
		},
		"not changed": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Etag", `"a"`)
			w.WriteHeader(http.StatusNotModified)
		},
		"a body": echo,
		"its length": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "2")
			echo(w, r)
		},
		"less than its length": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "10")
			echo(w, r)
		},
		"more than its length": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1")
			w.Header().Set("Content-Type", "text/plain")
			_, _ = io.WriteString(w, "/")
			if _, err := io.WriteString(w, "/"); !errors.Is(err, http.ErrContentLength) {
				t.Errorf("got %v", err)
			}
		},
		"in parts": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "300000")
			w.Header().Set("Content-Type", "text/plain")
			for range 30 {
				_, _ = io.WriteString(w, strings.Repeat("x", 10_000))
			}
		},
		"fields": func(w http.ResponseWriter, r *http.Request) {
			header := w.Header()
			header["Set-Cookie"] = []string{"a=b", "c=d\r\nX-Evil: 1"}
			header.Set("Cache-Control", "no-store")
			header.Set("Zoo", "")
			echo(w, r)
		},
		"the end": func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Connection", "close"); echo(w, r) },
		"header after": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			w.WriteHeader(http.StatusAccepted)
			w.Header().Set("X-Late", "1")
			_, _ = io.WriteString(w, r.URL.Path)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := plain("/1") + plain("/2")
			last := strings.Replace(text, "GET /2 HTTP/1.1\r\n", "GET /2 HTTP/1.1\r\nConnection: close\r\n", 1)
			want := readAnswers(t, byNetHTTP(t, handler, last))
			s, _, _ := newWorld(handler).serve(t, text)
			got := readAnswers(t, s.written.Bytes())
			if len(want) == 2 { // the second was asked to be the last one, which this package does not take
				want[1].close = want[0].close
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}
