package ui_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"latchkey/cmd/internal/ui"
)

type short struct{}

func (short) Write(p []byte) (int, error) { return len(p) - 1, nil }

func TestDeliver(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := ui.Deliver(&out, "token\n"); err != nil || out.String() != "token\n" {
		t.Errorf("builder: got %q, %v, want the text", out.String(), err)
	}
	if err := ui.Deliver(short{}, "token\n"); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("short write: got %v, want io.ErrShortWrite", err)
	}

	path := filepath.Join(t.TempDir(), "token")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := ui.Deliver(file, "token\n"); err != nil {
		t.Errorf("file: got error %v, want none", err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "token\n" {
		t.Errorf("file: got %q, %v, want the text", got, err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if err := ui.Deliver(file, "token\n"); !errors.Is(err, os.ErrClosed) {
		t.Errorf("closed file: got %v, want os.ErrClosed", err)
	}
}

func TestDeliverToPipe(t *testing.T) {
	t.Parallel()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	if err := ui.Deliver(writer, "token\n"); err != nil {
		t.Errorf("pipe: got error %v, want none", err)
	}
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	if err := ui.Deliver(writer, "token\n"); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("pipe without a reader: got %v, want EPIPE", err)
	}
}

func TestDeliverToFullDevice(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("/dev/full is Linux's")
	}
	file, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := ui.Deliver(file, "token\n"); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v, want ENOSPC", err)
	}
}

func TestIsNullDevice(t *testing.T) {
	t.Parallel()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "null"))
	if err != nil {
		t.Fatal(err)
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	zero, err := os.Open("/dev/zero")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		file *os.File
		want bool
	}{{null, true}, {file, false}, {reader, false}, {writer, false}, {zero, false}} {
		if got, err := ui.IsNullDevice(test.file); got != test.want || err != nil {
			t.Errorf("%s: got %v, %v, want %v", test.file.Name(), got, err, test.want)
		}
		if err := test.file.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := ui.IsNullDevice(test.file); err == nil {
			t.Errorf("%s closed: got no error, want one", test.file.Name())
		}
	}
}
