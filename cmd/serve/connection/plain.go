package connection

import (
	"errors"
	"io"
	"strconv"
)

// plainMessage is what a client gets that speaks HTTP without TLS: in the API's shape of errors, since clients of this
// family crash on any other. What it sent is not looked at: the response is the same for right and wrong credentials.
const (
	plainMessage = `[{"status":400,"message":"This port speaks HTTPS only. A token sent without TLS may have been read by others: regenerate it."}]` + "\n"
	plainHead    = "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nConnection: close\r\n"

	// maxPlainRequest is how much of such a request is read and discarded, for the response to arrive: closing a
	// connection with unread bytes resets it.
	maxPlainRequest = 256 << 10
)

var errPlain = errors.New("client spoke HTTP without TLS")

// Read reads for the TLS layer above. The first byte distinguishes TLS from HTTP: a handshake record starts with 22, a
// request line with a letter.
func (c *connection) Read(into []byte) (int, error) {
	n, err := c.Conn.Read(into)
	if n == 0 || c.begun {
		return n, err
	}
	c.begun = true
	if first := into[0] | 0x20; first < 'a' || first > 'z' {
		return n, err
	}
	c.refusePlain()
	return 0, errPlain
}

// refusePlain responds within the time limits that the server has set for the handshake.
func (c *connection) refusePlain() {
	response := plainHead + "Content-Length: " + strconv.Itoa(len(plainMessage)) + "\r\n\r\n" + plainMessage
	if _, err := io.WriteString(c.Conn, response); err != nil {
		return
	}
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_, _ = io.CopyN(io.Discard, c.Conn, maxPlainRequest)
	}
}
