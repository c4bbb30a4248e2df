package upstream

import (
	"bufio"
	"net"
)

// Hijack takes over the connection, for an upgrade to another protocol. It calls the method Upgraded of a connection that
// has one, since such a connection checks what it reads.
func (w *streamWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := w.stream.control.Hijack()
	if err != nil {
		return nil, nil, err
	}
	if checked, ok := conn.(interface{ Upgraded() }); ok {
		checked.Upgraded()
	}
	w.stream.mutex.Lock()
	w.stream.hijacked = conn
	w.stream.mutex.Unlock()
	w.stream.started.Store(true)
	return &upgradedConn{Conn: conn, stream: w.stream}, buffered, nil
}

// upgradedConn is the connection of a client after an upgrade. The client may send nothing for any time, but must read what it
// is sent.
type upgradedConn struct {
	net.Conn
	stream *stream
}

func (c *upgradedConn) Read(into []byte) (int, error) {
	n, err := c.Conn.Read(into)
	if denied := c.stream.mayPass(); denied != nil {
		return 0, denied
	}
	return n, err
}

func (c *upgradedConn) Write(piece []byte) (int, error) {
	c.stream.toClient.begin()
	defer c.stream.toClient.end()
	return c.Conn.Write(piece)
}
