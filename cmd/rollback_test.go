package cmd

import (
	"bytes"
	"latchkey/cmd/internal/app"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestRollbackWarnsOfEndedRules moves the clock by hand, since a story cannot wait.
func TestRollbackWarnsOfEndedRules(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	path := filepath.Join(t.TempDir(), "latchkey.db")
	var story bytes.Buffer
	run := func(arguments string) {
		t.Helper()
		story.Reset()
		a := &app.App{In: strings.NewReader(""), Out: new(bytes.Buffer), Err: &story,
			Clock: func() time.Time { return now }, Getenv: func(string) string { return "" }}
		if status := Run(t.Context(), a, append(strings.Fields(arguments), "--db", path)); status != app.ExitDone {
			t.Fatalf("%s: got exit status %d and %s", arguments, status, &story)
		}
	}
	run("init")
	run("user add ci --save")
	run("perm grant ci orders:view --until 1h --save")
	run("perm revoke ci orders:view --save")
	now = now.Add(time.Hour)
	run("rollback 3")
	if got, want := story.String(), "note: nothing was rolled back\nwarning: ci: rule orders:view is not restored, as it has ended: allow until 2026-11-23T13:00:00Z\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	run("rollback 2 --save")
	if got := story.String(); got != "note: nothing to save: it is already so\n" {
		t.Errorf("got %q, want that it is already so", got)
	}
}
