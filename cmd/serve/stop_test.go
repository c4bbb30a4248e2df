package serve

import (
	"bytes"
	"net/http"
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
