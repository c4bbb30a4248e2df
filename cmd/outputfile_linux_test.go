package cmd_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestOutputFile: what stands where a file is to be written is replaced whole, or left alone (C4).
func TestOutputFile(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.run("init")
	folder := t.TempDir()
	path := func(name string) string { return filepath.Join(folder, name) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(path("old"), []byte("old"), 0o644))
	must(os.WriteFile(path("target"), []byte("kept"), 0o600))
	must(os.Symlink(path("target"), path("link")))
	must(os.Symlink(path("nothing"), path("dangling")))
	must(os.Mkdir(path("folder"), 0o700))
	must(exec.CommandContext(t.Context(), "mkfifo", path("pipe")).Run())
	for name, want := range map[string]int{"new": 0, "old": 0, "link": 5, "dangling": 5, "folder": 5, "pipe": 5} {
		command := exec.CommandContext(t.Context(), binary, "resource", "export", "orders", path(name), "--format", "json", "-y")
		command.Env = w.environment()
		told, _ := command.CombinedOutput()
		if got := command.ProcessState.ExitCode(); got != want {
			t.Errorf("%s: exit %d, want %d: %s", name, got, want, told)
		}
	}
	for name, want := range map[string]string{"new": "[]\n", "old": "[]\n", "target": "kept"} {
		content, err := os.ReadFile(path(name))
		must(err)
		info, err := os.Lstat(path(name))
		must(err)
		if string(content) != want || info.Mode() != 0o600 {
			t.Errorf("%s: got %q, mode %v", name, content, info.Mode())
		}
	}
	entries, err := os.ReadDir(folder)
	must(err)
	if len(entries) != 7 { // nothing made on the way is left
		t.Errorf("got %v", entries)
	}
}

// TestProgressOnATerminal: a bar while documents are stored, which is gone at the end; in a pipe there is none.
func TestProgressOnATerminal(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.run("init")
	file := filepath.Join(t.TempDir(), "many.jsonl")
	if err := os.WriteFile(file, []byte(strings.Repeat("{\"a\":1}\n", 5)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ command, bar, told string }{
		{"resource import orders " + file, `importing \[######\.+\] 1 of 5`, "imported 5 documents into orders"},
		{"resource export orders -y " + file, `exporting \[######\.+\] 1 of 5`, "exported 5 documents of orders"},
	} {
		status, screen := w.atTerminal(t, nil, strings.Fields(test.command)...).ends()
		shown := regexp.MustCompile(`^` + test.bar + ` +` + regexp.QuoteMeta(test.told)) // the carriage returns are not kept
		if status != 0 || !shown.MatchString(screen) {
			t.Errorf("%s: got %d and %q, want %s", test.command, status, screen, fmt.Sprint(shown))
		}
	}
}
