package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/cmd/serve/api"
)

// TestSlowQueriesAre503: the response says to ask for less and when to try again, and nothing was changed.
func TestSlowQueriesAre503(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(config *api.Config) { config.Data.QueryLimit = time.Nanosecond })
	for _, test := range []struct {
		method, path string
		want         int
	}{
		{"GET", "/api/v2/orders?sort=total", 503},
		{"GET", "/api/v2/orders?min_total=1", 503},
		{"GET", "/api/v2/orders/count?total=5", 503},
		{"GET", "/api/v2/orders", 200}, // as much work as its answer
		{"GET", "/api/v2/orders/count", 200},
		{"DELETE", "/api/v2/orders?min_total=1", 503},
		{"GET", "/api/v2/orders/1", 200},
		{"PUT", "/api/v2/orders/1", 200},
		{"DELETE", "/api/v2/orders/1/shipments", 204}, // all of them: as much work as there is
	} {
		got := w.request(t, "admin", test.method, test.path, "")
		if got.status != test.want {
			t.Errorf("%s %s: got %d %s, want %d", test.method, test.path, got.status, got.body, test.want)
		}
		if test.want == http.StatusServiceUnavailable {
			checkError(t, got)
			if got.header.Get("Retry-After") == "" || !strings.Contains(got.body, "ask for less") {
				t.Errorf("%s %s: got %v %s, want it to say what to do", test.method, test.path, got.header, got.body)
			}
		}
	}
	w.config.Data.QueryLimit = time.Minute
	if got := w.request(t, "admin", "GET", "/api/v2/orders/count", ""); !strings.Contains(got.body, `"count":2`) {
		t.Errorf("afterwards: got %s, want both orders", got.body)
	}
}

// TestQueriesOfOneUserWaitForEachOther: queries of other users do not wait for them, nor do requests for one document.
func TestQueriesOfOneUserWaitForEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admin, err := w.users.Authenticate(t.Context(), "admin", w.tokens["admin"].Digest())
	must(t, err)
	end, err := api.TakeQueries(t.Context(), w.handler, admin.UserID)
	must(t, err)
	paths := []string{"GET /api/v2/orders", "GET /api/v2/orders/count", "DELETE /api/v2/products?min_id=99"}
	answers := make(chan reply, len(paths))
	for _, path := range paths {
		method, path, _ := strings.Cut(path, " ")
		go func() { answers <- w.request(t, "admin", method, path, "") }()
	}
	for range 20 {
		for _, persona := range []string{"viewer", "limited"} {
			if got := w.request(t, persona, "GET", "/api/v2/orders", ""); got.status != 200 {
				t.Errorf("%s: got %d %s", persona, got.status, got.body)
			}
		}
		if got := w.request(t, "admin", "PUT", "/api/v2/orders/1", `{"a":1}`); got.status != 200 {
			t.Errorf("one document: got %d %s", got.status, got.body)
		}
	}
	select {
	case got := <-answers:
		t.Errorf("got %d %s before it was the user's turn", got.status, got.body)
		answers <- got
	default:
	}
	end()
	for range paths {
		if got := <-answers; got.status >= 300 {
			t.Errorf("when it was the user's turn: got %d %s", got.status, got.body)
		}
	}
}
