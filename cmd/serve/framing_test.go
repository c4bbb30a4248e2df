package serve

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestFramingThatIsRefused: requests that two readers could take for different ones get 400 or 501 and the end of
// the connection (H8).
func TestFramingThatIsRefused(t *testing.T) {
	t.Parallel()
	r := start(t, newServer(t))
	authorization := "Authorization: " + request(t, http.MethodGet, r.url, firstUser, r.firstToken(t)).Header.Get("Authorization") + "\r\n"
	post := "POST /api/v2/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + authorization
	get := "GET /api/v2/time HTTP/1.1\r\n" + authorization
	for name, text := range map[string]string{
		"length and coding":      post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"coding and length":      post + "transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
		"one length twice":       post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
		"long length":            post + "Content-Length: " + strings.Repeat("0", 64) + "2\r\n\r\n{}",
		"folded field":           get + "Host: x\r\nX-A: a\r\n b\r\n\r\n",
		"field folded by a tab":  get + "Host: x\r\nX-A: a\r\n\tb\r\n\r\n",
		"folded first field":     get[:len(get)-len(authorization)] + " X-A: a\r\nHost: x\r\n\r\n",
		"folded empty line":      get + "Host: x\r\n \r\n\r\n",
		"LF after a field":       get + "Host: x\nX-A: a\r\n\r\n",
		"LF at the end":          get + "Host: x\r\n\n",
		"LF after the request":   "GET /api/v2/time HTTP/1.1\n" + authorization + "Host: x\r\n\r\n",
		"LF before the request":  "\n" + get + "Host: x\r\n\r\n",
		"LF alone":               strings.ReplaceAll(get+"Host: x\r\n\r\n", "\r\n", "\n"),
		"CR CR LF":               get + "Host: x\r\r\n\r\n",
		"in a second request":    get + "Host: x\r\nConnection: close\nX-A: a\r\n\r\n",
		"two lengths":            post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
		"list of lengths":        post + "Content-Length: 2, 2\r\n\r\n{}",
		"signed length":          post + "Content-Length: +2\r\n\r\n{}",
		"unknown coding":         post + "Transfer-Encoding: xchunked\r\n\r\n",
		"identity coding":        post + "Transfer-Encoding: identity\r\n\r\n",
		"chunk line without CR":  post + "Transfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n",
		"two hosts":              get + "Host: x\r\nHost: y\r\n\r\n",
		"no host":                get + "\r\n",
		"space before the colon": get + "Host: x\r\nX-A : b\r\n\r\n",
		"bare CR":                get + "Host: x\r\nX-A: a\rb\r\n\r\n",
		"NUL":                    get + "Host: x\r\nX-A: a\x00b\r\n\r\n",
	} {
		status, closed, body := exchange(t, r.dialTLS(t), text)
		if (status != http.StatusBadRequest && status != http.StatusNotImplemented) || !closed {
			t.Errorf("%s: got %d, closed %t: %s; want 400 or 501 and the end of the connection", name, status, closed, body)
		}
	}
}

// TestStrictHeadsOnAKeptConnection: the second head is checked like the first, wherever the body before it ends, and
// what is right is answered.
func TestStrictHeadsOnAKeptConnection(t *testing.T) {
	t.Parallel()
	r := start(t, newServer(t))
	authorization := "Authorization: " + request(t, http.MethodGet, r.url, firstUser, r.firstToken(t)).Header.Get("Authorization") + "\r\n"
	post := "POST /api/v2/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + authorization
	get := "GET /api/v2/time HTTP/1.1\r\nHost: x\r\n" + authorization
	for name, test := range map[string]struct {
		first  string
		status int
		closed bool
	}{
		"no body":           {get + "\r\n", http.StatusOK, false},
		"length":            {post + "Content-Length: 10\r\n\r\n{\"a\":\n\n\n1}", http.StatusCreated, false},
		"length of nothing": {get + "Content-Length:0\r\n\r\n", http.StatusOK, false},
		"refused":           {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na\nb", http.StatusUnauthorized, false},
		"chunked":           {post + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", http.StatusCreated, true},
	} {
		conn := r.dialTLS(t)
		status, closed, body := exchange(t, conn, test.first)
		if status != test.status || closed != test.closed {
			t.Errorf("%s: got %d, closed %t, want %d, %t: %s", name, status, closed, test.status, test.closed, body)
		}
		if test.closed {
			if rest, err := io.ReadAll(conn); err != nil || len(rest) > 0 {
				t.Errorf("%s: got %q, %v, want the end", name, rest, err)
			}
			continue
		}
		empty := "" // net/http takes empty lines after a POST
		if strings.HasPrefix(test.first, http.MethodPost) {
			empty = "\r\n"
		}
		if status, closed, _ := exchange(t, conn, empty+get+"\r\n"); status != http.StatusOK || closed {
			t.Errorf("%s, a second request: got %d, closed %t, want 200", name, status, closed)
		}
		if status, closed, _ := exchange(t, conn, get+"X-A: a\n\r\n"); status != http.StatusBadRequest || !closed {
			t.Errorf("%s, a last request: got %d, closed %t, want 400 and the end", name, status, closed)
		}
	}
}
