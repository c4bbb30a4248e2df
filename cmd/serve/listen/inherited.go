package listen

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"syscall"
)

// firstInherited is the first descriptor that a service manager hands over: see sd_listen_fds(3).
const firstInherited = 3

// Inherited are the sockets that a service manager has opened and handed over, by the values of LISTEN_PID and LISTEN_FDS; none
// where they are for another process. It may be called once, since it takes the descriptors. The error is [ErrUnavailable].
func Inherited(pid, count string) (listeners []net.Listener, err error) {
	if pid != strconv.Itoa(os.Getpid()) {
		return nil, nil
	}
	number, err := strconv.Atoi(count)
	if err != nil || number < 0 || number > 64 {
		return nil, fmt.Errorf("%w: LISTEN_FDS is %q, which is no number of sockets", ErrUnavailable, count)
	}
	for descriptor := firstInherited; descriptor < firstInherited+number; descriptor++ {
		listener, err := inherit(descriptor)
		if err != nil {
			for _, opened := range listeners {
				_ = opened.Close()
			}
			return nil, fmt.Errorf("%w: socket %d of the service manager: %w", ErrUnavailable, descriptor, err)
		}
		listeners = append(listeners, listener)
	}
	return listeners, nil
}

func inherit(descriptor int) (net.Listener, error) {
	syscall.CloseOnExec(descriptor)
	file := os.NewFile(uintptr(descriptor), fmt.Sprint("LISTEN_FD_", descriptor))
	defer file.Close() //nolint:errcheck // the listener has a copy of it
	listener, err := net.FileListener(file)
	switch listener := listener.(type) {
	case *net.UnixListener:
		listener.SetUnlinkOnClose(false) // whoever made it keeps it
		return &socket{listener}, nil
	case *net.TCPListener:
		return listener, nil
	}
	if err == nil {
		err = errors.Join(errors.New("it is neither a TCP port nor a Unix stream socket that listens"), listener.Close())
	}
	return nil, err
}
