package cmd

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"latchkey/cmd/internal/app"
)

// TestRollbackWarnsOfEndedRules moves the clock by hand, since a script cannot wait.
func TestRollbackWarnsOfEndedRules(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	path := filepath.Join(t.TempDir(), "latchkey.db")
	var messages bytes.Buffer
	run := func(arguments string) {
		t.Helper()
		messages.Reset()
		a := &app.App{In: strings.NewReader(""), Out: new(bytes.Buffer), Err: &messages,
			Clock: func() time.Time { return now }, Getenv: func(string) string { return "" }}
		if status := Run(t.Context(), a, append(strings.Fields(arguments), "--db", path)); status != app.ExitDone {
			t.Fatalf("%s: got exit status %d and %s", arguments, status, &messages)
		}
	}
	run("init")
	run("user add ci --save")
	run("perm grant ci orders:view --until 1h --save")
	run("perm revoke ci orders:view")
	run("user edit ci --note changed")
	run("save")
	now = now.Add(time.Hour)
	run("rollback 3")
	if got, want := messages.String(), "staged ci: note: changed → none\nnote: live after 'latchkey save --db "+path+"'\nwarning: ci: rule orders:view is not restored, as it has ended: allow until 2026-11-23T13:00:00Z\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	run("discard")
	run("rollback 2 --save")
	if got := messages.String(); got != "note: nothing to save: it is already so\n" {
		t.Errorf("got %q, want that it is already so", got)
	}
}
