package telemetry

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"latchkey/cmd/serve/api"
	"latchkey/db/data"
	"latchkey/tokens"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return now }

// buffer is what was written, for several goroutines.
type buffer struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (b *buffer) Write(text []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.Write(text)
}

func (b *buffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.String()
}

// world is a Telemetry on a real data file.
type world struct {
	*Telemetry
	data           *data.Data
	access, logged *buffer
}

func newWorld(t testing.TB, format Format, keep int64) *world {
	t.Helper()
	w := &world{access: &buffer{}, logged: &buffer{}}
	var err error
	w.data, err = data.Open(t.Context(), filepath.Join(t.TempDir(), "shop-data.db"), clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.data.Close() })
	w.Telemetry = New(Config{
		Format: format, AccessLog: w.access, Data: w.data, RequestLog: keep, Clock: clock,
		Log: slog.New(slog.NewTextHandler(w.logged, nil)),
	})
	return w
}

// accessLines is the access log so far.
func (w *world) accessLines() string {
	w.Telemetry.access.out.writePending()
	return w.access.String()
}

// exchange is a request of a user that went well; a test changes what it is about.
func exchange(target string) *api.Exchange {
	return &api.Exchange{
		Request: httptest.NewRequestWithContext(context.Background(), http.MethodGet, target, nil),
		Client:  netip.MustParseAddr("192.0.2.1"), ID: "0123", UserID: 7, User: "ann", Token: tokens.DigestOf("a token"),
		Resource: "orders", Endpoint: "collection", Method: "GET", Status: 200, Bytes: 12, Began: now, Took: 1500 * time.Microsecond,
	}
}

func refusedExchange(target string, status int) *api.Exchange {
	e := exchange(target)
	e.UserID, e.User, e.Token, e.Resource, e.Endpoint, e.Method, e.Status = 0, "", tokens.Digest{}, "", "", "", status
	return e
}
