package listen

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"strconv"
	"strings"
	"syscall"
)

// DefaultMode is that of a Unix socket: its owner may connect, and nobody else.
const DefaultMode fs.FileMode = 0o600

// Access says who may connect to a Unix socket.
type Access struct {
	Mode        fs.FileMode // 0: DefaultMode
	User, Group int         // who owns it; -1: as it is made
}

// ParseAccess reads a mode, such as "0660", and an owner: "user", "user:group" or ":group", by name or number. Either may be "".
// The error says what is wrong with it.
func ParseAccess(mode, owner string) (Access, error) {
	access := Access{Mode: DefaultMode, User: -1, Group: -1}
	if mode != "" {
		bits, err := strconv.ParseUint(mode, 8, 32)
		if err != nil || bits > 0o777 || bits&0o200 == 0 {
			return Access{}, fmt.Errorf("--socket-mode %q is not the mode of a socket, such as 0660: to write is to connect, and its owner must be able to", mode)
		}
		access.Mode = fs.FileMode(bits)
	}
	name, group, _ := strings.Cut(owner, ":")
	var userErr, groupErr error
	access.User, userErr = numberOf(name, func() (string, error) {
		found, err := user.Lookup(name)
		if err != nil {
			return "", err
		}
		return found.Uid, nil
	})
	access.Group, groupErr = numberOf(group, func() (string, error) {
		found, err := user.LookupGroup(group)
		if err != nil {
			return "", err
		}
		return found.Gid, nil
	})
	if err := errors.Join(userErr, groupErr); err != nil {
		return Access{}, fmt.Errorf("--socket-owner %q is no owner of a socket, such as latchkey:www-data: %w", owner, err)
	}
	return access, nil
}

// numberOf is the number of an account that is given by number or by name; -1 for none.
func numberOf(text string, lookUp func() (string, error)) (int, error) {
	if text == "" {
		return -1, nil
	}
	if number, err := strconv.ParseUint(text, 10, 31); err == nil {
		return int(number), nil
	}
	number, err := lookUp()
	if err != nil {
		return -1, err
	}
	return strconv.Atoi(number)
}

// openSocket listens on a Unix socket. One that a server left behind which is there no more is replaced.
func openSocket(ctx context.Context, path string, access Access) (net.Listener, error) {
	listener, err := listenAt(ctx, path)
	if errors.Is(err, syscall.EADDRINUSE) && isLeftBehind(ctx, path) {
		err = os.Remove(path)
		if err == nil {
			listener, err = listenAt(ctx, path)
		}
	}
	switch {
	case err == nil:
		err = access.apply(path)
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%w on unix:%s: the path is %w: stop the program that has it, or choose another path", ErrUnavailable, path, ErrInUse)
	case errors.Is(err, syscall.EINVAL):
		return nil, fmt.Errorf("%w on unix:%s: the path is too long: a socket's has at most %d bytes", ErrUnavailable, path, mostOfPath)
	}
	if err != nil {
		if listener != nil {
			_ = listener.Close()
		}
		return nil, fmt.Errorf("%w on unix:%s: %w", ErrUnavailable, path, err)
	}
	return &socket{listener}, nil
}

func listenAt(ctx context.Context, path string) (net.Listener, error) {
	var config net.ListenConfig
	return config.Listen(ctx, "unix", path)
}

// isLeftBehind tells whether a path is a socket on which nobody listens.
func isLeftBehind(ctx context.Context, path string) bool {
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&fs.ModeSocket == 0 {
		return false
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", path)
	if err == nil {
		_ = conn.Close()
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}

func (a Access) apply(path string) error {
	if a.User >= 0 || a.Group >= 0 {
		if err := os.Lchown(path, a.User, a.Group); err != nil {
			return err
		}
	}
	mode := a.Mode
	if mode == 0 {
		mode = DefaultMode
	}
	return os.Chmod(path, mode)
}

// socket is a listener on a Unix socket.
type socket struct{ net.Listener }

// Accept waits for the next connection, whose RemoteAddr says who is at the other end.
func (s *socket) Accept() (net.Conn, error) {
	conn, err := s.Listener.Accept()
	if unix, ok := conn.(*net.UnixConn); ok && err == nil {
		return &peerConn{unix, peer("unix:" + peerOf(unix))}, nil
	}
	return conn, err
}

// peerConn is a connection by a Unix socket.
type peerConn struct {
	*net.UnixConn
	remote peer
}

// RemoteAddr is such as "unix:uid=1000".
func (c *peerConn) RemoteAddr() net.Addr { return c.remote }

// peer is the other end of a Unix socket.
type peer string

// Network is that of Unix sockets.
func (peer) Network() string { return "unix" }

// String says which account the process has that connected.
func (p peer) String() string { return string(p) }
