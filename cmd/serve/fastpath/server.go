package fastpath

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Server answers the plain requests of connections. Its fields are all required. It is safe for concurrent use.
//
// A handler gets what net/http would give it, but for this: nothing can be flushed or hijacked, and no interim status is sent;
// a handler that needs one of these calls [Leave]. The type of a body is not guessed. A handler must not keep a request, its
// header or that of the response when it has returned, unless it has called Done of the request's context.
type Server struct {
	Handler http.Handler
	Clock   func() time.Time
	Log     *slog.Logger // gets panics of the handler, as messages that may have anything in them

	// Time limits (H5): of the first head of a connection, of the wait for the next one, and of a response.
	FirstLimit, IdleLimit, WriteLimit time.Duration

	stopping atomic.Bool
	mutex    sync.Mutex
	open     map[*conn]struct{}
	ended    chan struct{} // nil: it does not stop; closed when all connections have ended
}

// Serve answers requests until the connection ends, and closes it. It returns true where a request is for net/http: then the
// connection is open, has no time limits, and rest is what was read of it. The requests' values are those of the context.
func (s *Server) Serve(ctx context.Context, connection net.Conn) (rest []byte, goesOn bool) {
	c := s.newConn(ctx, connection)
	if !s.enter(c) {
		_ = connection.Close() // nothing is lost: no request has come
		return nil, false
	}
	defer s.leave(c)
	if c.serve() {
		_ = connection.SetDeadline(time.Time{}) // an error comes again when it is used
		return c.rest(), true
	}
	_ = connection.Close()
	return nil, false
}

func (s *Server) enter(c *conn) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.ended != nil {
		return false
	}
	if s.open == nil {
		s.open = map[*conn]struct{}{}
	}
	s.open[c] = struct{}{}
	return true
}

func (s *Server) leave(c *conn) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.open, c)
	if s.ended != nil && len(s.open) == 0 {
		close(s.ended)
	}
}

// Stop closes the connections that wait for a request, and the others after their response.
func (s *Server) Stop() {
	s.stopping.Store(true)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.ended != nil {
		return
	}
	s.ended = make(chan struct{})
	if len(s.open) == 0 {
		close(s.ended)
	}
	for c := range s.open {
		if c.state.CompareAndSwap(waits, closes) {
			go c.Close() //nolint:errcheck // TLS tells the client, who may take nothing any more
		}
	}
}

// Wait is [Server.Stop], and waits until all connections have ended. When the context ends it closes those that are left.
// A nil Server has none.
func (s *Server) Wait(ctx context.Context) {
	if s == nil {
		return
	}
	s.Stop()
	s.mutex.Lock()
	ended := s.ended
	s.mutex.Unlock()
	select {
	case <-ended:
		return
	case <-ctx.Done():
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for c := range s.open {
		go c.Close() //nolint:errcheck // whoever uses it gets the error
	}
}
