package connection

import (
	"io"
	"time"
)

// What a client sends that is answered already is read and discarded within these limits. It is not even decrypted.
const (
	lingerTimeout = 5 * time.Second
	maxLinger     = 16 << 20 // bytes
)

// CloseWrite is called before Close where the client may not have sent all of its request.
func (s *strictConnection) CloseWrite() error {
	s.sends.Store(true)
	return s.Conn.CloseWrite()
}

// Close closes the connection. A client that is still sending must be able to read the response to what it has sent: if bytes
// came in after the close, they would be refused by a reset, at which it would throw away what it has received (RFC 9112,
// section 9.6). So only the own half is closed, and what comes in is discarded for a while.
func (s *strictConnection) Close() error {
	if s.closed.Swap(true) || !s.sends.Load() {
		return s.Conn.Close()
	}
	raw := s.below.Conn
	_ = raw.SetReadDeadline(time.Unix(1, 0)) // whoever reads the body has nothing more to wait for
	half, ok := raw.(interface{ CloseWrite() error })
	if !ok || s.Conn.CloseWrite() != nil || half.CloseWrite() != nil {
		return s.Conn.Close()
	}
	go func() {
		_ = raw.SetReadDeadline(s.below.of.clock().Add(lingerTimeout))
		_, _ = io.CopyN(io.Discard, raw, maxLinger) // an error is the end: of the client, or of the time
		_ = s.Conn.Close()
	}()
	return nil
}
