package api_test

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"latchkey/cmd/serve/api"
)

// sluggish is a client that reads nothing of a response for a while, as the handler sees it: writing blocks.
type sluggish struct {
	*httptest.ResponseRecorder
	begun, taken chan struct{}
}

func (s *sluggish) Write(piece []byte) (int, error) {
	close(s.begun)
	<-s.taken
	return s.ResponseRecorder.Write(piece)
}

// answerTo calls the handler itself.
func (w *world) answerTo(t *testing.T, to http.ResponseWriter, persona, method, path, body string) {
	request := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", w.authorization(persona))
	w.handler.ServeHTTP(to, request)
}

// whole calls the handler itself, and returns when it has released all pending bytes. Over a connection, a client can have the
// response before that.
func (w *world) whole(t *testing.T, method, path, body string) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	w.answerTo(t, recorder, "admin", method, path, body)
	return recorder
}

// wait begins a request whose response is not read until take is called.
func (w *world) wait(t *testing.T, want int, method, path, body string) (take func()) {
	t.Helper()
	client := &sluggish{httptest.NewRecorder(), make(chan struct{}), make(chan struct{})}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.answerTo(t, client, "admin", method, path, body)
	}()
	select {
	case <-client.begun:
	case <-time.After(time.Minute):
		t.Fatal("the answer has not begun")
	}
	return func() {
		close(client.taken)
		<-ended
		if client.Code != want {
			t.Errorf("the answer that waited: got %d %.200s, want %d", client.Code, client.Body, want)
		}
	}
}

const (
	heldHere  = 8 << 20 // of which one user has 2 MiB
	largeBody = 700_000
)

// crowdedWorld is a world with few pending bytes. Two of its orders fit in the share of a user.
func crowdedWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, func(config *api.Config) { config.MaxPending = heldHere })
	for range 3 {
		body := `{"note":"` + strings.Repeat("n", largeBody) + `"}`
		if got := w.whole(t, "POST", "/api/v2/orders", body); got.Code != http.StatusCreated {
			t.Fatalf("got %d %s", got.Code, got.Body)
		}
	}
	return w
}

const (
	twoLarge   = "/api/v2/orders?min_id=3&limit=2"
	threeLarge = "/api/v2/orders?min_id=3"
)

func checkNoRoom(t *testing.T, got reply) {
	t.Helper()
	if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" || !strings.Contains(got.body, "large responses") {
		t.Errorf("got %d %v %.200s, want a 503 that says so, and when to come again", got.status, got.header, got.body)
	}
	checkError(t, got)
}

// TestAnswersThatNobodyTakesAreBounded: large responses that wait are limited in total and for each user (H5).
func TestAnswersThatNobodyTakesAreBounded(t *testing.T) {
	t.Parallel()
	w := crowdedWorld(t)
	checkNoRoom(t, w.request(t, "admin", "GET", threeLarge, "")) // more than a share, though nothing waits
	take := w.wait(t, 200, "GET", twoLarge, "")
	before := w.state(t)
	for _, refused := range []struct{ method, path, body string }{
		{"GET", twoLarge, ""},
		{"HEAD", twoLarge, ""},
		{"GET", "/api/v2/orders/3", ""},
		{"GET", "/api/v2/orders/3.xml", ""},
		{"PUT", "/api/v2/orders/3", ""},
		{"PUT", "/api/v2/orders/3", `{"a":1}`},
		{"PUT", "/api/v2/store", `{"a":1}`},
		{"POST", "/api/v2/orders", `{"note":"` + strings.Repeat("n", largeBody) + `"}`},
	} {
		got := w.request(t, "admin", refused.method, refused.path, refused.body)
		if refused.method == "HEAD" {
			got.body = w.request(t, "admin", "GET", refused.path, "").body
		}
		if strings.HasSuffix(refused.path, ".xml") {
			checkXMLError(t, got)
		} else {
			checkNoRoom(t, got)
		}
	}
	if w.state(t) != before {
		t.Error("what was refused for want of room was done all the same")
	}
	if got := w.request(t, "admin", "GET", "/api/v2/orders/1", ""); got.status != 200 {
		t.Errorf("a small answer: got %d %s", got.status, got.body)
	}
	if got := w.request(t, "viewer", "GET", twoLarge, ""); got.status != 200 {
		t.Errorf("another user: got %d %s", got.status, got.body)
	}
	take()
	if got := w.request(t, "admin", "PUT", "/api/v2/orders/3", `{"a":1}`); got.status != 200 {
		t.Errorf("after the answer was taken: got %d %s", got.status, got.body)
	}
}

// TestRoomIsGivenBack: pending bytes are released however a response ends, and before the response to a failed request.
func TestRoomIsGivenBack(t *testing.T) {
	t.Parallel()
	w := crowdedWorld(t)
	for range 5 {
		func() {
			defer func() { _ = recover() }()
			w.answerTo(t, panicking{httptest.NewRecorder()}, "admin", "GET", twoLarge, "")
			t.Error("the write did not panic")
		}()
		for _, request := range []struct {
			method, path, body string
			want               int
		}{
			{"HEAD", twoLarge, "", 200},
			{"PUT", "/api/v2/orders/3", "", 200},
			{"PUT", "/api/v2/orders/99", "", 404},
			{"PUT", "/api/v2/orders/3", `{"more":"` + strings.Repeat("n", largeBody) + `"}`, 413},
			{"POST", "/api/v2/orders/99/shipments", `{"note":"` + strings.Repeat("n", largeBody) + `"}`, 404},
		} {
			if got := w.whole(t, request.method, request.path, request.body); got.Code != request.want {
				t.Fatalf("%s %s: got %d %.200s, want %d", request.method, request.path, got.Code, got.Body, request.want)
			}
		}
	}
	takeError := w.wait(t, 413, "PUT", "/api/v2/orders/3", `{"more":"`+strings.Repeat("n", largeBody)+`"}`)
	take := w.wait(t, 200, "GET", twoLarge, "") // all of it fits, as the error holds nothing
	take()
	takeError()
}

type panicking struct{ *httptest.ResponseRecorder }

func (panicking) Write([]byte) (int, error) { panic(http.ErrAbortHandler) }

// TestLargeAnswersInXML: large responses in XML are written while they are sent, complete and as long as Content-Length says.
func TestLargeAnswersInXML(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, length := range []int{1, 10_000, 17_000, 300_000} {
		body := `{"note":"` + strings.Repeat("<é&", length/4) + `"}`
		made := w.request(t, "admin", "POST", "/api/v2/orders.xml", body)
		if made.status != http.StatusCreated {
			t.Fatalf("%d: got %d %.200s", length, made.status, made.body)
		}
		for _, protocol := range []int{1, 2} {
			w.speak(protocol)
			got := w.request(t, "admin", "GET", "/api/v2/orders.xml?sort=id:desc&limit=1", "")
			var list struct {
				Orders []struct {
					Note string `xml:"note"`
				} `xml:"order"`
			}
			err := xml.Unmarshal([]byte(got.body), &list)
			if err != nil || len(list.Orders) != 1 || fmt.Sprintf(`{"note":"%s"}`, list.Orders[0].Note) != body {
				t.Errorf("%d by HTTP/%d: got %d, %v: %.200s", length, protocol, got.status, err, got.body)
			}
			if size := got.header.Get("Content-Length"); size != strconv.Itoa(len(got.body)) {
				t.Errorf("%d by HTTP/%d: got the length %s of %d bytes", length, protocol, size, len(got.body))
			}
			head := w.request(t, "admin", "HEAD", "/api/v2/orders.xml?sort=id:desc&limit=1", "")
			if size := head.header.Get("Content-Length"); size != strconv.Itoa(len(got.body)) {
				t.Errorf("%d: HEAD says %s of %d bytes", length, size, len(got.body))
			}
		}
	}
}

// TestLargePagesCount: the pages about resources count, too.
func TestLargePagesCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(config *api.Config) { config.MaxPending, config.PublicDocs = 1, true })
	for _, persona := range []string{"admin", "nobody"} {
		checkNoRoom(t, w.request(t, persona, "GET", "/docs/openapi.json", ""))
	}
}
