package listen_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/cmd/serve/listen"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"127.0.0.1:8443": "127.0.0.1:8443", "[::1]:0": "[::1]:0", ":443": ":443", "box:https": "box:https", "unix:/run//a.sock": "unix:/run/a.sock",
		"": "", "127.0.0.1": "", "127.0.0.1:": "", "1:99999": "", "::1:8443": "", "unix:": "", "unix:a.sock": "", "https://x:1": "",
	} {
		address, err := listen.Parse(t.Context(), "--listen", text)
		if (err != nil) != (want == "") || err == nil && address.String() != want {
			t.Errorf("%q: got %q, %v", text, address, err)
		}
		if err != nil && !strings.Contains(err.Error(), "--listen") {
			t.Errorf("%q: got %v, which does not name the flag", text, err)
		}
	}
}

func TestParseAccess(t *testing.T) {
	t.Parallel()
	for given, want := range map[[2]string]string{
		{"", ""}: "600 -1 -1", {"0660", ""}: "660 -1 -1", {"660", "12:34"}: "660 12 34", {"", ":34"}: "600 -1 34", {"", "12"}: "600 12 -1", {"", "root:root"}: "600 0 0",
		{"9", ""}: "", {"rw", ""}: "", {"0440", ""}: "", {"1777", ""}: "", {"", "no-such-account"}: "", {"", ":no-such-group"}: "",
	} {
		access, err := listen.ParseAccess(given[0], given[1])
		got := ""
		if err == nil {
			got = fmt.Sprintf("%o %d %d", access.Mode, access.User, access.Group)
		}
		if got != want {
			t.Errorf("%q: got %q, %v; want %q", given, got, err, want)
		}
	}
}

// socketAt is a short path: that of a socket has at most a hundred bytes.
func socketAt(t *testing.T) listen.Address {
	t.Helper()
	directory, err := os.MkdirTemp("", "lk") //nolint:usetesting // its path is too long
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(directory) })
	return listen.Address{Host: "localhost", Path: filepath.Join(directory, "a.sock")}
}

func mustOpen(t *testing.T, address listen.Address, mode fs.FileMode) net.Listener {
	t.Helper()
	listener, err := address.Open(t.Context(), listen.Access{Mode: mode, User: -1, Group: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}

// TestSocket: its mode is as given, its connections say who is there, and it goes with its listener.
func TestSocket(t *testing.T) {
	t.Parallel()
	address := socketAt(t)
	listener := mustOpen(t, address, 0o660)
	info, err := os.Stat(address.Path)
	if err != nil || info.Mode().Perm() != 0o660 {
		t.Errorf("got %v, %v", info.Mode(), err)
	}
	var dialer net.Dialer
	client, err := dialer.DialContext(t.Context(), "unix", address.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	conn, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got, want := conn.RemoteAddr().String(), fmt.Sprintf("unix:uid=%d", os.Getuid()); got != want {
		t.Errorf("got the peer %q, want %q", got, want)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(address.Path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("afterwards: got %v", err)
	}
}

// TestSocketsLeftBehind are replaced; those in use, and what is no socket, are not.
func TestSocketsLeftBehind(t *testing.T) {
	t.Parallel()
	address := socketAt(t)
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: address.Path})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	if _, err := address.Open(t.Context(), listen.Access{}); !errors.Is(err, listen.ErrInUse) {
		t.Errorf("in use: got %v", err)
	}
	if err := left.Close(); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, address, 0)

	file := socketAt(t)
	if err := os.WriteFile(file.Path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := file.Open(t.Context(), listen.Access{}); !errors.Is(err, listen.ErrUnavailable) {
		t.Errorf("a file: got %v", err)
	}
	if text, err := os.ReadFile(file.Path); string(text) != "x" {
		t.Errorf("the file is gone: %v", err)
	}
	long := listen.Address{Path: filepath.Join(t.TempDir(), strings.Repeat("a", 120))}
	if _, err := long.Open(t.Context(), listen.Access{}); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("a long path: got %v", err)
	}
}

// TestTogether: connections to any of several are accepted, and all end together.
func TestTogether(t *testing.T) {
	t.Parallel()
	var all []net.Listener
	for range 3 {
		address, err := listen.Parse(t.Context(), "--listen", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, mustOpen(t, address, 0))
	}
	one := listen.Together(all)
	for _, listener := range all {
		var dialer net.Dialer
		client, err := dialer.DialContext(t.Context(), "tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		conn, err := one.Accept()
		if err != nil || conn.LocalAddr().String() != listener.Addr().String() {
			t.Errorf("got %v, %v", conn.LocalAddr(), err)
		}
		_, _ = client.Close(), conn.Close()
	}
	if err := one.Close(); err != nil {
		t.Error(err)
	}
	if _, err := one.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed: got %v", err)
	}
	for _, listener := range all {
		if _, err := listener.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("closed: got %v", err)
		}
	}
}
