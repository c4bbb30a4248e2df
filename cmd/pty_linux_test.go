package cmd_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long a test waits for what must happen soon; only a failing one waits that long.
const patience = 30 * time.Second

// terminalPair opens both ends; what is written to the terminal is read from the controller. The descriptors stay out
// of Fd, which would make a read of the controller wait for ever.
func terminalPair(t *testing.T) (controller, terminal *os.File) {
	t.Helper()
	controller, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { _ = controller.Close() })
	raw, err := controller.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var number int
	var failed error
	err = raw.Control(func(fd uintptr) {
		number, failed = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
		failed = errors.Join(failed, unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0))
	})
	if err := errors.Join(err, failed); err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	state, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	if err == nil {
		state.Lflag |= unix.NOFLSH // or Ctrl-C may throw away what the program has answered already
		err = unix.IoctlSetTermios(int(terminal.Fd()), unix.TCSETS, state)
	}
	if err != nil {
		t.Fatal(err)
	}
	return controller, terminal
}

// session is latchkey at a terminal, or partly so.
type session struct {
	t          *testing.T
	command    *exec.Cmd
	controller *os.File
	screen     strings.Builder // what the terminal has shown so far
}

// atTerminal starts latchkey with all its streams on a terminal; change may redirect some and set the environment.
func (w *workshop) atTerminal(t *testing.T, change func(command *exec.Cmd), args ...string) *session {
	t.Helper()
	controller, terminal := terminalPair(t)
	defer terminal.Close()
	if err := controller.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), binary, args...)
	command.Env = []string{"LATCHKEY_DB=" + filepath.Join(w.directory, "latchkey.db"), "TERM=xterm-256color", "PAGER=cat"}
	command.Stdin, command.Stdout, command.Stderr = terminal, terminal, terminal
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if change != nil {
		change(command)
	}
	if command.Stdin == terminal {
		command.SysProcAttr.Setctty = true // the keys that are signals find it
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	return &session{t: t, command: command, controller: controller}
}

// awaits reads the screen until it shows a text.
func (s *session) awaits(text string) {
	s.t.Helper()
	for !strings.Contains(s.screen.String(), text) {
		if err := s.read(); err != nil {
			_ = s.command.Process.Kill()
			_ = s.command.Wait()
			s.t.Fatalf("the screen shows %q, want %q; %v", s.screen.String(), text, err)
		}
	}
}

func (s *session) read() error {
	chunk := make([]byte, 4096)
	n, err := s.controller.Read(chunk)
	s.screen.Write(bytes.ReplaceAll(chunk[:n], []byte("\r"), nil))
	return err
}

func (s *session) types(text string) {
	s.t.Helper()
	if _, err := s.controller.WriteString(text); err != nil {
		s.t.Fatal(err)
	}
}

// ends waits for the end and returns the exit status, and all that the screen has shown.
func (s *session) ends() (status int, screen string) {
	s.t.Helper()
	var err error
	for err == nil {
		err = s.read()
	}
	if !errors.Is(err, syscall.EIO) { // which is how a terminal says that nobody holds it any more
		_ = s.command.Process.Kill()
		s.t.Errorf("reading the screen: %v", err)
	}
	_ = s.command.Wait() // the status says all
	return s.command.ProcessState.ExitCode(), s.screen.String()
}
