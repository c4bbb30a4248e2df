package cmd_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestServerOutlivesItsReader: `latchkey serve 2>&1 | head` and a log collector that restarts leave a server whose
// standard error nobody reads. It goes on answering, and its stop is still a success.
func TestServerOutlivesItsReader(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, binary, "serve", "--create", "--listen", "127.0.0.1:0")
	command.Env = w.environment()
	told, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	defer command.Wait() //nolint:errcheck // looked at below; this is for a test that fails before
	defer cancel()
	server := &runningServer{t: t}
	for lines := bufio.NewScanner(told); server.url == "" && lines.Scan(); {
		server.url = listening.FindString(lines.Text())
	}
	if err := told.Close(); err != nil || server.url == "" {
		t.Fatalf("got the address %q, %v, want one", server.url, err)
	}
	if server.client, err = clientTrusting(filepath.Join(w.directory, "ca.pem")); err != nil {
		t.Fatal(err)
	}
	defer server.client.CloseIdleConnections()

	file := filepath.Join(w.directory, "latchkey-admin-token")
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	token := strings.TrimSuffix(string(content), "\n")
	if got := server.get("admin", token, "/api/v2/time"); got != http.StatusOK {
		t.Fatalf("got %d, want 200", got)
	}
	if _, err := os.Lstat(file); !os.IsNotExist(err) { // which is what the log tells of
		t.Fatalf("the token's file: got %v, want it removed", err)
	}
	for range 3 {
		if got := server.get("admin", token, "/api/v2/time"); got != http.StatusOK {
			t.Errorf("after a line that nobody read: got %d, want 200", got)
		}
	}
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Errorf("the stop: got %v, want status 0", err)
	}
}

// TestQuietServerTellsTheTokenAlone: -q reaches the server. Its address is one that no other test listens on, since it
// is not told.
func TestQuietServerTellsTheTokenAlone(t *testing.T) {
	t.Parallel()
	var config net.ListenConfig
	free, err := config.Listen(t.Context(), "tcp", "127.0.0.9:0")
	if err != nil {
		t.Skip("this machine has no second address of its own:", err)
	}
	address := free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	w := newWorkshop(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, binary, "serve", "-q", "--create", "--listen", address)
	command.Env, command.Stderr = w.environment(), &w.messages
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	awaitHealth(ctx, t, address)
	cancel()
	if err := command.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("the stop: got %v, want status 0", err)
	}
	got := w.messages.String()
	if !strings.Contains(got, "Its token is in ") || strings.Contains(got, "listening") || strings.Contains(got, "stopping") {
		t.Errorf("got\n%s\nwant where the token is, and no more", got)
	}
}

// awaitHealth waits until a server answers.
func awaitHealth(ctx context.Context, t *testing.T, address string) {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}} // its CA is not made yet
	defer transport.CloseIdleConnections()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+address+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		if answer, err := (&http.Client{Transport: transport}).Do(request); err == nil {
			answer.Body.Close()
			return
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			t.Fatal("the server does not answer")
		}
	}
}
