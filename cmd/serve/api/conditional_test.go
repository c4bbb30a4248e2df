package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/cmd/serve/api"
	"latchkey/db/data"
)

const (
	then    = "Sun, 01 Mar 2026 12:00:00 GMT" // when the world was made
	earlier = "Sun, 01 Mar 2026 11:59:59 GMT"
	later   = "Sun, 01 Mar 2026 12:00:01 GMT" // when that second was over
	ahead   = "Sun, 01 Mar 2026 12:00:11 GMT" // of the clock
)

// afterwards is the clock of servers that get requests after the second of the last change.
func afterwards() time.Time { return now.Add(10 * time.Second) }

// TestPreconditions makes one conditional request each. TAG stands for the tag of the path, LIST for that of the collection.
func TestPreconditions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		method, path string
		header       []string
		want         int
	}{
		{"GET", "/api/v2/orders/1", []string{"If-None-Match: TAG"}, 304},
		{"HEAD", "/api/v2/orders/1", []string{"If-None-Match: TAG"}, 304},
		{"GET", "/api/v2/orders/1", []string{`If-None-Match: "a, b", W/TAG`}, 304},
		{"GET", "/api/v2/orders/1", []string{"If-None-Match: *"}, 304},
		{"GET", "/api/v2/orders/1", []string{`If-None-Match: "other"`}, 200},
		{"GET", "/api/v2/orders/1", []string{`If-None-Match: "open`}, 200},
		{"GET", "/api/v2/orders/1", []string{"If-Modified-Since: " + then}, 304},
		{"GET", "/api/v2/orders/1", []string{"If-Modified-Since: " + later}, 304},
		{"GET", "/api/v2/orders/1", []string{"If-Modified-Since: " + ahead}, 200},
		{"GET", "/api/v2/orders/1", []string{"If-Modified-Since: " + earlier}, 200},
		{"GET", "/api/v2/orders/1", []string{"If-Modified-Since: Sun, 01 Mar 2026 12:00:01 +0000"}, 304},
		{"GET", "/api/v2/orders/1", []string{"If-Modified-Since: Sunday, 01-Mar-26 12:00:01 GMT"}, 304},
		{"GET", "/api/v2/orders/1", []string{"If-Modified-Since: nonsense"}, 200},
		{"GET", "/api/v2/orders/1", []string{`If-None-Match: "other"`, "If-Modified-Since: " + later}, 200}, // the tag says more
		{"GET", "/api/v2/orders/1", []string{"If-Match: TAG"}, 200},
		{"GET", "/api/v2/orders/1", []string{`If-Match: "other"`, "If-None-Match: TAG"}, 412}, // it comes first
		{"GET", "/api/v2/orders/1", []string{"If-Match: TAG", "If-None-Match: TAG"}, 304},
		{"GET", "/api/v2/orders/1", []string{"If-Unmodified-Since: " + earlier}, 412},
		{"GET", "/api/v2/orders/1", []string{"If-Unmodified-Since: " + earlier, "If-Match: TAG"}, 200},
		{"GET", "/api/v2/orders/9", []string{"If-None-Match: *"}, 404},
		{"GET", "/api/v2/orders/9", []string{`If-Match: "other"`}, 404},
		{"GET", "/api/v2/orders", []string{"If-None-Match: TAG"}, 304},
		{"GET", "/api/v2/orders?page=2", []string{"If-None-Match: TAG"}, 304}, // of a page without documents too
		{"GET", "/api/v2/orders?status=new", []string{"If-Modified-Since: " + later}, 304},
		{"GET", "/api/v2/orders?min_id=x", []string{"If-None-Match: *"}, 400},
		{"GET", "/api/v2/orders/count", []string{"If-None-Match: TAG"}, 304},
		{"GET", "/api/v2/orders/1/shipments", []string{"If-None-Match: TAG"}, 304},
		{"GET", "/api/v2/orders/9/shipments", []string{"If-None-Match: *"}, 404},
		{"GET", "/api/v2/store", []string{"If-None-Match: TAG"}, 304},
		{"GET", "/api/v2/orders/1.xml", []string{"If-None-Match: TAG"}, 304},

		// What was never written has no date.
		{"GET", "/api/v2/brands", []string{"If-Modified-Since: " + then}, 204},
		{"GET", "/api/v2/brands/count", []string{"If-Modified-Since: " + then}, 200},
		{"GET", "/api/v2/store", []string{"If-Modified-Since: " + then}, 200},
		{"GET", "/api/v2/store", []string{"If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT"}, 200},

		{"PUT", "/api/v2/orders/1", []string{"If-Match: TAG"}, 200},
		{"PUT", "/api/v2/orders/1.xml", []string{"If-Match: TAG"}, 200},
		{"PUT", "/api/v2/orders/1", []string{"If-Match: *"}, 200},
		{"PUT", "/api/v2/orders/1", []string{`If-Match: "other", TAG`}, 200},
		{"PUT", "/api/v2/orders/1", []string{`If-Match: "other"`}, 412},
		{"PUT", "/api/v2/orders/1", []string{"If-Match: W/TAG"}, 412}, // a weak tag is not enough to change by
		{"PUT", "/api/v2/orders/1", []string{"If-Match: nonsense"}, 412},
		{"PUT", "/api/v2/orders/1", []string{"If-None-Match: *"}, 412},
		{"PUT", "/api/v2/orders/1", []string{"If-None-Match: TAG"}, 412},
		{"PUT", "/api/v2/orders/1", []string{"If-Unmodified-Since: " + later}, 200},
		{"PUT", "/api/v2/orders/1", []string{"If-Unmodified-Since: " + then}, 412},
		{"PUT", "/api/v2/orders/1", []string{"If-Unmodified-Since: " + ahead}, 412},
		{"PUT", "/api/v2/orders/1", []string{"If-Unmodified-Since: " + earlier}, 412},
		{"PUT", "/api/v2/orders/1", []string{"If-Unmodified-Since: nonsense"}, 200},
		{"PUT", "/api/v2/orders/1", []string{"If-Modified-Since: " + later}, 200}, // it is for reading alone
		{"PUT", "/api/v2/orders/9", []string{`If-Match: "other"`}, 404},
		{"PUT", "/api/v2/store", []string{"If-Match: TAG"}, 200},
		{"PUT", "/api/v2/store", []string{`If-Match: "other"`}, 412},
		{"POST", "/api/v2/orders", []string{"If-Match: TAG"}, 201},
		{"POST", "/api/v2/orders", []string{`If-Match: "other"`}, 412},
		{"DELETE", "/api/v2/orders/1", []string{"If-Match: TAG"}, 204},
		{"DELETE", "/api/v2/orders/1", []string{`If-Match: "other"`}, 412},
		{"DELETE", "/api/v2/orders/1", []string{"If-Unmodified-Since: " + earlier}, 412},
		{"DELETE", "/api/v2/orders", []string{"If-Match: TAG"}, 204},
		{"DELETE", "/api/v2/orders", []string{`If-Match: "other"`}, 412},
		{"DELETE", "/api/v2/orders?min_id=2", []string{`If-Match: "other"`}, 412},
		{"DELETE", "/api/v2/orders/9/shipments", []string{`If-Match: "other"`}, 404},
	} {
		t.Run(test.method+test.path+strings.Join(test.header, "+"), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t).another(t, afterwards)
			tag := w.request(t, "admin", "GET", test.path, "").header.Get("ETag")
			for i, field := range test.header {
				test.header[i] = strings.ReplaceAll(field, "TAG", tag)
			}
			before := w.state(t)
			body := map[string]string{"PUT": `{"a":1}`, "POST": `{"a":1}`}[test.method]
			got := w.request(t, "admin", test.method, test.path, body, test.header...)
			if got.status != test.want {
				t.Errorf("got %d, want %d: %s", got.status, test.want, got.body)
			}
			if changes := got.status < 300 && test.method != "GET"; changes != (w.state(t) != before) {
				t.Errorf("answered %d, and the documents changed: %v", got.status, !changes)
			}
			if got.status >= 400 {
				checkError(t, got)
			}
			if got.status == 304 && (got.body != "" || got.header.Get("ETag") != tag || got.header.Get("Content-Length") != "") {
				t.Errorf("got a 304 with body %q, header %v, want the ETag %s alone", got.body, got.header, tag)
			}
		})
	}
}

// TestValidators: the validators in a response, and when they change.
func TestValidators(t *testing.T) {
	t.Parallel()
	var seconds atomic.Int64
	ticking := func() time.Time { return now.Add(time.Duration(seconds.Load()) * time.Second) }
	w := newWorld(t).another(t, ticking)
	tag := func(path string) string { return w.request(t, "admin", "GET", path, "").header.Get("ETag") }
	seen := map[string]bool{}
	paths := []string{"/api/v2/orders/1", "/api/v2/orders", "/api/v2/orders/1/shipments", "/api/v2/products/skus"}
	for _, step := range []struct {
		method, path, body string
		changes            [4]bool // of the paths, in their order
	}{
		{"PUT", "/api/v2/orders/1", `{"a":1}`, [4]bool{true, true, false, false}},
		{"PUT", "/api/v2/orders/1", `{}`, [4]bool{}},
		{"PUT", "/api/v2/orders/1", `{"a":1}`, [4]bool{true, true, false, false}},
		{"POST", "/api/v2/orders", `{}`, [4]bool{false, true, false, false}},
		{"DELETE", "/api/v2/orders/3", ``, [4]bool{false, true, false, false}},
		{"DELETE", "/api/v2/orders?min_id=99", ``, [4]bool{}},
		{"PUT", "/api/v2/orders/1/shipments/1", `{"a":1}`, [4]bool{false, false, true, false}},
		{"DELETE", "/api/v2/products/1", ``, [4]bool{false, false, false, true}}, // and its SKU with it
	} {
		seconds.Add(1)
		var before [4]string
		for i, path := range paths {
			before[i] = tag(path)
			seen[before[i]+path] = true
		}
		if got := w.request(t, "admin", step.method, step.path, step.body); got.status >= 300 {
			t.Fatalf("%s %s: got %d %s", step.method, step.path, got.status, got.body)
		}
		for i, path := range paths {
			after := w.request(t, "admin", "GET", path, "")
			if changed := after.header.Get("ETag") != before[i]; changed != step.changes[i] {
				t.Errorf("%s %s: the tag of %s changed: %v, want %v", step.method, step.path, path, changed, step.changes[i])
			}
			if step.changes[i] && seen[after.header.Get("ETag")+path] {
				t.Errorf("%s %s: %s has a tag that it had before", step.method, step.path, path)
			}
			if want := ticking().Format(http.TimeFormat); step.changes[i] && after.header.Get("Last-Modified") != want {
				t.Errorf("%s %s: got Last-Modified %q of %s, want %q", step.method, step.path, after.header.Get("Last-Modified"), path, want)
			}
		}
	}
	asJSON, asXML := w.request(t, "admin", "GET", "/api/v2/orders", ""), w.request(t, "admin", "GET", "/api/v2/orders.xml", "")
	if asJSON.header.Get("ETag") == asXML.header.Get("ETag") {
		t.Error("JSON and XML have the same strong tag")
	}
	put := w.request(t, "admin", "PUT", "/api/v2/orders/1", `{"b":1}`)
	if put.header.Get("ETag") != tag("/api/v2/orders/1") {
		t.Error("the answer to a change has another tag than the document afterwards")
	}
}

// TestDatesOfTwoChangesWithinOneSecond: no date that a client got before a change lets it overwrite that change, and none that
// it got when the second was over says that nothing has changed.
func TestDatesOfTwoChangesWithinOneSecond(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/api/v2/orders/1", "/api/v2/orders/1.xml", "/api/v2/store"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			var elapsed atomic.Int64
			start := now.Add(time.Hour)
			w := newWorld(t).another(t, func() time.Time { return start.Add(time.Duration(elapsed.Load())) })
			at := func(moment time.Duration, method string, want int, header ...string) string {
				t.Helper()
				elapsed.Store(int64(moment))
				body := map[string]string{"PUT": fmt.Sprintf(`{"a":%d}`, moment)}[method]
				got := w.request(t, "admin", method, path, body, header...)
				if got.status != want {
					t.Fatalf("after %v, %s with %q: got %d %s, want %d", moment, method, header, got.status, got.body, want)
				}
				date, err := http.ParseTime(got.header.Get("Last-Modified"))
				if want < 400 && (err != nil || date.After(start.Add(moment))) {
					t.Errorf("after %v: got Last-Modified %q, want a date that has come", moment, got.header.Get("Last-Modified"))
				}
				return got.header.Get("Last-Modified")
			}
			at(100*time.Millisecond, "PUT", 200)
			within := at(200*time.Millisecond, "GET", 200)
			at(300*time.Millisecond, "PUT", 200)
			for _, date := range []string{within, start.Format(time.RFC1123Z), start.Format(http.TimeFormat)} {
				for _, moment := range []time.Duration{400 * time.Millisecond, 2 * time.Second} {
					at(moment, "GET", 304, "If-Modified-Since: "+date)
					at(moment, "PUT", 412, "If-Unmodified-Since: "+date)
				}
			}
			over := at(2*time.Second, "GET", 200)
			at(3*time.Second, "GET", 304, "If-Modified-Since: "+over)
			at(3*time.Second, "PUT", 200, "If-Unmodified-Since: "+over)
			at(3*time.Second, "GET", 200, "If-Modified-Since: "+over)
			at(5*time.Second, "PUT", 412, "If-Unmodified-Since: "+over)
		})
	}
}

// another is a second server on the same files, with a clock of its own.
func (w *world) another(t *testing.T, clock func() time.Time) *world {
	t.Helper()
	config := w.config
	config.Clock = clock
	var err error
	config.Data, err = data.Open(t.Context(), strings.TrimSuffix(w.path, ".db")+"-data.db", clock)
	must(t, err)
	t.Cleanup(func() { _ = config.Data.Close() })
	other := &world{path: w.path, users: w.users, data: config.Data, handler: api.New(config), config: config, tokens: w.tokens, log: w.log}
	other.serve(t)
	return other
}

// TestConcurrentWritersLoseNothing: through two servers on the same file, clients change different fields of one document at
// the same time, and one field by compare and swap.
func TestConcurrentWritersLoseNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := w.another(t, clock)
	const writers, rounds = 8, 6
	var group sync.WaitGroup
	for writer := range writers {
		through := []*world{w, other}[writer%2]
		group.Go(func() {
			for round := range rounds {
				through.increment(t, "/api/v2/orders/1")
				body := fmt.Sprintf(`{"field_%d_%d":true}`, writer, round)
				if got := through.request(t, "admin", "PUT", "/api/v2/orders/1", body); got.status != 200 {
					t.Errorf("writer %d: got %d %s", writer, got.status, got.body)
				}
			}
		})
	}
	group.Wait()
	var fields map[string]any
	must(t, json.Unmarshal([]byte(w.request(t, "admin", "GET", "/api/v2/orders/1", "").body), &fields))
	if fields["counter"] != float64(writers*rounds) {
		t.Errorf("the counter is %v, want %d", fields["counter"], writers*rounds)
	}
	if want := writers*rounds + 6 + 6; len(fields) != want { // status, total, counter, the server's three, and six links
		t.Errorf("got %d fields, want %d", len(fields), want)
	}
}

// increment adds one to a counter by compare and swap, until it succeeds.
func (w *world) increment(t *testing.T, path string) {
	for status := 412; status == 412; {
		got := w.request(t, "admin", "GET", path, "")
		var document struct{ Counter int }
		must(t, json.Unmarshal([]byte(got.body), &document))
		put := w.request(t, "admin", "PUT", path, fmt.Sprintf(`{"counter":%d}`, document.Counter+1), "If-Match: "+got.header.Get("ETag"))
		if status = put.status; status != 200 && status != 412 {
			t.Errorf("got %d %s", put.status, put.body)
		}
	}
}

// TestTagsThatProxiesMake: a tag that a proxy has made weak, or put a coding to, changes nothing, and the client learns why.
func TestTagsThatProxiesMake(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"/api/v2/orders/1", "/api/v2/orders/1.xml", "/api/v2/users/idle"} {
		tag := w.request(t, "admin", "GET", path, "").header.Get("ETag")
		inner := strings.Trim(tag, `"`)
		for _, made := range []string{"W/" + tag, `"` + inner + `-gzip"`, `"other", "` + inner + `-br"`} {
			got := w.request(t, "admin", "PUT", path, `{"note":"x"}`, "If-Match: "+made)
			if got.status != 412 || !strings.Contains(got.body, "a proxy that compresses has made the tag") {
				t.Errorf("%s with %s: got %d %s", path, made, got.status, got.body)
			}
		}
		if got := w.request(t, "admin", "PUT", path, `{"note":"x"}`, `If-Match: "other"`); got.status != 412 || strings.Contains(got.body, "proxy") {
			t.Errorf("%s with another tag: got %d %s", path, got.status, got.body)
		}
	}
}
