package cmd_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// TestOwnerIsKept lets root edit, back up and restore the database of a service: whatever file there is afterwards, the
// service can open it (D10).
func TestOwnerIsKept(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("takes root: only root can give files to a service")
	}
	const service = 64999
	directory := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(directory, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(directory, service, service); err != nil {
		t.Fatal(err)
	}
	database := filepath.Join(directory, "latchkey.db")
	backup := filepath.Join(directory, "backup.db")
	look := func(after string) {
		found, err := filepath.Glob(filepath.Join(directory, "*"))
		if err != nil || len(found) == 0 {
			t.Fatalf("after %s: got %q, %v", after, found, err)
		}
		for _, path := range found {
			info, err := os.Lstat(path)
			if err != nil {
				t.Fatal(err)
			}
			if stat, ok := info.Sys().(*syscall.Stat_t); !ok || stat.Uid != service || info.Mode() != 0o600 {
				t.Errorf("after %s: %s belongs to user %d, mode %v", after, filepath.Base(path), stat.Uid, info.Mode())
			}
		}
	}
	for _, arguments := range [][]string{
		{"init"},
		{"user", "add", "ci", "--save"},
		{"backup", backup, "--with-data"},
		{"user", "remove", "-y", "ci", "--save"},
		{"restore", backup, "-y"},
	} {
		command := exec.CommandContext(t.Context(), binary, append([]string{"--db", database}, arguments...)...)
		if output, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", arguments, err, output)
		}
		look(arguments[0])
	}
}
