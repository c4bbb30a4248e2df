package fastpath_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestBytes: which bytes may stand where in a request that is taken, each of the 256.
func TestBytes(t *testing.T) {
	t.Parallel()
	const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	var printable strings.Builder
	for char := byte(' '); char < 0x7f; char++ {
		printable.WriteByte(char)
	}
	for place, test := range map[string]struct{ head, allowed string }{
		"path":  {"GET /a%sb HTTP/1.1\r\nHost: x\r\n\r\n", alphanumeric + "-._~/?"}, // ? begins the query
		"query": {"GET /a?b%sc HTTP/1.1\r\nHost: x\r\n\r\n", alphanumeric + "-._~/=&+%,:"},
		"host":  {"GET /a HTTP/1.1\r\nHost: x%sy\r\n\r\n", alphanumeric + "-.:[]"},
		"name":  {"GET /a HTTP/1.1\r\nHost: x\r\nA%sb: c\r\n\r\n", alphanumeric + "-:"}, // : begins the value
		"value": {"GET /a HTTP/1.1\r\nHost: x\r\nA: b%sc\r\n\r\n", printable.String()},
	} {
		for char := range 256 {
			head := fmt.Sprintf(test.head, string([]byte{byte(char)}))
			w := newWorld(nil)
			_, rest, goesOn := w.serve(t, head)
			want := strings.IndexByte(test.allowed, byte(char)) >= 0
			if got := len(w.paths) == 1; got != want || goesOn == got || (goesOn && rest != head) {
				t.Errorf("byte %#x in %s: got taken %t, rest %q; want %t", char, place, got, rest, want)
			}
		}
	}
}

// notPlain are requests, right and wrong ones, that are for net/http.
func notPlain() map[string]string {
	with := func(field string) string { return "GET /a HTTP/1.1\r\nHost: x\r\n" + field + "\r\n\r\n" }
	heads := map[string]string{
		"another method":       "HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n",
		"a body":               "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx",
		"lower case":           "get /a HTTP/1.1\r\nHost: x\r\n\r\n",
		"HTTP/1.0":             "GET /a HTTP/1.0\r\nHost: x\r\n\r\n",
		"HTTP/1.10":            "GET /a HTTP/1.10\r\nHost: x\r\n\r\n",
		"HTTP/0.9":             "GET /a\r\n\r\n",
		"HTTP/2":               "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"no target":            "GET  HTTP/1.1\r\nHost: x\r\n\r\n",
		"two spaces":           "GET  /a HTTP/1.1\r\nHost: x\r\n\r\n",
		"a tab":                "GET\t/a HTTP/1.1\r\nHost: x\r\n\r\n",
		"a whole URL":          "GET http://x/a HTTP/1.1\r\nHost: x\r\n\r\n",
		"an authority":         "GET //x/a HTTP/1.1\r\nHost: x\r\n\r\n",
		"asterisk":             "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
		"an escape":            "GET /%61 HTTP/1.1\r\nHost: x\r\n\r\n",
		"a fragment":           "GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n",
		"an empty query":       "GET /a? HTTP/1.1\r\nHost: x\r\n\r\n",
		"an empty line first":  "\r\nGET /a HTTP/1.1\r\nHost: x\r\n\r\n",
		"no Host":              "GET /a HTTP/1.1\r\nAccept: x\r\n\r\n",
		"no fields":            "GET /a HTTP/1.1\r\n\r\n",
		"an empty Host":        "GET /a HTTP/1.1\r\nHost: \r\n\r\n",
		"two Hosts":            with("host: x"),
		"an empty Host first":  "GET /a HTTP/1.1\r\nHost:\r\nHost: x\r\n\r\n",
		"LF":                   "GET /a HTTP/1.1\nHost: x\n\n\r\n\r\n",
		"LF in the head":       with("A: b\nC: d"),
		"CR in the head":       with("A: b\rC: d"),
		"a folded line":        with("A: b\r\n c"),
		"a space before colon": with("A : b"),
		"no colon":             with("A"),
		"no name":              with(": b"),
		"an underscore":        with("X_Forwarded_For: b"),
		"NUL":                  with("A: b\x00"),
		"not ASCII":            with("A: \xc3\xa9"),
		"a field twice":        with("X-Forwarded-For: a\r\nX-Forwarded-For: b"),
		"two in any case":      with("authorization: a\r\nAuthorization: b"),
		"too many fields":      with(strings.TrimSuffix(strings.Repeat("A: b\r\n", 40), "\r\n")),
		"Connection: close":    with("Connection: close"),
		"Connection: a field":  with("Connection: keep-alive, Authorization"),
		"Content-Length: 0":    with("Content-Length: 0"),
	}
	for _, name := range []string{"Transfer-Encoding", "Trailer", "TE", "Expect", "Upgrade", "Pragma", "HTTP2-Settings", "Proxy-Connection", "Keep-Alive"} {
		heads[name] = with(name + ": x")
	}
	fields := new(strings.Builder)
	for i := range 33 {
		fmt.Fprintf(fields, "A%d: b\r\n", i)
	}
	heads["33 fields"] = with(strings.TrimSuffix(fields.String(), "\r\n"))
	heads["a long head"] = with("A: " + strings.Repeat("b", 4<<10))
	return heads
}

// TestOthersGoToNetHTTP whole and unanswered, however their bytes come, also after a request that was answered.
func TestOthersGoToNetHTTP(t *testing.T) {
	t.Parallel()
	for name, head := range notPlain() {
		for at := 1; at <= len(head); at++ {
			w := newWorld(nil)
			s, rest, goesOn := w.serve(t, plain("/first")+head[:at], head[at:])
			var unread strings.Builder
			for _, piece := range s.pieces {
				unread.Write(piece)
			}
			if !goesOn || rest+unread.String() != head || strings.Join(w.paths, " ") != "/first" {
				t.Fatalf("%s, in two pieces at %d: got %t, the rest %q and %q, asked for %q", name, at, goesOn, rest, unread.String(), w.paths)
			}
			if got := strings.Count(s.written.String(), "HTTP/1.1 "); got != 1 {
				t.Fatalf("%s: got %d responses", name, got)
			}
		}
	}
}

// TestHeadsInPieces: a plain head that does not come in one piece goes to net/http as far as it has come.
func TestHeadsInPieces(t *testing.T) {
	t.Parallel()
	head := plain("/a")
	for at := 1; at < len(head); at++ {
		w := newWorld(nil)
		if _, rest, goesOn := w.serve(t, head[:at], head[at:]); !goesOn || rest != head[:at] || len(w.paths) > 0 {
			t.Errorf("at %d: got %t, %q, asked for %q", at, goesOn, rest, w.paths)
		}
	}
}

// TestClientsThatGoAway at any byte are answered what they have asked for, and nothing else.
func TestClientsThatGoAway(t *testing.T) {
	t.Parallel()
	text := plain("/a") + plain("/b") + plain("/c")
	for at := range len(text) + 1 {
		w := newWorld(nil)
		s, rest, _ := w.serve(t, text[:at])
		want := strings.Count(text[:at], "\r\n\r\n")
		if got := strings.Count(s.written.String(), "HTTP/1.1 200 OK"); got != want || len(w.paths) != want {
			t.Errorf("after %d bytes: got %d responses, asked for %q, want %d", at, got, w.paths, want)
		}
		if whole := strings.LastIndex(text[:at], "\r\n\r\n"); whole >= 0 && rest != text[whole+4:at] {
			t.Errorf("after %d bytes: got the rest %q", at, rest)
		}
	}
}

// TestWhatAHandlerGets of a request, and of the next one on the same connection, which has other fields.
func TestWhatAHandlerGets(t *testing.T) {
	t.Parallel()
	var got []string
	w := newWorld(func(_ http.ResponseWriter, r *http.Request) {
		got = append(got, fmt.Sprint(r.Method, " ", r.RequestURI, " ", r.URL, " ", r.Host, " ", r.Proto, " ", r.RemoteAddr, " ", r.Header, " ", r.ContentLength, " ", r.Body == http.NoBody))
	})
	w.serve(t, "GET /a/B~1?c=%20&d HTTP/1.1\r\nHost: h:8443\r\nauthorization:Basic x \r\nA: \r\n\r\nGET / HTTP/1.1\r\nhost: i\r\nConnection: Keep-Alive\r\n\r\n")
	want := []string{
		"GET /a/B~1?c=%20&d /a/B~1?c=%20&d h:8443 HTTP/1.1 192.0.2.7:1024 map[A:[] Authorization:[Basic x]] 0 true",
		"GET / / i HTTP/1.1 192.0.2.7:1024 map[Connection:[Keep-Alive]] 0 true",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
