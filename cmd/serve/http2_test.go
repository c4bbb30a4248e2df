package serve

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"testing"
)

// Types and flags of frames (RFC 9113, section 6).
const (
	frameData, frameHeaders, frameReset, frameSettings = 0, 1, 3, 4

	endOfStream           = 0x1
	endOfHeaders          = 0x4
	endOfStreamAndHeaders = endOfStream | endOfHeaders
	initialWindowSize     = 4
)

// rawHTTP2 is a client that does what no library would.
type rawHTTP2 struct {
	net.Conn
	stream uint32 // of the next request
}

// dialHTTP2 connects and says how many bytes of an answer's body the server may send unasked.
func (r *running) dialHTTP2(t *testing.T, window uint32) *rawHTTP2 {
	t.Helper()
	config := r.trust(t)
	config.ServerName, config.NextProtos = "127.0.0.1", []string{"h2"}
	client := &rawHTTP2{Conn: secure(t, r.address(), config), stream: 1}
	if err := client.greet(window); err != nil {
		t.Fatal(err)
	}
	return client
}

// greet says that this is HTTP/2.
func (c *rawHTTP2) greet(window uint32) error {
	settings := binary.BigEndian.AppendUint32([]byte{0, initialWindowSize}, window)
	_, err := io.WriteString(c, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"+frameOf(frameSettings, 0, 0, settings))
	return err
}

func frameOf(kind, flags byte, stream uint32, payload []byte) string {
	head := []byte{byte(len(payload) >> 16), byte(len(payload) >> 8), byte(len(payload)), kind, flags}
	return string(append(binary.BigEndian.AppendUint32(head, stream), payload...))
}

// literal is a header field that no table holds, below 127 bytes (RFC 7541, section 6.2.2).
func literal(name, value string) string {
	return "\x00" + string(rune(len(name))) + name + string(rune(len(value))) + value
}

// ask asks for the time; with an Authorization field unless that is empty.
func (c *rawHTTP2) ask(authorization string) error { return c.askFor("/api/v2/time", authorization) }

func (c *rawHTTP2) askFor(path, authorization string) error {
	block := "\x82\x87" + literal(":path", path) + literal(":authority", "x") // GET, https
	if authorization != "" {
		block += literal("authorization", authorization)
	}
	_, err := io.WriteString(c, frameOf(frameHeaders, endOfStreamAndHeaders, c.stream, []byte(block)))
	c.stream += 2
	return err
}

// reset takes the last request back.
func (c *rawHTTP2) reset() error {
	_, err := io.WriteString(c, frameOf(frameReset, 0, c.stream-2, []byte{0, 0, 0, 8}))
	return err
}

// frame reads the next frame.
func frame(reader *bufio.Reader) (kind byte, stream uint32, payload []byte, err error) {
	var head [9]byte
	if _, err := io.ReadFull(reader, head[:]); err != nil {
		return 0, 0, nil, err
	}
	payload = make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))
	_, err = io.ReadFull(reader, payload)
	return head[3], binary.BigEndian.Uint32(head[5:]), payload, err
}

// discard reads what comes until the connection ends.
func discard(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }
