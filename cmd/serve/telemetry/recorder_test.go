package telemetry

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/db/data"
	"latchkey/tokens"
)

var dataQuery = data.Query{Limit: 10_000}

func (w *world) requestLogs(t *testing.T) []data.RequestLog {
	t.Helper()
	logs, err := w.data.RequestLogs(t.Context(), dataQuery)
	if err != nil {
		t.Fatal(err)
	}
	return logs
}

// TestRequestLogOfTheUnauthenticated: one refusal a second is noted, as nobody's; probes are not.
func TestRequestLogOfTheUnauthenticated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Off, 100)
	for second := range 3 {
		for range 50 {
			refused := refusedExchange("/api/v2/orders", http.StatusUnauthorized)
			refused.Began = now.Add(time.Duration(second) * time.Second)
			w.Observe(refused)
			w.Observe(refusedExchange("/readyz", http.StatusOK))
		}
	}
	w.flush(t.Context(), 0)
	logs := w.requestLogs(t)
	if len(logs) != 3 {
		t.Fatalf("got %d, want one of each second: %+v", len(logs), logs)
	}
	for _, log := range logs {
		if log.Username != "" || log.Status != http.StatusUnauthorized {
			t.Errorf("got %+v, want nobody's refusal", log)
		}
	}
	if uses, err := w.data.LastUsed(t.Context(), 0); len(uses) != 0 || err != nil {
		t.Errorf("got the uses %v, %v; want none", uses, err)
	}
}

// TestRequestLog: requests are written in their order at the stop too.
func TestRequestLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Off, 3)
	stop := w.Start(t.Context())
	for i := range 5 {
		e := exchange(fmt.Sprintf("/api/v2/orders?page=%d", i))
		e.Request.Header.Set("User-Agent", "shop/1.0")
		w.Observe(e)
	}
	stop()
	logs := w.requestLogs(t)
	if len(logs) != 3 {
		t.Fatalf("got %d, want the 3 that are kept", len(logs))
	}
	want := data.RequestLog{ID: logs[2].ID, Time: now, Username: "ann", Resource: "orders", Method: "GET", QueryString: "page=4", Status: 200,
		UserAgent: "shop/1.0", RequestID: "0123", Duration: 1500 * time.Microsecond, RemoteAddress: "192.0.2.1"}
	if logs[2] != want {
		t.Errorf("got %+v, want %+v", logs[2], want)
	}
}

// TestRequestLogIsOff: only the uses of tokens are written.
func TestRequestLogIsOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Off, 0)
	w.Observe(exchange("/api/v2/orders"))
	w.flush(t.Context(), 0)
	uses, err := w.data.LastUsed(t.Context(), 7)
	if logs := w.requestLogs(t); len(logs) != 0 || err != nil || len(uses) != 1 {
		t.Errorf("got %d request logs and the uses %v (%v), want none and one", len(logs), uses, err)
	}
}

// TestRequestLogUnderLoad: what is too much for it is left out, counted and logged, the oldest first, and nobody waits.
func TestRequestLogUnderLoad(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Off, 100_000)
	for i := range maxRecorded + 10 {
		e := exchange("/")
		e.ID = fmt.Sprint(i)
		w.Observe(e)
	}
	w.flush(t.Context(), 0)
	logs := w.requestLogs(t)
	if len(logs) != maxRecorded || logs[0].RequestID != "10" || logs[len(logs)-1].RequestID != fmt.Sprint(maxRecorded+9) {
		t.Errorf("got %d requests from %s, want the latest %d", len(logs), logs[0].RequestID, maxRecorded)
	}
	if _, lost := w.losses(); lost != 10 || !strings.Contains(w.logged.String(), "in_all=10") {
		t.Errorf("got %d lost and the log %q, want 10 and a line", lost, w.logged)
	}
	w.Observe(exchange("/"))
	w.flush(t.Context(), 0)
	if got := len(w.requestLogs(t)); got != maxRecorded+1 || strings.Count(w.logged.String(), "\n") != 1 {
		t.Errorf("got %d requests and the log\n%s\nwant one more and no other line", got, w.logged)
	}
}

// TestLastUsed: of each token of a user the latest time.
func TestLastUsed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Off, 0)
	fresh := tokens.DigestOf("another token")
	for i := range 3 {
		e := exchange("/")
		e.Began = now.Add(time.Duration(i) * time.Second)
		if i == 2 {
			e.Token = fresh
		}
		w.Observe(e)
	}
	w.flush(t.Context(), 0)
	uses, err := w.data.LastUsed(t.Context(), 7)
	if err != nil {
		t.Fatal(err)
	}
	want := []data.TokenUse{
		{UserID: 7, Fingerprint: fresh.Fingerprint(), At: now.Add(2 * time.Second)},
		{UserID: 7, Fingerprint: tokens.DigestOf("a token").Fingerprint(), At: now.Add(time.Second)},
	}
	if len(uses) != 2 || uses[0] != want[0] || uses[1] != want[1] {
		t.Errorf("got %v, want %v", uses, want)
	}
}

// TestDataFileTrouble: requests are lost and counted, uses are kept for the next time, and it is logged once.
func TestDataFileTrouble(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Off, 10)
	if err := w.data.Close(); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		e := exchange("/")
		e.Began = now.Add(time.Duration(i) * time.Second)
		w.Observe(e)
		w.flush(t.Context(), 0)
	}
	if _, lost := w.losses(); lost != 3 || strings.Count(w.logged.String(), "cannot be written") != 1 {
		t.Errorf("got %d lost and the log\n%s\nwant 3 and one line of the trouble", lost, w.logged)
	}
	if at := w.recorder.uses[use{7, tokens.DigestOf("a token")}]; len(w.recorder.uses) != 1 || !at.Equal(now.Add(2*time.Second)) {
		t.Errorf("got the uses %v, want the latest one", w.recorder.uses)
	}
}
