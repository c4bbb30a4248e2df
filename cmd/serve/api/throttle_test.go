package api_test

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/cmd/serve/api"
	"latchkey/tokens"
)

// from makes a request that seems to come from an address.
func (w *world) from(t testing.TB, address, authorization string) reply {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v2/time", nil)
	request.RemoteAddr = address
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, request)
	return reply{status: recorder.Code, header: recorder.Header(), body: recorder.Body.String()}
}

// wrongCredentials are invalid credentials, one for each cause.
func (w *world) wrongCredentials() map[string]string {
	return map[string]string{
		"wrong token":  w.authorization("wrong"),
		"unknown user": basic("nobody-of-this-name", w.tokens["admin"].Reveal()),
		"disabled":     basic("off", w.tokens["off"].Reveal()),
		"no token":     basic("admin", "password"),
		"malformed":    "Basic not-base64!",
		"other scheme": "Token " + w.tokens["admin"].Reveal(),
		"bearer":       "Bearer " + w.tokens["wrong"].Reveal(),
		"bearer, typo": "Bearer " + w.tokens["admin"].Reveal() + "x",
	}
}

// throttled is a world where a network may fail five times in five seconds.
func throttled(t testing.TB) (*world, *handClock) {
	hand := &handClock{}
	return newWorld(t, func(config *api.Config) {
		config.Clock = hand.now
		config.FailureLimit = api.Rate{Events: 5, Per: 5 * time.Second}
	}), hand
}

// TestFailuresAreThrottled: after the burst every cause gets the same 429, and valid credentials still get a 200 (H6).
func TestFailuresAreThrottled(t *testing.T) {
	t.Parallel()
	w, hand := throttled(t)
	const address = "192.0.2.1:1000"
	for range 5 {
		if got := w.from(t, address, w.authorization("wrong")); got.status != 401 {
			t.Fatalf("within the burst: got %d, want 401", got.status)
		}
	}
	var body string
	for cause, authorization := range w.wrongCredentials() {
		got := w.from(t, address, authorization)
		if checkError(t, got); got.status != 429 || got.header.Get("Retry-After") != "1" || got.header.Get("WWW-Authenticate") != "" {
			t.Errorf("%s: got %d with %v, want 429 with Retry-After 1", cause, got.status, got.header)
		}
		if body == "" {
			body = got.body
		}
		if got.body != body {
			t.Errorf("%s: got the body %q, want %q as for the others", cause, got.body, body)
		}
		if right := w.from(t, address, w.authorization("admin")); right.status != 200 {
			t.Errorf("right credentials after %s: got %d, want 200", cause, right.status)
		}
	}
	if got := w.from(t, address, ""); got.status != 401 || got.header.Get("WWW-Authenticate") == "" {
		t.Errorf("without credentials: got %d, want 401 with its challenge, which some clients wait for", got.status)
	}
	hand.seconds.Add(1) // what was refused has not made it longer
	for _, want := range []int{401, 429} {
		if got := w.from(t, address, w.authorization("wrong")); got.status != want {
			t.Errorf("a second later: got %d, want %d", got.status, want)
		}
	}
}

// TestFailuresCountByNetwork: an IPv4 address by itself, an IPv6 one with its /64.
func TestFailuresCountByNetwork(t *testing.T) {
	t.Parallel()
	w, _ := throttled(t)
	for _, address := range []string{"192.0.2.1:1000", "[2001:db8:1:2::1]:1000"} {
		for range 6 {
			w.from(t, address, w.authorization("wrong"))
		}
	}
	for address, want := range map[string]int{
		"192.0.2.1:2000": 429, "[::ffff:192.0.2.1]:1000": 429, "192.0.2.2:1000": 401,
		"[2001:db8:1:2:ffff::9]:1000": 429, "[2001:db8:1:2::1%eth0]:1000": 429, "[2001:db8:1:3::1]:1000": 401,
	} {
		if got := w.from(t, address, w.authorization("wrong")); got.status != want {
			t.Errorf("%s: got %d, want %d", address, got.status, want)
		}
	}
}

// TestNobodyIsLockedOut: while somebody guesses at full speed, from the same address and with the same username, the valid
// token is accepted every time (promise 3).
func TestNobodyIsLockedOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(config *api.Config) { config.FailureLimit = api.Rate{Events: 5, Per: time.Hour} })
	var stop atomic.Bool
	var guessed, refused atomic.Int64
	var guessing sync.WaitGroup
	for range 4 {
		guessing.Go(func() {
			for !stop.Load() {
				token, err := tokens.New(rand.Reader)
				must(t, err)
				guessed.Add(1)
				if w.from(t, "127.0.0.1:9", basic("viewer", token.Reveal())).status == 429 {
					refused.Add(1)
				}
			}
		})
	}
	for refused.Load() == 0 { // the burst is over soon
		w.request(t, "wrong", "GET", "/api/v2/time", "")
	}
	for range 100 {
		if got := w.request(t, "viewer", "GET", "/api/v2/time", ""); got.status != 200 {
			t.Errorf("got %d, want 200", got.status)
		}
	}
	stop.Store(true)
	guessing.Wait()
	if got := guessed.Load() - refused.Load(); got > 5 {
		t.Errorf("%d of %d guesses got 401, want at most the 5 of the burst", got, guessed.Load())
	}
}

// TestRateLimit: each user has a window of its own, and every response says how many requests are left.
func TestRateLimit(t *testing.T) {
	t.Parallel()
	hand := &handClock{}
	w := newWorld(t, func(config *api.Config) {
		config.Clock = hand.now
		config.RateLimit = api.Rate{Events: 3, Per: time.Minute}
	})
	check := func(persona string, status int, remaining, reset string) {
		t.Helper()
		got := w.from(t, "192.0.2.1:1000", w.authorization(persona))
		fields := []string{got.header.Get("RateLimit-Limit"), got.header.Get("RateLimit-Remaining"), got.header.Get("RateLimit-Reset")}
		if got.status != status || strings.Join(fields, " ") != "3 "+remaining+" "+reset {
			t.Errorf("%s: got %d with %q, want %d with 3 %s %s", persona, got.status, fields, status, remaining, reset)
		}
		exactly := "X-BC-ApiLimit-Remaining"
		family := []string{got.header.Get("X-Rate-Limit-Requests-Quota"), got.header.Get("X-Rate-Limit-Requests-Left"),
			got.header.Get("X-Rate-Limit-Time-Reset-Ms"), got.header.Get("X-Rate-Limit-Time-Window-Ms"), strings.Join(got.header[exactly], " ")}
		if want := "3 " + remaining + " " + reset + "000 60000 " + remaining; strings.Join(family, " ") != want {
			t.Errorf("%s: got the fields %q of the family, want %s", persona, family, want)
		}
		for _, field := range []string{"Retry-After", "X-Retry-After"} {
			if limited := got.header.Get(field) == reset; limited != (status == 429) {
				t.Errorf("%s: got %s %q of %d", persona, field, got.header.Get(field), status)
			}
		}
	}
	check("admin", 200, "2", "60")
	hand.seconds.Add(20)
	check("admin", 200, "1", "40")
	check("admin", 200, "0", "40")
	check("admin", 429, "0", "40")
	check("viewer", 200, "2", "60")
	hand.seconds.Add(39)
	check("admin", 429, "0", "1")
	hand.seconds.Add(1)
	check("admin", 200, "2", "60")
	if got := w.from(t, "192.0.2.1:1000", w.authorization("wrong")); got.status != 401 || got.header.Get("RateLimit-Limit") != "" {
		t.Errorf("a stranger: got %d with %v, want 401 without a limit: it would tell that there is such a user", got.status, got.header)
	}
}
