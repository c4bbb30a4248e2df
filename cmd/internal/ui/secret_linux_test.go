package ui_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"latchkey/cmd/internal/ui"
)

// shows reports whether a terminal echoes what is typed.
func shows(t *testing.T, terminal *os.File) bool {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

func TestSecretIsNotShown(t *testing.T) {
	t.Parallel()
	controller, terminal := pseudoTerminal(t)
	if _, err := controller.WriteString("hunter2\n"); err != nil { // typed ahead: the terminal keeps it
		t.Fatal(err)
	}
	screen := bufio.NewReader(controller)
	if _, err := screen.ReadString('\n'); err != nil { // shown, since nobody had asked yet
		t.Fatal(err)
	}
	var prompt bytes.Buffer
	got, err := ui.Secret(t.Context(), terminal, &prompt, "Token\x1b:")
	if err != nil || got != "hunter2" {
		t.Errorf("got %q, %v", got, err)
	}
	if want := "Token\\x1b: \n"; prompt.String() != want {
		t.Errorf("got prompt %q, want %q", prompt.String(), want)
	}
	if !shows(t, terminal) {
		t.Error("the terminal was left without echo")
	}
}

// TestSecretIsInterrupted: whoever changes their mind gets the terminal back as it was.
func TestSecretIsInterrupted(t *testing.T) {
	t.Parallel()
	controller, terminal := pseudoTerminal(t)
	ctx, cancel := context.WithCancel(t.Context())
	prompted := make(chan struct{}, 1)
	go func() {
		<-prompted
		for shows(t, terminal) { // until it is being read
		}
		cancel()
	}()
	_, err := ui.Secret(ctx, terminal, signaller(prompted), "Token:")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if !shows(t, terminal) {
		t.Error("the terminal was left without echo")
	}
	if _, err := controller.WriteString("\n"); err != nil { // ends the read that was left behind
		t.Error(err)
	}
}

type signaller chan struct{}

func (c signaller) Write(text []byte) (int, error) {
	select {
	case c <- struct{}{}:
	default: // it has been told
	}
	return len(text), nil
}

func TestSecretFromNoTerminal(t *testing.T) {
	t.Parallel()
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if got, err := ui.Secret(t.Context(), file, &bytes.Buffer{}, "Token:"); err == nil {
		t.Errorf("got %q, want an error", got)
	}
}
