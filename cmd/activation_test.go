package cmd_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// activate runs 'latchkey serve' as a service manager does that hands over sockets: see sd_listen_fds(3).
func activate(t *testing.T, files []*os.File, environment, arguments string) (program *exec.Cmd, messages *bufio.Scanner) {
	t.Helper()
	program = exec.CommandContext(t.Context(), "sh", "-c", environment+` exec "$0" serve --create --db "$1" `+arguments, binary, filepath.Join(t.TempDir(), "latchkey.db"))
	program.Env, program.ExtraFiles = []string{"HOME=" + t.TempDir()}, files
	program.Cancel = func() error { return program.Process.Signal(syscall.SIGTERM) }
	output, err := program.StderrPipe()
	if err == nil {
		err = program.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return program, bufio.NewScanner(output)
}

// fileOf is what another process can be given of a listener.
func fileOf(t *testing.T, listener interface{ File() (*os.File, error) }) *os.File {
	t.Helper()
	file, err := listener.File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

// TestSocketActivation: the sockets of a service manager are served by TLS in place of the default address.
func TestSocketActivation(t *testing.T) {
	t.Parallel()
	directory, err := os.MkdirTemp("", "lk") //nolint:usetesting // its path is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(directory) })
	path := filepath.Join(directory, "a.sock")
	socket, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	port, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer port.Close()
	program, messages := activate(t, []*os.File{fileOf(t, port), fileOf(t, socket)}, "LISTEN_PID=$$ LISTEN_FDS=2", "")
	said, authority := "", ""
	for messages.Scan() && !strings.HasPrefix(messages.Text(), "try it") {
		said += messages.Text() + "\n"
		if _, found, ok := strings.Cut(messages.Text(), "local CA:"); ok {
			authority = strings.TrimSpace(found)
		}
	}
	if want := "listening on https://" + port.Addr().String() + "\n  and on    unix:" + path + "\n"; !strings.Contains(said, want) {
		t.Fatalf("got\n%s\nwant %q", said, want)
	}
	text, err := os.ReadFile(authority)
	roots := x509.NewCertPool()
	if err != nil || !roots.AppendCertsFromPEM(text) {
		t.Fatal("no CA", err)
	}
	dialer := tls.Dialer{Config: &tls.Config{RootCAs: roots, ServerName: "localhost"}}
	for network, address := range map[string]string{"tcp": port.Addr().String(), "unix": path} {
		conn, err := dialer.DialContext(context.WithoutCancel(t.Context()), network, address)
		if err != nil {
			t.Fatal(address, err)
		}
		conn.Close()
	}
	if err := program.Cancel(); err != nil {
		t.Fatal(err)
	}
	for messages.Scan() { // to the end
		continue
	}
	if err := program.Wait(); err != nil {
		t.Errorf("got %v", err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("the service manager's socket: %v", err)
	}
}

// TestSocketActivationRefused: what is no socket, and a number that is none.
func TestSocketActivationRefused(t *testing.T) {
	t.Parallel()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for environment, want := range map[string]string{
		"LISTEN_PID=$$ LISTEN_FDS=1":    "socket 3 of the service manager",
		"LISTEN_PID=$$ LISTEN_FDS=many": `LISTEN_FDS is "many"`,
	} {
		program, messages := activate(t, []*os.File{null}, environment, "")
		said := ""
		for messages.Scan() {
			said += messages.Text() + "\n"
		}
		if err := program.Wait(); err == nil || !strings.Contains(said, want) {
			t.Errorf("%s: got %v\n%s\nwant %q", environment, err, said, want)
		}
	}
}
