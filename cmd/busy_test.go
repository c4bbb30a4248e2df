package cmd_test

import (
	"bytes"
	"database/sql"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // another program that has the file open
)

// hold takes the write lock of the workshop's database, as a backup program may, until the test or release ends it.
func (w *workshop) hold(t *testing.T) (release func()) {
	t.Helper()
	pool, err := sql.Open("sqlite", filepath.Join(w.directory, "latchkey.db"))
	if err != nil {
		t.Fatal(err)
	}
	connection, err := pool.Conn(t.Context())
	if err == nil {
		_, err = connection.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	}
	if err != nil {
		t.Fatal(err)
	}
	release = func() { _ = errors.Join(connection.Close(), pool.Close()) }
	t.Cleanup(release)
	return release
}

// TestBusyDatabase: another process holds the write lock for too long: exit 8, nothing changed, try again. Who only looks
// is not kept waiting.
func TestBusyDatabase(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.run("init")
	w.run("user", "add", "ci", "--save")
	release := w.hold(t)

	var messages bytes.Buffer
	waiting := exec.CommandContext(t.Context(), binary, "user", "edit", "ci", "--note", "new", "--save")
	waiting.Env, waiting.Stderr = w.environment(), &messages
	if err := waiting.Start(); err != nil {
		t.Fatal(err)
	}

	began := time.Now()
	if got := w.run("user", "list", "--output", "name") + w.run("diff"); got != "ci\n" {
		t.Errorf("looking meanwhile: got %q, want the user and no draft", got)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("looking meanwhile took %v, want no wait for the lock", took)
	}

	if err := waiting.Wait(); waiting.ProcessState.ExitCode() != 8 {
		t.Errorf("got %v, want status 8", err)
	}
	if got := messages.String(); !strings.Contains(got, "busy: try again") {
		t.Errorf("told %q, want what to do", got)
	}
	release()
	if got := w.run("user", "list", "--field", "note") + w.run("diff"); got != "\n" {
		t.Errorf("afterwards: got %q, want nothing changed", got)
	}
	w.run("user", "edit", "ci", "--note", "new", "--save")
}
