package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
)

// listen opens the port and returns with it the host that was asked for, as the certificate must name it.
func listen(ctx context.Context, address string) (listener net.Listener, host string, err error) {
	host, _, err = net.SplitHostPort(address)
	if err != nil {
		return nil, "", fmt.Errorf("%w on %q: it is not HOST:PORT, such as 127.0.0.1:8443: %w", ErrListen, address, err)
	}
	var config net.ListenConfig
	listener, err = config.Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		err = fmt.Errorf("%w on %s: the port is in use: stop the program that has it, or choose another with --listen", ErrListen, address)
	case errors.Is(err, syscall.EACCES):
		err = fmt.Errorf("%w on %s: not permitted: choose a port from 1024 up with --listen", ErrListen, address)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		err = fmt.Errorf("%w on %s: this machine does not have that address: choose another with --listen", ErrListen, address)
	case err != nil:
		err = fmt.Errorf("%w on %s: %w", ErrListen, address, err)
	}
	return listener, host, err
}
