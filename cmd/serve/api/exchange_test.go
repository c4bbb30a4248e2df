package api_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"latchkey/cmd/serve/api"
)

// TestObserve: an Exchange has the result of a request, and a username only if it was authenticated.
func TestObserve(t *testing.T) {
	t.Parallel()
	var mutex sync.Mutex
	var told string
	hand := &handClock{}
	w := newWorld(t, func(config *api.Config) {
		config.Clock = hand.now
		config.Observe = func(e *api.Exchange) {
			mutex.Lock()
			defer mutex.Unlock()
			told = fmt.Sprintf("%s %q %s %s.%s %d %d %v %v", e.Client, e.User, e.Request.Method, e.Resource, e.Endpoint, e.Status, e.Bytes, e.Took, e.ID != "")
		}
	})
	for _, one := range []struct{ persona, method, path, want string }{
		{"admin", "GET", "/api/v2/time", `127.0.0.1 "admin" GET time.single 200 20 0s true`},
		{"admin", "HEAD", "/api/v2/time.json", `127.0.0.1 "admin" HEAD time.single 200 0 0s true`},
		{"viewer", "GET", "/api/v2/orders/1/shipments", `127.0.0.1 "viewer" GET orders_shipments.collection 200`},
		{"viewer", "DELETE", "/api/v2/orders", `127.0.0.1 "viewer" DELETE orders.collection 403`},
		{"viewer", "GET", "/nothing", `127.0.0.1 "viewer" GET . 404`},
		{"off", "GET", "/api/v2/time", `127.0.0.1 "" GET . 401`},
		{"wrong", "GET", "/api/v2/time", `127.0.0.1 "" GET . 401`},
		{"nobody", "GET", "/healthz", `127.0.0.1 "" GET . 200 3 0s true`},
	} {
		w.request(t, one.persona, one.method, one.path, "")
		mutex.Lock()
		if len(told) < len(one.want) || told[:len(one.want)] != one.want {
			t.Errorf("%s %s: got %s, want %s", one.method, one.path, told, one.want)
		}
		mutex.Unlock()
	}
}

// TestLineLimit: the number of events without a line is in the next line or, if there is none, at the end.
func TestLineLimit(t *testing.T) {
	t.Parallel()
	limit := api.LineLimit{PerSecond: 2}
	var admitted int
	for range 10 {
		if _, yes := limit.Admit(now); yes {
			admitted++
		}
	}
	if rest := limit.Rest(now); admitted != 2 || rest != 0 {
		t.Errorf("got %d admitted and a rest of %d in the second, want 2 and 0", admitted, rest)
	}
	later := now.Add(time.Second)
	if rest := limit.Rest(later); rest != 8 {
		t.Errorf("got a rest of %d, want 8", rest)
	}
	if leftOut, yes := limit.Admit(later); leftOut != 0 || !yes {
		t.Errorf("got %d left out, admitted %v; want 0, as they are told already", leftOut, yes)
	}
}
