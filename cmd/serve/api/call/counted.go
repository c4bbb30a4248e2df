package call

import (
	"bufio"
	"net"
	"net/http"
)

// counted is a ResponseWriter that remembers what was sent through it.
type Counted struct {
	http.ResponseWriter
	Status int // of the answer; those of 1xx before it do not count
	Bytes  int64
}

// WriteHeader sends a status.
func (c *Counted) WriteHeader(status int) {
	if c.Status == 0 && (status >= http.StatusOK || status == http.StatusSwitchingProtocols) {
		c.Status = status
	}
	c.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the body.
func (c *Counted) Write(part []byte) (int, error) {
	if c.Status == 0 {
		c.Status = http.StatusOK
	}
	n, err := c.ResponseWriter.Write(part)
	c.Bytes += int64(n)
	return n, err
}

// Hijack takes the connection over, as an upgraded one is.
func (c *Counted) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(c.ResponseWriter).Hijack()
	if err == nil && c.Status == 0 {
		c.Status = http.StatusSwitchingProtocols
	}
	return conn, buffered, err
}

// Unwrap lets an http.ResponseController find the rest of what the connection can do.
func (c *Counted) Unwrap() http.ResponseWriter { return c.ResponseWriter }
