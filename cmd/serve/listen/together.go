package listen

import (
	"errors"
	"net"
	"sync"
)

// Together makes one listener of several, which it closes. There is at least one.
func Together(listeners []net.Listener) net.Listener {
	if len(listeners) == 1 {
		return listeners[0]
	}
	t := &together{listeners: listeners, accepted: make(chan accepted), closed: make(chan struct{})}
	for _, one := range listeners {
		go t.accept(one)
	}
	return t
}

type together struct {
	listeners []net.Listener
	accepted  chan accepted
	close     sync.Once
	closed    chan struct{}
}

type accepted struct {
	conn net.Conn
	err  error
}

func (t *together) accept(from net.Listener) {
	for {
		conn, err := from.Accept()
		select {
		case t.accepted <- accepted{conn, err}:
		case <-t.closed:
			if err == nil {
				_ = conn.Close()
			}
			return
		}
		if errors.Is(err, net.ErrClosed) {
			return
		}
	}
}

// Accept waits for the next connection to any of them.
func (t *together) Accept() (net.Conn, error) {
	select {
	case next := <-t.accepted:
		return next.conn, next.err
	case <-t.closed:
		return nil, net.ErrClosed
	}
}

// Close closes all of them.
func (t *together) Close() (err error) {
	t.close.Do(func() {
		close(t.closed)
		for _, one := range t.listeners {
			err = errors.Join(err, one.Close())
		}
	})
	return err
}

// Addr is the first one's.
func (t *together) Addr() net.Addr { return t.listeners[0].Addr() }
