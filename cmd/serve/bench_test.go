package serve

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/cmd/serve/certificate"
)

// benchmarkConnections is how many connections ask at the same time.
const benchmarkConnections = 32

// bareTLS serves a handler by nothing but net/http, and returns its address.
func bareTLS(b testing.TB, handler http.Handler) (address string) {
	b.Helper()
	local, _, err := certificate.OpenLocal(b.TempDir(), []string{"127.0.0.1"}, time.Now, newServer(b).Random, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	var config net.ListenConfig
	listener, err := config.Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	web := &http.Server{
		TLSConfig:         &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: local.Get},
		ReadHeaderTimeout: readHeaderTimeout,
		Handler:           handler,
	}
	go func() { _ = web.ServeTLS(listener, "", "") }()
	b.Cleanup(func() { web.Close() })
	return listener.Addr().String()
}

// answerWithoutLooking is as long as the usual answer.
func answerWithoutLooking(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"time":1795443732,"padding":"as long as the usual answer"}`+"\n")
}

// askFor has all connections ask for a path, kept alive, by HTTP/1.1. The client does as little as it can: it shares
// the processors with the server.
func askFor(b *testing.B, path, address, authorization string) {
	b.Helper()
	text := "GET " + path + " HTTP/1.1\r\nHost: " + address + "\r\n"
	if authorization != "" {
		text += "Authorization: " + authorization + "\r\n"
	}
	connections := make(chan *tls.Conn, benchmarkConnections)
	for range benchmarkConnections {
		connections <- secure(b, address, &tls.Config{InsecureSkipVerify: true}) // the handshake is not what is measured
	}
	var failed atomic.Pointer[error]
	b.SetParallelism((benchmarkConnections + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0))
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		select {
		case conn := <-connections:
			reader := bufio.NewReader(conn)
			for pb.Next() {
				if err := askOnce(conn, reader, text+"\r\n", http.StatusOK); err != nil {
					failed.Store(&err)
					return
				}
			}
		default: // more goroutines than connections, by rounding up
		}
	})
	b.StopTimer()
	if err := failed.Load(); err != nil {
		b.Fatal(*err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
}

// askOnce sends one request and reads its answer, which must be of the status and of known length.
func askOnce(conn io.Writer, reader *bufio.Reader, text string, status int) error {
	if _, err := io.WriteString(conn, text); err != nil {
		return err
	}
	length, first := -1, true
	for {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		switch name, value, _ := strings.Cut(strings.TrimSpace(string(line)), ": "); {
		case first && !strings.HasPrefix(name, fmt.Sprint("HTTP/1.1 ", status)):
			return fmt.Errorf("got %q, want %d", line, status)
		case name == "Content-Length":
			if length, err = strconv.Atoi(value); err != nil {
				return err
			}
		case name == "" && length < 0:
			return errors.New("the answer has no length")
		case name == "":
			_, err := reader.Discard(length)
			return err
		}
		first = false
	}
}
