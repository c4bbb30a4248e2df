package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/cmd/serve/api"
	"latchkey/db/model"
	"latchkey/perms"
)

// openTo makes request types of a resource be open to anyone, or to any user again.
func (w *world) openTo(t testing.TB, name string, toAnyone bool, method string, endpoints ...perms.Endpoint) {
	t.Helper()
	w.edit(t, model.KindResource, name, func(next *model.Object) error {
		resource := next.Resource
		if resource.Backend == "" {
			resource, _ = perms.Store().Resource(name)
		}
		resource.Requests = slices.Clone(resource.Requests)
		for i := range resource.Requests {
			if one := &resource.Requests[i]; one.Method == method && slices.Contains(endpoints, one.Endpoint) {
				*one = perms.Request{Method: method, Endpoint: one.Endpoint, AnyUser: true, Anyone: toAnyone}
			}
		}
		next.Serve(resource)
		return nil
	})
}

// TestAnyone: what is open to anyone needs no credentials, and nothing else is seen without.
func TestAnyone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.openTo(t, "orders", true, "GET", perms.Item)
	w.openTo(t, "orders", true, "POST", perms.Collection)
	for _, c := range []struct {
		persona, method, path string
		want                  int
	}{
		{"nobody", "GET", "/api/v2/orders/1", 200}, {"nobody", "HEAD", "/api/v2/orders/1", 200}, {"nobody", "GET", "/api/v2/orders/1.xml", 200}, {"nobody", "GET", "/api/v2/orders/99", 404},
		{"nobody", "POST", "/api/v2/orders", 201}, {"idle", "GET", "/api/v2/orders/1", 200}, {"limited", "GET", "/api/v2/orders/1", 200},
		// With an Authorization field it is judged.
		{"wrong", "GET", "/api/v2/orders/1", 401}, {"off", "GET", "/api/v2/orders/1", 401},
		// All else is as before, whether or not there is such a path.
		{"nobody", "GET", "/api/v2/orders", 401}, {"nobody", "PUT", "/api/v2/orders/1", 401}, {"nobody", "DELETE", "/api/v2/orders/1", 401}, {"nobody", "OPTIONS", "/api/v2/orders/1", 401},
		{"nobody", "PATCH", "/api/v2/orders/1", 401}, {"nobody", "GET", "/nothing", 401}, {"nobody", "GET", "/api/v2/users", 401}, {"nobody", "GET", "/api/v2/orders/1/shipments", 401}, {"nobody", "GET", "/docs", 401},
	} {
		got := w.request(t, c.persona, c.method, c.path, map[bool]string{true: `{"status":"new"}`}[c.method == "POST"])
		if got.status != c.want {
			t.Errorf("%s %s %s: got %d %s, want %d", c.persona, c.method, c.path, got.status, got.body, c.want)
		}
	}
	if got := w.request(t, "nobody", "GET", "/api/v2/orders/1", "", "Authorization: Basic"); got.status != 401 {
		t.Errorf("with a malformed field: got %d, want 401", got.status)
	}
	if got := w.request(t, "nobody", "POST", "/api/v2/orders", "{}", "Origin: https://evil.example"); got.status != 403 {
		t.Errorf("a page of another site: got %d, want 403", got.status)
	}
	w.openTo(t, "orders", false, "GET", perms.Item)
	if got := w.request(t, "nobody", "GET", "/api/v2/orders/1", ""); got.status != 401 {
		t.Errorf("closed again: got %d, want 401", got.status)
	}
}

// TestAnyoneIsDecidedAgain: a body that comes after the save that closes a request type does nothing (H11).
func TestAnyoneIsDecidedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.openTo(t, "orders", true, "POST", perms.Collection)
	before := w.state(t)
	finish := w.hold(t, "nobody", "POST", "/api/v2/orders", `{"status":"late"}`)
	w.openTo(t, "orders", false, "POST", perms.Collection)
	if got := finish(); got.status != 401 {
		t.Errorf("got %d %s, want 401", got.status, got.body)
	}
	_, before, _ = strings.Cut(before, "\n") // the revision
	if _, after, _ := strings.Cut(w.state(t), "\n"); after != before {
		t.Errorf("the late request had an effect:\n%s\nwas\n%s", after, before)
	}
}

// TestAnyoneAtServices: a service is told of no user, whatever the client says, and /authorize says the same.
func TestAnyoneAtServices(t *testing.T) {
	t.Parallel()
	w := newWorld(t, realClock, func(config *api.Config) { config.TrustedProxies = trust(t, "127.0.0.1") })
	behind := backend(t, func(w http.ResponseWriter, r *http.Request) {
		_, named := r.Header["Remote-User"]
		w.Header().Set("X-Told", map[bool]string{true: "user " + r.Header.Get("Remote-User"), false: "nobody"}[named])
	})
	resource := serviceAt("status", "/status", behind.URL)
	for i := range resource.Requests {
		if one := &resource.Requests[i]; one.Method == "GET" {
			*one = perms.Request{Method: "GET", Endpoint: one.Endpoint, AnyUser: true, Anyone: true}
		}
	}
	w.save(t, resource)
	for _, c := range []struct {
		persona, method string
		want            int
		told            string
	}{{"nobody", "GET", 200, "nobody"}, {"idle", "GET", 200, "user idle"}, {"wrong", "GET", 401, ""}, {"nobody", "POST", 401, ""}} {
		got := w.request(t, c.persona, c.method, "/status/x", "", "Remote-User: admin")
		if got.status != c.want || got.header.Get("X-Told") != c.told {
			t.Errorf("%s %s: got %d, the service was told %q, want %d %q", c.persona, c.method, got.status, got.header.Get("X-Told"), c.want, c.told)
		}
		asked := w.ask(t, c.persona, c.method, "/status/x")
		_, named := asked.header["Remote-User"]
		if asked.status != c.want || named != (c.told == "user idle") {
			t.Errorf("/authorize, %s %s: got %d %q, want %d", c.persona, c.method, asked.status, asked.header["Remote-User"], c.want)
		}
	}
	for _, uri := range []string{"/nothing", "/api/v2/orders", "/api/v2/users"} {
		if got := w.ask(t, "nobody", "GET", uri); got.status != 401 {
			t.Errorf("/authorize, %s: got %d, want 401", uri, got.status)
		}
	}
	if got := w.request(t, "nobody", "GET", "/authorize", ""); got.status != 401 {
		t.Errorf("/authorize without a question: got %d, want 401", got.status)
	}
}

// TestStrangersAreLimited by their network, and apart from users.
func TestStrangersAreLimited(t *testing.T) {
	t.Parallel()
	hand := &handClock{}
	w := newWorld(t, func(config *api.Config) {
		config.Clock, config.RateLimit = hand.now, api.Rate{Events: 3, Per: time.Hour}
	})
	w.openTo(t, "orders", true, "GET", perms.Item)
	for i := range 5 {
		got := w.request(t, "nobody", "GET", "/api/v2/orders/1", "")
		if want := map[bool]int{true: 200, false: 429}[i < 3]; got.status != want {
			t.Errorf("request %d: got %d, want %d", i, got.status, want)
		}
	}
	if got := w.request(t, "admin", "GET", "/api/v2/orders/1", ""); got.status != 200 {
		t.Errorf("a user: got %d, want 200", got.status)
	}
}

// TestOwnResourcesAreNeverOpen to anyone.
func TestOwnResourcesAreNeverOpen(t *testing.T) {
	t.Parallel()
	for _, resource := range perms.Store().Resources() {
		if resource.Backend != perms.System {
			continue
		}
		for i := range resource.Requests {
			opened := resource
			opened.Requests = slices.Clone(resource.Requests)
			opened.Requests[i] = perms.Request{Method: opened.Requests[i].Method, Endpoint: opened.Requests[i].Endpoint, AnyUser: true, Anyone: true}
			if err := opened.Check(); err == nil {
				t.Errorf("%s of %s can be opened to anyone", opened.Requests[i].Method, resource.Name)
			}
		}
	}
}
