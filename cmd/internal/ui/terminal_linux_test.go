package ui_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"latchkey/cmd/internal/ui"
)

// pseudoTerminal opens both ends; what is written to the terminal is read from the controller.
func pseudoTerminal(t *testing.T) (controller, terminal *os.File) {
	t.Helper()
	controller, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { _ = controller.Close() })
	number, err := unix.IoctlGetInt(int(controller.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(controller.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { _ = terminal.Close() })
	return controller, terminal
}

func TestPseudoTerminal(t *testing.T) {
	t.Parallel()
	_, terminal := pseudoTerminal(t)
	if !ui.IsTerminal(terminal) {
		t.Error("IsTerminal: got false, want true")
	}
	if err := unix.IoctlSetWinsize(int(terminal.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 97}); err != nil {
		t.Fatal(err)
	}
	if got := ui.TerminalWidth(terminal); got != 97 {
		t.Errorf("TerminalWidth: got %d, want 97", got)
	}
	if null, err := ui.IsNullDevice(terminal); null || err != nil {
		t.Errorf("IsNullDevice: got %v, %v, want false", null, err)
	}
}

const inside = "LATCHKEY_TEST_INSIDE_TERMINAL"

// TestTerminalIsAskedNothing runs itself on a terminal that answers no question, prints a coloured table there and
// expects nothing but text and colours, at once.
func TestTerminalIsAskedNothing(t *testing.T) {
	if os.Getenv(inside) != "" {
		printer := ui.Printer{Out: os.Stdout, Terminal: true, Color: true, Width: ui.TerminalWidth(os.Stdout), Now: now}
		if err := printer.List(example()); err != nil {
			t.Fatal(err)
		}
		ui.Messages{Err: os.Stderr, Color: true}.Warn("careful")
		return
	}
	t.Parallel()
	controller, terminal := pseudoTerminal(t)
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestTerminalIsAskedNothing$")
	child.Env = []string{inside + "=1", "TERM=xterm-256color", "COLORTERM=truecolor"}
	child.Stdin, child.Stdout, child.Stderr = terminal, terminal, terminal
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if err := terminal.Close(); err != nil {
		t.Fatal(err)
	}
	var seen bytes.Buffer
	started := time.Now()
	_, _ = io.Copy(&seen, controller) // ends with EIO when the child has closed its end
	if err := child.Wait(); err != nil {
		t.Errorf("inside: got %v, %s, want success", err, seen.String())
	}
	if took := time.Since(started); took > 3*time.Second {
		t.Errorf("got an answer after %v, want it at once", took)
	}
	rest := regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAll(seen.Bytes(), nil)
	if !bytes.Contains(rest, []byte("alice  on ")) || bytes.Contains(rest, []byte("\x1b")) {
		t.Errorf("got %q, want a table, colours and no other escape sequence", seen.String())
	}
}
