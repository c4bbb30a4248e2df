// Package listen opens what a server listens on: ports, Unix sockets, and sockets that a service manager hands over.
package listen

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"syscall"

	"latchkey/perms/errorkind"
)

// Errors of the package; compare with errors.Is.
var (
	// ErrUnavailable: the address cannot be listened on.
	ErrUnavailable = errors.New("cannot listen")
	// ErrInUse comes with ErrUnavailable where another program has the port or the socket.
	ErrInUse = errorkind.Busy.New("in use")
)

// Address is where to listen.
type Address struct {
	Flag string // that it was given by, for errors
	Host string // as written; a name, an address, or "" for all addresses; "localhost" with a Path
	Port string
	Path string // of a Unix socket; "": Host and Port say where
}

// Parse reads "HOST:PORT" or "unix:PATH", the value of a flag. The error says what is wrong with it.
func Parse(ctx context.Context, flag, text string) (Address, error) {
	if path, isUnix := strings.CutPrefix(text, "unix:"); isUnix {
		if !filepath.IsAbs(path) {
			return Address{}, fmt.Errorf("%s %q: write the whole path of the socket, such as unix:/run/latchkey/latchkey.sock", flag, text)
		}
		return Address{Flag: flag, Host: "localhost", Path: filepath.Clean(path)}, nil
	}
	host, port, err := net.SplitHostPort(text)
	switch {
	case err != nil:
	case port == "":
		err = errors.New("the port is missing")
	default:
		_, err = net.DefaultResolver.LookupPort(ctx, "tcp", port)
	}
	if err != nil {
		return Address{}, fmt.Errorf("%s %q is not HOST:PORT, such as 127.0.0.1:8443: %w", flag, text, err)
	}
	return Address{Flag: flag, Host: host, Port: port}, nil
}

// String is the address as [Parse] reads it.
func (a Address) String() string {
	if a.Path != "" {
		return "unix:" + a.Path
	}
	return net.JoinHostPort(a.Host, a.Port)
}

// Open listens on an address; the access is for a Unix socket. The error is [ErrUnavailable].
func (a Address) Open(ctx context.Context, access Access) (net.Listener, error) {
	if a.Path != "" {
		return openSocket(ctx, a.Path, access)
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", a.String())
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		err = fmt.Errorf("%w on %s: the port is %w: stop the program that has it, or choose another with %s", ErrUnavailable, a, ErrInUse, a.Flag)
	case errors.Is(err, syscall.EACCES):
		err = fmt.Errorf("%w on %s: not permitted: choose a port from 1024 up with %s", ErrUnavailable, a, a.Flag)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		err = fmt.Errorf("%w on %s: this machine does not have that address: choose another with %s", ErrUnavailable, a, a.Flag)
	case err != nil:
		err = fmt.Errorf("%w on %s: %w", ErrUnavailable, a, err)
	}
	return listener, err
}
