package cmd_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// fullPipe is a pipe that takes no byte more. Whoever inherits its end waits in the write itself.
func fullPipe(t *testing.T) (reader, writer *os.File) {
	t.Helper()
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	reader, writer = os.NewFile(uintptr(ends[0]), "reader"), os.NewFile(uintptr(ends[1]), "writer")
	t.Cleanup(func() { _ = errors.Join(reader.Close(), writer.Close()) })
	size, err := unix.FcntlInt(uintptr(ends[1]), unix.F_GETPIPE_SZ, 0)
	if err == nil {
		_, err = writer.Write(make([]byte, size))
	}
	if err != nil {
		t.Fatal(err)
	}
	return reader, writer
}

// running is a latchkey in the background.
type running struct {
	t        *testing.T
	command  *exec.Cmd
	messages bytes.Buffer // standard error, where it is not redirected
	ended    chan struct{}
}

// start runs latchkey in the background; change may redirect its streams.
func (w *workshop) start(t *testing.T, change func(command *exec.Cmd), args ...string) *running {
	t.Helper()
	process := &running{t: t, command: exec.CommandContext(t.Context(), binary, args...), ended: make(chan struct{})}
	process.command.Env, process.command.Stderr = w.environment(), &process.messages
	change(process.command)
	if err := process.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(process.ended)
		_ = process.command.Wait() // the status says all
	}()
	t.Cleanup(func() {
		_ = process.command.Process.Kill()
		<-process.ended
	})
	return process
}

// awaitsCall waits until a thread of the process is in a system call on a file descriptor, as /proc says.
func (r *running) awaitsCall(number, descriptor int) {
	r.t.Helper()
	want := fmt.Sprintf("%d 0x%x ", number, descriptor)
	r.poll(fmt.Sprintf("the system call %q", want), func() bool {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/syscall", r.command.Process.Pid))
		if err != nil {
			r.t.Fatal(err)
		}
		for _, thread := range threads {
			call, err := os.ReadFile(thread)
			if errors.Is(err, os.ErrPermission) {
				r.t.Skip("this machine does not show what a process waits for:", err)
			}
			if strings.HasPrefix(string(call), want) {
				return true
			}
		}
		return false
	})
}

// poll asks again and again until something is so.
func (r *running) poll(what string, is func() bool) {
	r.t.Helper()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for limit := time.After(patience); !is(); {
		select {
		case <-look.C:
		case <-r.ended:
			r.t.Fatalf("it ended with %v before %s: %s", r.command.ProcessState, what, r.messages.String())
		case <-limit:
			r.t.Fatalf("waited %v in vain for %s", patience, what)
		}
	}
}

func (r *running) signal(signal syscall.Signal) {
	r.t.Helper()
	if err := r.command.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		r.t.Fatal(err)
	}
}

// ends waits for the end and returns the exit status: -1 for the end by a signal.
func (r *running) ends() int {
	r.t.Helper()
	select {
	case <-r.ended:
	case <-time.After(patience):
		r.t.Fatalf("it has not ended after %v", patience)
	}
	return r.command.ProcessState.ExitCode()
}

// state is what an interrupted edit must not have changed: the live users and the draft.
func (w *workshop) state() string {
	w.t.Helper()
	return w.run("user", "list", "--output", "jsonl") + w.run("diff")
}

// TestInterrupted: a signal ends a command that waits, for whatever it waits: exit 130, and nothing was changed.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.run("init")
	w.run("user", "add", "ci", "--save")
	w.run("token", "enable", "ci", "--save")
	before := w.state()
	_, full := fullPipe(t)
	silent, _ := emptyPipe(t)
	toFull := func(command *exec.Cmd) { command.Stdout = full }
	fromSilent := func(command *exec.Cmd) { command.Stdin = silent }
	for args, wait := range map[string]struct {
		redirect         func(*exec.Cmd)
		call, descriptor int
	}{
		"token regenerate ci":        {toFull, unix.SYS_WRITE, 1},
		"token regenerate ci --save": {toFull, unix.SYS_WRITE, 1},
		"token verify ci":            {fromSilent, unix.SYS_READ, 0},
		"token revoke --save":        {fromSilent, unix.SYS_READ, 0},
	} {
		for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			process := w.start(t, wait.redirect, strings.Fields(args)...)
			process.awaitsCall(wait.call, wait.descriptor)
			process.signal(signal)
			if got := process.ends(); got != 130 {
				t.Errorf("%s, %v: got status %d, want 130", args, signal, got)
			}
			if got, want := process.messages.String(), "latchkey: interrupted; nothing was changed\n"; got != want {
				t.Errorf("%s, %v: told %q, want %q", args, signal, got, want)
			}
		}
	}
	if got := w.state(); got != before {
		t.Errorf("afterwards got\n%s\nwant what was before\n%s", got, before)
	}
}

// TestInterruptedWhileBusy: nobody must wait for the end of the wait for another process's lock.
func TestInterruptedWhileBusy(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.run("init")
	w.run("user", "add", "ci", "--save")
	release := w.hold(t)
	began := time.Now()
	process := w.start(t, func(*exec.Cmd) {}, "user", "edit", "ci", "--note", "new", "--save")
	process.poll("the database to be open", func() bool {
		descriptors, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", process.command.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		for _, descriptor := range descriptors {
			if file, _ := os.Readlink(descriptor); file == filepath.Join(w.directory, "latchkey.db") {
				return true
			}
		}
		return false
	})
	process.signal(syscall.SIGINT)
	if got := process.ends(); got != 130 {
		t.Errorf("got status %d, want 130: %s", got, process.messages.String())
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v, want no wait to the end", took)
	}
	release()
	if got := w.run("user", "list", "--field", "note") + w.run("diff"); got != "\n" {
		t.Errorf("afterwards: got %q, want nothing changed", got)
	}
}

// emptyPipe is a pipe into which nobody writes.
func emptyPipe(t *testing.T) (reader, writer *os.File) {
	t.Helper()
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	reader, writer = os.NewFile(uintptr(ends[0]), "reader"), os.NewFile(uintptr(ends[1]), "writer")
	t.Cleanup(func() { _ = errors.Join(reader.Close(), writer.Close()) })
	return reader, writer
}

// TestSecondSignal: whoever presses Ctrl-C again ends the process at once, whatever it waits for.
func TestSecondSignal(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.run("init")
	w.run("user", "add", "ci", "--save")
	_, full := fullPipe(t)
	process := w.start(t, func(command *exec.Cmd) { command.Stdout = full }, "user", "list")
	process.awaitsCall(unix.SYS_WRITE, 1)
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for limit := time.After(patience); ; {
		process.signal(syscall.SIGINT)
		select {
		case <-again.C:
		case <-process.ended:
			return
		case <-limit:
			t.Fatalf("it has not ended after %v of signals", patience)
		}
	}
}

// TestNoLockWhileWriting: a process whose messages or token nobody reads keeps no other from saving.
func TestNoLockWhileWriting(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.run("init")
	w.run("user", "add", "ci", "other", "--save")
	w.run("perm", "deny", "ci", "orders:*", "--save")
	w.run("token", "enable", "ci", "--save")

	reader, full := fullPipe(t)
	granting := w.start(t, func(command *exec.Cmd) { command.Stderr = full }, "perm", "grant", "ci", "orders:view")
	granting.poll("the draft of a grant that tells a warning", func() bool { return w.run("diff") != "" })
	granting.awaitsCall(unix.SYS_WRITE, 2)
	w.savesSoon(t)
	go drain(reader)
	if got := granting.ends(); got != 0 {
		t.Errorf("the grant: got status %d, want 0", got)
	}

	reader, full = fullPipe(t)
	saving := w.start(t, func(command *exec.Cmd) { command.Stderr = full }, "perm", "grant", "ci", "orders:edit", "--save", "--draft", "x")
	saving.poll("the save of a grant that tells a warning", func() bool { return strings.Contains(w.run("perm", "show", "ci"), "orders:edit") })
	saving.awaitsCall(unix.SYS_WRITE, 2)
	w.savesSoon(t)
	go drain(reader)
	if got := saving.ends(); got != 0 {
		t.Errorf("the saved grant: got status %d, want 0", got)
	}

	reader, full = fullPipe(t)
	issuing := w.start(t, func(command *exec.Cmd) { command.Stdout = full }, "token", "regenerate", "ci", "--save", "--draft", "x")
	issuing.awaitsCall(unix.SYS_WRITE, 1)
	w.savesSoon(t)
	go drain(reader)
	if got := issuing.ends(); got != 0 {
		t.Errorf("the regenerate: got status %d, want 0: %s", got, issuing.messages.String())
	}
}

// savesSoon saves something, which takes milliseconds where nobody holds the lock; one waits for 15 s before it gives up.
func (w *workshop) savesSoon(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	command := exec.CommandContext(ctx, binary, "user", "edit", "other", "--save", "--draft", "another", "--note", time.Now().String())
	command.Env = w.environment()
	if told, err := command.CombinedOutput(); err != nil {
		t.Errorf("another process's save: %v: %s", err, told)
	}
}

// TestWhatWasReadMovedWhileWriting: a token whose save finds the user changed since is refused, and never works.
func TestWhatWasReadMovedWhileWriting(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.run("init")
	w.run("user", "add", "ci", "--save")
	w.run("token", "enable", "ci", "--save")
	reader, full := fullPipe(t)
	issuing := w.start(t, func(command *exec.Cmd) { command.Stdout = full }, "token", "regenerate", "ci", "--save")
	issuing.awaitsCall(unix.SYS_WRITE, 1)
	w.run("token", "disable", "ci", "--save", "--draft", "other")
	before := w.state()
	go drain(reader)
	if got := issuing.ends(); got != 6 {
		t.Errorf("got status %d, want 6: %s", got, issuing.messages.String())
	}
	if got := w.state(); got != before {
		t.Errorf("got\n%s\nwant what the other save has made\n%s", got, before)
	}
}

// drain reads all that comes; the end of the test ends it.
func drain(reader io.Reader) { _, _ = io.Copy(io.Discard, reader) }
