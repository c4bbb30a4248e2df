package connection

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"latchkey/cmd/serve/fastpath"
)

// handshakes is a listener of TLS connections whose handshake is done, so that those which then speak HTTP/1.1 can be
// wrapped: package net/http would make the handshake itself, and hide what it reads from then on.
type handshakes struct {
	*Listener
	config *tls.Config
	limit  time.Duration // of a handshake
	log    *slog.Logger
	ready  chan net.Conn
	failed chan error
	plain  *fastpath.Server // nil: there is none
	close  sync.Once
	closed chan struct{}
}

// Secure begins to accept from the listener and makes the TLS handshakes, each within the limit. What is accepted from the
// result is ready for HTTP; those that speak HTTP/1.1 are accepted with the first
// request that is not for the fast path, unless that is nil. The context lasts as long as the server.
func Secure(ctx context.Context, listener *Listener, config *tls.Config, limit time.Duration, plain *fastpath.Server, log *slog.Logger) net.Listener {
	h := &handshakes{Listener: listener, config: config, limit: limit, log: log, plain: plain,
		ready: make(chan net.Conn), failed: make(chan error), closed: make(chan struct{})}
	go h.accept(ctx)
	return h
}

func (h *handshakes) accept(ctx context.Context) {
	for {
		conn, err := h.Listener.Accept()
		if err == nil {
			go h.shake(ctx, conn)
			continue
		}
		select {
		case h.failed <- err:
		case <-h.closed:
			return
		}
		if errors.Is(err, net.ErrClosed) {
			return
		}
	}
}

// shake hands the connection on when its handshake is done.
func (h *handshakes) shake(ctx context.Context, conn net.Conn) {
	secured := tls.Server(conn, h.config)
	limited, cancel := context.WithTimeout(ctx, h.limit)
	err := secured.HandshakeContext(limited)
	cancel()
	if err != nil {
		h.log.Debug("TLS handshake", "client", conn.RemoteAddr().String(), "error", err)
		_ = conn.Close()
		return
	}
	var ready net.Conn = secured
	if below, ours := conn.(*connection); ours && secured.ConnectionState().NegotiatedProtocol != "h2" {
		strict := &strictConnection{Conn: secured, below: below}
		if h.plain != nil {
			var goesOn bool
			if strict.before, goesOn = h.plain.Serve(newSequential(ctx, below), secured); !goesOn {
				return
			}
		}
		ready = strict
	}
	select {
	case h.ready <- ready:
	case <-h.closed:
		_ = conn.Close()
	}
}

// Accept waits for the next connection whose handshake is done.
func (h *handshakes) Accept() (net.Conn, error) {
	select {
	case conn := <-h.ready:
		return conn, nil
	case err := <-h.failed:
		return nil, err
	case <-h.closed:
		return nil, net.ErrClosed
	}
}

// Close stops accepting.
func (h *handshakes) Close() error {
	h.close.Do(func() { close(h.closed) })
	return h.Listener.Close()
}
