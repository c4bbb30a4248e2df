package api_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// TestIdleConnectionsEndHere: latchkey closes a connection that it keeps before a service does that keeps it as long as Node,
// five seconds: what is sent while a service closes it would be lost.
func TestIdleConnectionsEndHere(t *testing.T) {
	t.Parallel()
	const kept = 5 * time.Second
	idle, closed := make(chan time.Time, 8), make(chan time.Time, 8)
	service := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }))
	service.Config.IdleTimeout = kept
	service.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateIdle:
			idle <- time.Now()
		case http.StateClosed:
			closed <- time.Now()
		case http.StateNew, http.StateActive, http.StateHijacked:
		}
	}
	service.Start()
	t.Cleanup(service.Close)
	w := newWorld(t, realClock)
	w.save(t, serviceAt("app", "/app", service.URL))
	for _, method := range []string{"POST", "PUT", "DELETE"} {
		if got := w.request(t, "admin", method, "/app", "body"); got.status != 200 || got.body != "body" {
			t.Fatalf("%s: got %d %q", method, got.status, got.body)
		}
		since := <-idle
		if after := (<-closed).Sub(since); after > kept*4/5 {
			t.Errorf("%s: the connection was kept for %v, until the service closed it", method, after)
		}
	}
}
