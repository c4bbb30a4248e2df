package serve

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/cmd/serve/telemetry"
	"latchkey/db/data"
)

// scrape reads the metrics of a running server.
func (r *running) scrape(t *testing.T, address string) string {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}
	return do(t, client, request(t, http.MethodGet, address, "", "")).body
}

// printedMetricsURL is the address that the messages names.
func (r *running) printedMetricsURL(t *testing.T) string {
	t.Helper()
	_, rest, found := strings.Cut(r.messages.String(), "metrics:    ")
	address, _, _ := strings.Cut(rest, "\n")
	if !found {
		t.Fatalf("the messages names no metrics:\n%s", r.messages)
	}
	return address
}

// TestMetricsHaveTheirOwnPort: plain HTTP there, and nothing of it on the port of the API.
func TestMetricsHaveTheirOwnPort(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.MetricsListen, s.Version = "127.0.0.1:0", "v1.2.3"
	r := start(t, s)
	token := r.firstToken(t)
	client := r.client(t)
	r.getTime(t, client, firstUser, token)
	r.getTime(t, client, firstUser, "wrong")
	address := r.printedMetricsURL(t)
	page := r.scrape(t, address)
	for _, want := range []string{
		`latchkey_build_info{version="v1.2.3",`, `latchkey_requests_total{resource="time",method="GET",status="200"} 1` + "\n",
		`latchkey_authentication_failures_total{status="401"} 1` + "\n", "latchkey_connections_open 1\n", "latchkey_database_available 1\n",
		"latchkey_certificate_not_after_seconds 1",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the metrics lack %q:\n%s", want, page)
		}
	}
	if strings.Contains(page, firstUser) || strings.Contains(page, token) {
		t.Errorf("the metrics name a user or a token:\n%s", page)
	}
	for target, want := range map[string]int{r.url + "/metrics": 401, strings.TrimSuffix(address, metricsPath) + "/": 404} {
		if got := do(t, client, request(t, http.MethodGet, target, "", "")); got.status != want {
			t.Errorf("%s: got %d, want %d", target, got.status, want)
		}
	}
	if strings.Contains(r.messages.String(), "warning: whoever") {
		t.Errorf("a warning about a port of this machine alone:\n%s", r.messages)
	}
}

// TestMetricsForEverybodyAreWarnedOf: the port has no TLS and asks for no credentials.
func TestMetricsForEverybodyAreWarnedOf(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.MetricsListen = ":0"
	if r := start(t, s); !strings.Contains(r.messages.String(), "warning: whoever reaches [::]:") && !strings.Contains(r.messages.String(), "warning: whoever reaches 0.0.0.0:") {
		t.Errorf("got the messages\n%s\nwant a warning", r.messages)
	}
}

// TestMetricsPortIsTaken: the start is refused, and says which flag to change.
func TestMetricsPortIsTaken(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it only holds a port
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	s := newServer(t)
	s.MetricsListen = taken.Addr().String()
	if _, err := refusal(t, s); !errors.Is(err, ErrPortInUse) || !strings.Contains(fmt.Sprint(err), "--metrics-listen") {
		t.Errorf("got %v, want the port in use and the flag", err)
	}
	s = newServer(t)
	s.MetricsListen = "9464"
	if _, err := refusal(t, s); !errors.Is(err, ErrUsage) {
		t.Errorf("got %v, want wrong use", err)
	}
}

// TestDrain: told to stop, the server answers on and says that it is not ready; then the last requests are finished,
// and what was noted of all of them is written.
func TestDrain(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Drain, s.AccessLog, s.RequestLog = 200*time.Millisecond, telemetry.JSON, 100
	socket := filepath.Join(t.TempDir(), "notify")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	s.NotifySocket = socket
	r := start(t, s)
	if got := receive(t, manager); got != notifyReady {
		t.Errorf("the service manager got %q, want %q", got, notifyReady)
	}
	client, token := r.client(t), r.firstToken(t)
	ready := func() int { return do(t, client, request(t, http.MethodGet, r.url+"/readyz", "", "")).status }
	if got := ready(); got != http.StatusOK {
		t.Errorf("before: got %d, want 200", got)
	}
	r.cancel()
	if got := receive(t, manager); got != notifyStopping {
		t.Errorf("the service manager got %q, want %q", got, notifyStopping)
	}
	if got := ready(); got != http.StatusServiceUnavailable {
		t.Errorf("while it stops: got %d, want 503", got)
	}
	if got := r.getTime(t, client, firstUser, token); got.status != http.StatusOK {
		t.Errorf("while it stops: got %d, want 200", got.status)
	}
	r.stop(t)
	if r.err != nil {
		t.Errorf("got %v, want nil", r.err)
	}
	if !strings.Contains(r.messages.String(), `"user":"admin"`) {
		t.Errorf("the access log lacks the last request:\n%s", r.messages)
	}
	documents, err := data.Open(t.Context(), data.PathBeside(r.Database), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer documents.Close()
	logs, err := documents.RequestLogs(t.Context(), data.Query{Limit: 10})
	if err != nil || len(logs) != 1 || logs[0].Username != firstUser {
		t.Errorf("got the request logs %v (%v), want the last request", logs, err)
	}
	uses, err := documents.LastUsed(t.Context(), 0)
	if err != nil || len(uses) != 1 {
		t.Errorf("got the uses %v (%v), want one", uses, err)
	}
}

func receive(t *testing.T, manager net.Conn) string {
	t.Helper()
	if err := manager.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	message := make([]byte, 100)
	n, err := manager.Read(message)
	if err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return string(message[:n])
}

// TestNobodyIsNotified: a service manager that is gone is logged, and the server serves on.
func TestNobodyIsNotified(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.NotifySocket = filepath.Join(t.TempDir(), "nobody")
	r := start(t, s)
	r.awaitLog(t, "service manager cannot be notified")
	if got := r.getTime(t, r.client(t), firstUser, r.firstToken(t)); got.status != http.StatusOK {
		t.Errorf("got %d, want 200", got.status)
	}
}
