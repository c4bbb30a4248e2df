package cmd_test

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"latchkey/cmd/internal/programs"
)

const unitFile = "../docs/systemd/latchkey.service"

// unitFor is the shipped unit with the built binary in its place.
func unitFor(t *testing.T) (path, text string) {
	t.Helper()
	content, err := os.ReadFile(unitFile)
	if err != nil {
		t.Fatal(err)
	}
	text = strings.ReplaceAll(string(content), "/usr/local/bin/latchkey", binary)
	path = filepath.Join(t.TempDir(), "latchkey.service")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, text
}

// TestSystemdUnit: systemd finds nothing wrong with the shipped unit, and calls the service well protected.
func TestSystemdUnit(t *testing.T) {
	t.Parallel()
	analyze := programs.Need(t, "systemd-analyze")
	unit, _ := unitFor(t)
	output, err := exec.CommandContext(t.Context(), analyze, "verify", "--man=no", unit).CombinedOutput()
	if err != nil || len(output) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, output)
	}
	output, err = exec.CommandContext(t.Context(), analyze, "security", "--no-pager", "--offline=true", "--threshold=15", unit).CombinedOutput()
	if err != nil {
		t.Errorf("more exposed than 1.5 of 10: %v\n%s", err, output)
	}
}

// TestSystemdUnitRuns: the unit's own command starts, tells the service manager that it is ready, and stops as told.
func TestSystemdUnitRuns(t *testing.T) {
	t.Parallel()
	_, text := unitFor(t)
	words := strings.Fields(regexp.MustCompile(`(?m)^ExecStart=(.*)$`).FindStringSubmatch(text)[1])
	directory := t.TempDir()
	socket := filepath.Join(directory, "notify")
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	command := exec.CommandContext(t.Context(), words[0], words[1:]...)
	for _, found := range regexp.MustCompile(`(?m)^Environment=(LATCHKEY_SERVE_.*)$`).FindAllStringSubmatch(text, -1) {
		command.Env = append(command.Env, regexp.MustCompile(`:\d+$`).ReplaceAllString(found[1], ":0"))
	}
	// What the environment file of an administrator adds comes later, and changes no other setting.
	command.Env = append(command.Env, "LATCHKEY_SERVE_DRAIN=0s", "LATCHKEY_DB="+filepath.Join(directory, "latchkey.db"), "NOTIFY_SOCKET="+socket)
	var told bytes.Buffer
	command.Stderr = &told
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGKILL) }
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	expect := func(want string) {
		t.Helper()
		message := make([]byte, 100)
		_ = manager.SetReadDeadline(time.Now().Add(time.Minute))
		if n, err := manager.Read(message); err != nil || string(message[:n]) != want {
			t.Fatalf("the service manager is told %q (%v), want %q", message[:n], err, want)
		}
	}
	expect("READY=1")
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	expect("STOPPING=1")
	if err := command.Wait(); err != nil {
		t.Errorf("got %v, want exit status 0", err)
	}
	if want := "metrics:    http://127.0.0.1:"; !strings.Contains(told.String(), want) {
		t.Errorf("got %s, want %s in it: a variable of the unit does not count", told.String(), want)
	}
	if _, err := os.Stat(filepath.Join(directory, "latchkey-admin-token")); err != nil {
		t.Errorf("the first token is not in its file: %v", err)
	}
}
