package api_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/cmd/serve/api"
)

// unfinished is a request whose body has come in part.
type unfinished struct {
	body  *io.PipeWriter
	ended chan *httptest.ResponseRecorder
}

// begin gives a request to the handler itself and returns when it has read the beginning of its body.
func (w *world) begin(t *testing.T, persona, method, path, beginning string) unfinished {
	t.Helper()
	body, client := io.Pipe()
	request := httptest.NewRequestWithContext(t.Context(), method, path, body)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", w.authorization(persona))
	begun := unfinished{client, make(chan *httptest.ResponseRecorder, 1)}
	go func() {
		recorder := httptest.NewRecorder()
		w.handler.ServeHTTP(recorder, request)
		_ = body.CloseWithError(io.ErrClosedPipe)
		begun.ended <- recorder
	}()
	if _, err := io.WriteString(client, beginning); err != nil {
		t.Fatalf("%s %s: the body is not read: %v", method, path, err)
	}
	return begun
}

// end sends the rest of the body and checks the status.
func (u unfinished) end(t *testing.T, rest string, want int) {
	t.Helper()
	_, _ = io.WriteString(u.body, rest)
	u.body.Close()
	select {
	case got := <-u.ended:
		if got.Code != want {
			t.Errorf("at the end of the body: got %d %.200s, want %d", got.Code, got.Body, want)
		}
	case <-time.After(time.Minute):
		t.Fatal("a request whose body has ended is not answered")
	}
}

// TestBodiesCount: bytes of bodies count while they come and until they are stored, for each user and for all; small bodies
// are always taken, and the room is given back however a body ends (H13).
func TestBodiesCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(config *api.Config) { config.MaxBodies = 1 << 20 }) // 256 KiB for each user
	part := `{"note":"` + strings.Repeat("n", 100_000)
	small, large := `{"note":"n"}`, part+`"}`
	full := func(when string, persona string) {
		t.Helper()
		got := w.whole(t, "POST", "/api/v2/orders", small)
		if got.Code != http.StatusCreated {
			t.Errorf("%s: a small body: got %d %s", when, got.Code, got.Body)
		}
		refused := w.request(t, persona, "POST", "/api/v2/orders", large)
		if refused.status != http.StatusServiceUnavailable || refused.header.Get("Retry-After") == "" || !strings.Contains(refused.body, "large bodies") {
			t.Errorf("%s: got %d %.200s, want a 503 that says so", when, refused.status, refused.body)
		}
		checkError(t, refused)
	}
	for range 3 {
		one, other := w.begin(t, "admin", "POST", "/api/v2/orders", part), w.begin(t, "admin", "POST", "/api/v2/orders", part)
		full("two bodies of one user", "admin")
		if got := w.request(t, "editor", "PUT", "/api/v2/orders/1", large); got.status != http.StatusOK {
			t.Errorf("another user: got %d %.200s", got.status, got.body)
		}
		one.end(t, "", http.StatusBadRequest) // cut short
		other.end(t, `","a":}`, http.StatusBadRequest)
		if got := w.whole(t, "POST", "/api/v2/orders", large); got.Code != http.StatusCreated {
			t.Errorf("after both have ended: got %d %.200s", got.Code, got.Body)
		}
	}
	if strings.Contains(w.log.String(), "request failed") {
		t.Errorf("what clients do is no failure of the server:\n%s", w.log)
	}
}

// TestEditsAreSmall: an edit has at most 64 KiB, whatever says how long it is, but for one that may hold a list.
func TestEditsAreSmall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	note := func(size int) string { return `{"note":"` + strings.Repeat("n", size-len(`{"note":""}`)) + `"}` }
	for _, test := range []struct {
		method, path, body string
		want               int
	}{
		{"PUT", "/api/v2/users/idle", note(64 << 10), 400}, // a note is shorter
		{"PUT", "/api/v2/users/idle", note(64<<10 + 1), 413},
		{"POST", "/api/v2/roles", note(64<<10 + 1), 413},
		{"POST", "/api/v2/token", note(64<<10 + 1), 413},
		{"PUT", "/api/v2/users/idle/permissions", `{"permission":"` + strings.Repeat("n", 65<<10) + `"}`, 400},
		{"POST", "/api/v2/draft/save", `{"names":"` + strings.Repeat("n", 65<<10) + `"}`, 400},
		{"POST", "/api/v2/draft/save", note(1<<20 + 1), 413},
	} {
		for _, known := range []bool{true, false} {
			body := io.Reader(strings.NewReader(test.body))
			if !known {
				body = io.MultiReader(body)
			}
			request, err := http.NewRequestWithContext(t.Context(), test.method, w.server.URL+test.path, body)
			must(t, err)
			request.Header.Set("Authorization", w.authorization("admin"))
			request.Header.Set("Content-Type", "application/json")
			if got := w.do(t, request); got.status != test.want {
				t.Errorf("%s %s with %d bytes: got %d %.200s, want %d", test.method, test.path, len(test.body), got.status, got.body, test.want)
			}
		}
	}
}

// TestRequestsInFlight: a user has at most 256 requests that are not answered, whatever they wait for, 224 of them with a
// body, and no other user is refused for them: so bodies that never end keep nobody from replacing the own token. Those that other services answer do not count (H13).
func TestRequestsInFlight(t *testing.T) {
	t.Parallel()
	const most = 224
	asked, answer := make(chan struct{}), make(chan struct{})
	service := backend(t, func(http.ResponseWriter, *http.Request) { asked <- struct{}{}; <-answer })
	w := newWorld(t, realClock)
	w.save(t, serviceAt("app", "/app", service.URL))
	var streams sync.WaitGroup
	for range most {
		streams.Go(func() {
			request := httptest.NewRequestWithContext(t.Context(), "GET", "/app/", nil)
			request.Header.Set("Authorization", w.authorization("admin"))
			w.handler.ServeHTTP(httptest.NewRecorder(), request)
		})
		<-asked
	}
	var begun []unfinished
	for range most {
		begun = append(begun, w.begin(t, "admin", "POST", "/api/v2/orders", "{"))
	}
	got := w.request(t, "admin", "POST", "/api/v2/orders", `{"number":0}`)
	if got.status != http.StatusTooManyRequests || got.header.Get("Retry-After") == "" || !strings.Contains(got.body, "not answered yet") {
		t.Errorf("one more: got %d %v %s, want a 429 that says so", got.status, got.header, got.body)
	}
	checkError(t, got)
	if got := w.request(t, "admin", "POST", "/api/v2/token", ""); got.status != http.StatusAccepted {
		t.Errorf("the own token, without a body: got %d %s", got.status, got.body)
	}
	for range 32 {
		streams.Go(func() {
			request := httptest.NewRequestWithContext(t.Context(), "GET", "/api/v2/time", nil)
			request.Header.Set("Authorization", w.authorization("admin"))
			w.handler.ServeHTTP(slowWriter{httptest.NewRecorder(), asked, answer}, request)
		})
		<-asked
	}
	if got := w.request(t, "admin", "GET", "/api/v2/time", ""); got.status != http.StatusTooManyRequests {
		t.Errorf("beyond 256: got %d %s", got.status, got.body)
	}
	if got := w.request(t, "idle", "GET", "/api/v2/time", ""); got.status != http.StatusOK {
		t.Errorf("another user: got %d %s", got.status, got.body)
	}
	for i, one := range begun {
		one.end(t, `"number":`+strconv.Itoa(i)+`}`, http.StatusCreated)
	}
	close(answer)
	streams.Wait()
	if got := w.request(t, "admin", "POST", "/api/v2/orders", `{"number":0}`); got.status != http.StatusCreated {
		t.Errorf("after they have ended: got %d %s", got.status, got.body)
	}
}

// slowWriter is of a client that does not read the response.
type slowWriter struct {
	*httptest.ResponseRecorder
	asked chan<- struct{}
	read  <-chan struct{}
}

func (w slowWriter) Write(b []byte) (int, error) {
	w.asked <- struct{}{}
	<-w.read
	return w.ResponseRecorder.Write(b)
}

// TestEmptyBodyIsNotAwaitedInFlight: a body that is said to be empty is not waited for, whether it has ended or not: HTTP/2 can keep
// the end back.
func TestEmptyBodyIsNotAwaitedInFlight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, want := range map[string]int{"/api/v2/token": http.StatusAccepted, "/api/v2/none": http.StatusNotFound} {
		body, client := io.Pipe()
		defer client.Close()
		request := httptest.NewRequestWithContext(t.Context(), "POST", path, body)
		request.ContentLength = 0
		request.Header.Set("Authorization", w.authorization("admin"))
		recorder := httptest.NewRecorder()
		answered := time.AfterFunc(10*time.Second, func() { _ = client.CloseWithError(io.ErrUnexpectedEOF) })
		w.handler.ServeHTTP(recorder, request)
		if !answered.Stop() || recorder.Code != want {
			t.Errorf("POST %s: got %d, or too late, want %d", path, recorder.Code, want)
		}
	}
}
