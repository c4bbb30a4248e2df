package cmd_test

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestWhoMayMendFiles: a key of root's that the service's group can read is right (H9a); what others can use is told to a user who
// cannot mend it without a command for that.
func TestWhoMayMendFiles(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("takes root: only root can give files to a service")
	}
	const service, other = 64999, 64998
	directory := t.TempDir()
	program, database := filepath.Join(directory, "latchkey"), filepath.Join(directory, "data", "latchkey.db")
	// A link, not a copy: a file that was open to be written when another test started a process could not be run yet.
	err := errors.Join(os.Chmod(filepath.Dir(directory), 0o755), os.Link(binary, program), os.Mkdir(filepath.Dir(database), 0o755), os.Chown(filepath.Dir(database), service, service))
	if err != nil {
		t.Fatal(err)
	}
	as := func(user uint32, arguments ...string) (string, error) {
		command := exec.CommandContext(t.Context(), program, append(arguments, "--db", database)...)
		command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: service}}
		output, err := command.StderrPipe()
		if err == nil {
			err = command.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		var told strings.Builder
		for lines := bufio.NewScanner(output); lines.Scan(); {
			told.WriteString(lines.Text() + "\n")
			if strings.Contains(lines.Text(), "listening on") {
				_ = command.Process.Signal(syscall.SIGTERM)
			}
		}
		return told.String(), command.Wait()
	}
	if told, err := as(service, "init"); err != nil {
		t.Fatal(told)
	}
	certificate, key := filepath.Join(directory, "pair.pem"), filepath.Join(directory, "pair.key")
	writeCertificate(t, filepath.Join(directory, "pair"))
	if err := os.Chmod(certificate, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		owner int
		mode  os.FileMode
		says  string // empty: it serves
	}{
		{0, 0o640, ""},
		{0, 0o440, ""},
		{0, 0o644, "only its owner or root can close it"},
		{service, 0o640, "run 'chmod 600 "},
		{service, 0o400, ""},
	} {
		if err := errors.Join(os.Chown(key, test.owner, service), os.Chmod(key, test.mode)); err != nil {
			t.Fatal(err)
		}
		told, err := as(service, "serve", "--listen", "127.0.0.1:0", "--cert", certificate, "--key", key)
		if (err == nil) != (test.says == "") || !strings.Contains(told, test.says) || (test.owner == 0 && strings.Contains(told, "chmod")) {
			t.Errorf("a key of %d, mode %04o: got %v, want %q in\n%s", test.owner, test.mode, err, test.says, told)
		}
	}
	for _, mode := range []os.FileMode{0o644, 0o666} {
		if err := os.Chmod(database, mode); err != nil {
			t.Fatal(err)
		}
		told, err := as(other, "user", "list")
		if err == nil || !strings.Contains(told, "only the owner, user 64999, or root can close that") || strings.Contains(told, "'") {
			t.Errorf("mode %04o, as another user: got %v, want a refusal without a command\n%s", mode, err, told)
		}
	}
	if told, err := as(service, "doctor", "--fix"); err != nil || !strings.Contains(told, "closed ") {
		t.Errorf("the owner: got %v\n%s", err, told)
	}
}
