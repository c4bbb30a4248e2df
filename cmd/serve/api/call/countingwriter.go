package call

import (
	"bufio"
	"net"
	"net/http"
)

// CountingWriter is a ResponseWriter that keeps the status and counts the bytes of the body.
type CountingWriter struct {
	http.ResponseWriter
	Status int   // 0: none was sent yet; interim ones (1xx) do not count
	Bytes  int64 // of the body
}

// WriteHeader sends a status.
func (w *CountingWriter) WriteHeader(status int) {
	if w.Status == 0 && (status >= http.StatusOK || status == http.StatusSwitchingProtocols) {
		w.Status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the body.
func (w *CountingWriter) Write(part []byte) (int, error) {
	if w.Status == 0 {
		w.Status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(part)
	w.Bytes += int64(n)
	return n, err
}

// Hijack takes over the connection, for an upgrade to another protocol.
func (w *CountingWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err == nil && w.Status == 0 {
		w.Status = http.StatusSwitchingProtocols
	}
	return conn, buffered, err
}

// Unwrap is for [http.ResponseController].
func (w *CountingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
