package connection

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strconv"
	"sync/atomic"
)

// strictConnection lets net/http read no head of an HTTP/1.1 request that another reader, such as a proxy in front,
// could take for a different one (H8). net/http tolerates several of those, and nothing is left to be seen of them
// once it has parsed. To an error of the connection it responds with 400, and closes it.
type strictConnection struct {
	*tls.Conn
	below  *connection
	heads  requestHeads
	before []byte // was read by somebody else, and comes first
	failed error
	sends  atomic.Bool // the client may be sending still: see [strictConnection.Close]
	closed atomic.Bool

	upgraded bool
}

// Read hands on what is right, and an error in the place of the rest.
func (s *strictConnection) Read(into []byte) (int, error) {
	if s.closed.Load() {
		return 0, net.ErrClosed
	}
	if s.failed != nil {
		return 0, s.failed
	}
	n, err := s.read(into)
	n, s.failed = s.heads.check(into[:n])
	s.sends.Store(!errors.Is(err, io.EOF) && !s.upgraded && (s.failed != nil || s.heads.body != 0))
	if s.heads.body == endless {
		s.below.last.Store(true)
	}
	if s.failed != nil && n == 0 {
		return 0, s.failed
	}
	return n, err
}

func (s *strictConnection) read(into []byte) (int, error) {
	if len(s.before) == 0 {
		return s.Conn.Read(into)
	}
	n := copy(into, s.before)
	s.before = s.before[n:]
	return n, nil
}

// Upgraded is called before the connection speaks another protocol.
func (s *strictConnection) Upgraded() {
	s.heads.body, s.upgraded = endless, true
	s.sends.Store(false)
}

var (
	errLineEnd = errors.New("a line of the head does not end with CR LF")
	errFolded  = errors.New("a line of the head is folded")
	errFraming = errors.New("the length of the body is given twice, or is no number")
)

const (
	// longestFraming is more than a line needs that says how long a body is.
	longestFraming = 64
	// endless is the length of a chunked body. Where it ends is not looked for: the connection is closed after it.
	endless = -1
)

// requestHeads follows the bytes of a connection from head to head. It must not take for a body what net/http takes
// for a head. The zero value stands before the first one.
type requestHeads struct {
	line     [longestFraming]byte // how it begins
	length   int                  // of the line, CR and LF left out
	previous byte
	fields   bool // the request line is over

	lengths, codings int   // how often the head has the field
	given            int64 // by Content-Length
	body             int64 // bytes still to come, or endless
}

// check returns how many of the bytes are right, and what is wrong with the next one.
func (h *requestHeads) check(text []byte) (right int, err error) {
	for right < len(text) {
		switch {
		case h.body == endless:
			return len(text), nil
		case h.body > 0:
			skipped := min(int64(len(text)-right), h.body)
			h.body -= skipped
			right += int(skipped)
		default:
			if plain := h.skip(text[right:]); plain > 0 {
				right += plain
				continue
			}
			if err := h.next(text[right]); err != nil {
				return right, err
			}
			right++
		}
	}
	return right, nil
}

// skip takes the bytes within a line that do not end it, as [requestHeads.next] would one by one, and returns how many
// there were: most of a head.
func (h *requestHeads) skip(text []byte) int {
	if h.length == 0 || h.previous == '\r' {
		return 0
	}
	for _, end := range []byte("\r\n") {
		if at := bytes.IndexByte(text, end); at >= 0 {
			text = text[:at]
		}
	}
	if len(text) == 0 {
		return 0
	}
	if h.length < longestFraming {
		copy(h.line[h.length:], text)
	}
	h.length += len(text)
	h.previous = text[len(text)-1]
	return len(text)
}

func (h *requestHeads) next(char byte) error {
	switch {
	case (h.previous == '\r') != (char == '\n'):
		return errLineEnd
	case h.fields && h.length == 0 && (char == ' ' || char == '\t'):
		return errFolded
	}
	h.previous = char
	switch char {
	case '\n':
		return h.endLine()
	case '\r':
		return nil
	}
	if h.length < longestFraming {
		h.line[h.length] = char
	}
	h.length++
	return nil
}

func (h *requestHeads) endLine() (err error) {
	line, length := h.line[:min(h.length, longestFraming)], h.length
	h.length = 0
	switch {
	case length == 0 && h.fields:
		return h.endHead()
	case length == 0: // empty lines before a request are allowed (RFC 9112, section 2.2)
		return nil
	case !h.fields:
		h.fields = true
		return nil
	}
	name, value, _ := bytes.Cut(line, []byte(":"))
	switch {
	case bytes.EqualFold(name, []byte("Transfer-Encoding")):
		h.codings++
	case bytes.EqualFold(name, []byte("Content-Length")):
		h.lengths++
		h.given, err = strconv.ParseInt(string(bytes.Trim(value, " \t")), 10, 64)
		if err != nil || h.given < 0 || length > longestFraming {
			return errFraming
		}
	}
	return nil
}

func (h *requestHeads) endHead() error {
	if h.lengths+min(h.codings, 1) > 1 {
		return errFraming
	}
	body := h.given
	if h.codings > 0 {
		body = endless
	}
	*h = requestHeads{body: body}
	return nil
}
