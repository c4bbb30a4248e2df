package connection

import (
	"bufio"
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"reflect"
	"testing"
	"time"

	"latchkey/cmd/serve/fastpath"
)

// said is a connection whose client sends a text in one piece and goes away.
type said struct {
	net.Conn
	text []byte
}

func (s *said) Read(into []byte) (int, error) {
	if len(s.text) == 0 {
		return 0, io.EOF
	}
	n := copy(into, s.text)
	s.text = s.text[n:]
	return n, nil
}

func (*said) Write(text []byte) (int, error)   { return len(text), nil }
func (*said) Close() error                     { return nil }
func (*said) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (*said) SetDeadline(time.Time) error      { return nil }
func (*said) SetReadDeadline(time.Time) error  { return nil }
func (*said) SetWriteDeadline(time.Time) error { return nil }

// FuzzFastPath: whatever the fast path takes, the check of heads and net/http take too, for the same.
func FuzzFastPath(f *testing.F) {
	for _, text := range []string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /api/v2/time?x=%41&b HTTP/1.1\r\nhost: x:1\r\nauthorization: Basic YQ==\r\nX-A:  b  \r\n\r\n",
		"GET /a//b/../c HTTP/1.1\r\nHost: [::1]:8443\r\nConnection: keep-alive\r\nAccept: */*\r\n\r\n",
		"GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: y\r\nCookie: a=b; c=d\r\n\r\nPOST /3 HTTP/1.1\r\nHost: z\r\n\r\n",
		"GET /? HTTP/1.1\r\nHost: x\r\n\r\n", "GET //a HTTP/1.1\r\nHost: x\r\n\r\n", "GET /a HTTP/1.1\r\nHost: x\r\nA: b\r\na: c\r\n\r\n",
		"GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "GET /a HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
		"GET /a:b HTTP/1.1\r\nHost: x y\r\n\r\n", "GET /a HTTP/1.1\r\nHost: \r\n\r\n", "GET /a HTTP/1.1\r\nHost: [x\r\nExpect: a\r\n\r\n",
		"GET /a HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n", "GET /a HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var taken []*http.Request
		server := &fastpath.Server{Clock: time.Now, Log: slog.New(slog.DiscardHandler), Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			taken = append(taken, r.Clone(t.Context()))
		})}
		server.Serve(t.Context(), &said{text: text})
		reader, checked := bufio.NewReaderSize(bytes.NewReader(text), len(text)), 0
		for _, got := range taken {
			want, err := http.ReadRequest(reader)
			if err != nil {
				t.Fatalf("%q: taken, and net/http says %v", text, err)
			}
			end := bytes.Index(text[checked:], []byte("\r\n\r\n")) + 4
			var heads requestHeads
			if n, err := heads.check(text[checked : checked+end]); n != end || err != nil || heads != (requestHeads{}) {
				t.Fatalf("%q: taken, and the check of heads stands at %d of %d, with %v", text, n, end, err)
			}
			if checked += end; checked != len(text)-remaining(reader, text) {
				t.Fatalf("%q: taken up to %d, and net/http has read another part", text, checked)
			}
			if got.Method != want.Method || *got.URL != *want.URL || got.Host != want.Host || got.RequestURI != want.RequestURI || got.Proto != want.Proto ||
				want.ContentLength != 0 || want.Close || len(want.TransferEncoding) > 0 || want.Body != http.NoBody || !reflect.DeepEqual(got.Header, want.Header) {
				t.Fatalf("%q:\ngot  %+v\nwant %+v", text, got, want)
			}
		}
	})
}

// remaining is how much of a text a reader has not read, whose buffer has room for all of it.
func remaining(reader *bufio.Reader, text []byte) int {
	rest, _ := reader.Peek(min(len(text), reader.Size()))
	return len(rest)
}
