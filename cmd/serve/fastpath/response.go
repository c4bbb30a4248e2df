package fastpath

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// flushSize is how much of a response is written at one time.
const flushSize = 16 << 10

// response is the [http.ResponseWriter] of a connection.
type response struct {
	conn    *conn
	header  http.Header
	status  int    // 0: none yet
	length  int    // of the body as declared; -1: it is not, and the body is kept until it ends
	written int    // of the body
	out     []byte // what is to be sent
	body    []byte // of a length that is not declared
	left    bool   // see [Leave]
}

func (r *response) reset() {
	clear(r.header)
	r.status, r.length, r.written, r.out, r.body, r.left = 0, -1, 0, r.out[:0], nil, false
	if cap(r.out) > 2*flushSize {
		r.out = make([]byte, 0, 1<<10)
	}
}

// Leave is for a handler that needs more than this package has: it gives the request up before anything was written, and
// net/http has the handler answer it again. It tells whether there is anybody to leave it to.
func Leave(w http.ResponseWriter) bool {
	for {
		if r, ours := w.(*response); ours {
			r.left = true
			return true
		}
		outer, wraps := w.(interface{ Unwrap() http.ResponseWriter })
		if !wraps {
			return false
		}
		w = outer.Unwrap()
	}
}

// Header is that of the response.
func (r *response) Header() http.Header { return r.header }

// WriteHeader settles status and header. Interim statuses are not sent.
func (r *response) WriteHeader(status int) {
	if r.status != 0 || status < http.StatusOK {
		return
	}
	r.status = status
	if declared := r.header["Content-Length"]; len(declared) == 1 {
		if length, err := strconv.Atoi(declared[0]); err == nil {
			r.length = length
		}
	}
	r.beginHead()
	if r.length >= 0 || !r.hasBody() {
		r.endHead()
	}
}

func (r *response) hasBody() bool {
	return r.status != http.StatusNoContent && r.status != http.StatusNotModified
}

// Write takes a part of the body. What is written is sent in large parts.
func (r *response) Write(part []byte) (int, error) {
	if r.status == 0 {
		r.WriteHeader(http.StatusOK)
	}
	switch {
	case !r.hasBody():
		return 0, http.ErrBodyNotAllowed
	case r.length < 0:
		r.body = append(r.body, part...)
		return len(part), r.conn.failed
	case r.written+len(part) > r.length:
		r.conn.last = true
		return 0, http.ErrContentLength
	}
	r.written += len(part)
	if r.out = append(r.out, part...); len(r.out) >= flushSize {
		r.flush()
	}
	return len(part), r.conn.failed
}

// finish sends the rest. A response that is shorter than declared ends the connection, as nothing else can tell the client.
func (r *response) finish() {
	if r.status == 0 {
		r.WriteHeader(http.StatusOK)
	}
	if r.length < 0 && r.hasBody() {
		r.out = appendField(r.out, "Content-Length", strconv.Itoa(len(r.body)))
		r.endHead()
		r.out = append(r.out, r.body...)
	}
	r.flush()
	if r.length > r.written && r.hasBody() {
		r.conn.last = true
	}
}

func (r *response) flush() {
	if r.conn.failed == nil && len(r.out) > 0 {
		r.conn.limitWrite()
		_, r.conn.failed = r.conn.Write(r.out)
	}
	r.out = r.out[:0]
}

// usual are the fields that most responses have, in their order.
var usual = [...]string{
	"Cache-Control", "Content-Length", "Content-Security-Policy", "Content-Type", "X-BC-ApiLimit-Remaining", "X-Content-Type-Options", "X-Request-Id",
}

// beginHead writes the status and the fields, in the order of net/http.
func (r *response) beginHead() {
	out := r.out
	if r.status == http.StatusOK {
		out = append(out, "HTTP/1.1 200 OK\r\n"...)
	} else {
		out = append(strconv.AppendInt(append(out, "HTTP/1.1 "...), int64(r.status), 10), ' ')
		out = append(append(out, http.StatusText(r.status)...), "\r\n"...)
	}
	found := 0
	for _, name := range usual {
		if values := r.header[name]; len(values) == 1 {
			found++
			out = appendField(out, name, values[0])
		}
	}
	if found < len(r.header) {
		out = r.appendUnusual(out)
	}
	r.out = out
}

// endHead writes the fields that are not the handler's.
func (r *response) endHead() {
	r.conn.now = r.conn.server.Clock()
	if r.conn.server.stopping.Load() {
		r.conn.last = true
	}
	if r.conn.last {
		r.out = append(r.out, "Connection: close\r\n"...)
	}
	out := append(append(r.out, "Date: "...), dateAt(r.conn.now)...)
	r.out = append(out, "\r\n\r\n"...)
}

// appendUnusual writes the fields that are not usual, or have several values.
func (r *response) appendUnusual(out []byte) []byte {
	for _, name := range slices.Sorted(maps.Keys(r.header)) {
		values := r.header[name]
		if len(values) == 1 && slices.Contains(usual[:], name) {
			continue
		}
		for _, value := range values {
			if name == "Connection" {
				r.conn.last = r.conn.last || strings.EqualFold(value, "close")
				continue
			}
			out = appendField(out, name, value)
		}
	}
	return out
}

// lineEnds keeps what a handler puts into a value from beginning another field, as net/http does.
var lineEnds = strings.NewReplacer("\n", " ", "\r", " ")

func appendField(out []byte, name, value string) []byte {
	if strings.ContainsAny(value, "\r\n") {
		value = lineEnds.Replace(value)
	}
	out = append(append(out, name...), ": "...)
	return append(append(out, value...), "\r\n"...)
}

// date is the value of the Date field in a second.
type date struct {
	second int64
	text   string
}

var lastDate atomic.Pointer[date]

func dateAt(now time.Time) string {
	second := now.Unix()
	if last := lastDate.Load(); last != nil && last.second == second {
		return last.text
	}
	fresh := &date{second, now.UTC().Format(http.TimeFormat)}
	lastDate.Store(fresh)
	return fresh.text
}
