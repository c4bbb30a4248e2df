package sqlite_test

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"latchkey/db/internal/sqlite"
)

// abandonedForeign makes another program's database as a killed process leaves it: the last rows in the WAL alone.
func abandonedForeign(t *testing.T) string {
	t.Helper()
	path, left := filepath.Join(t.TempDir(), "other.db"), filepath.Join(t.TempDir(), "other.db")
	raw, err := sql.Open("sqlite", path+"?_pragma=journal_mode(wal)")
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	for _, statement := range []string{`CREATE TABLE precious (a)`, `INSERT INTO precious VALUES (1)`} {
		if _, err := raw.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range contentOf(t, filepath.Dir(path)) {
		if err := os.WriteFile(filepath.Join(filepath.Dir(left), name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return left
}

// contentOf reads all files of a directory.
func contentOf(t *testing.T, directory string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(directory, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[entry.Name()] = string(content)
	}
	return files
}

// TestForeignLogIsLeftAlone: SQLite would move the WAL into the file and remove it as soon as it closes the file.
func TestForeignLogIsLeftAlone(t *testing.T) {
	t.Parallel()
	path := abandonedForeign(t)
	before := contentOf(t, filepath.Dir(path))
	if len(before) != 3 {
		t.Fatalf("got %d files, want the database and two side files", len(before))
	}
	for _, writable := range []bool{false, true} {
		if _, err := kindOf(first).Open(t.Context(), path, writable); !errors.Is(err, sqlite.ErrForeign) {
			t.Errorf("got %v, want ErrForeign", err)
		}
	}
	if _, err := kindOf(first).Upgrade(t.Context(), path); !errors.Is(err, sqlite.ErrForeign) {
		t.Errorf("upgrading: got %v, want ErrForeign", err)
	}
	if !maps.Equal(contentOf(t, filepath.Dir(path)), before) {
		t.Error("the foreign database was changed")
	}
}

// TestAnotherKindThatIsOpen: of a file that this process has open the header is not read, and still it is refused.
func TestAnotherKindThatIsOpen(t *testing.T) {
	t.Parallel()
	path := create(t)
	openWatched(t, path)
	refuses(t, sqlite.Kind{ApplicationID: 1, Migrations: first}, path, sqlite.ErrForeign)
}

// TestLocksLast opens a file again that this process has open: if its header were read again, closing that descriptor
// would drop SQLite's locks on the file (D8).
func TestLocksLast(t *testing.T) {
	t.Parallel()
	path := create(t)
	openWatched(t, path)
	wantLocked(t, path)
	again := open(t, path, true)
	for range 2 { // closing twice must not take back the claim of the other one
		if err := again.Close(); err != nil {
			t.Error(err)
		}
		wantLocked(t, path)
	}
	if err := open(t, path, true).Close(); err != nil {
		t.Error(err)
	}
	wantLocked(t, path)
}

// wantLocked looks whether any process has a lock on the file.
func wantLocked(t *testing.T, path string) {
	t.Helper()
	locks, err := os.ReadFile("/proc/locks")
	if err != nil {
		t.Skip("the system does not list locks")
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); !ok || !strings.Contains(string(locks), fmt.Sprintf(":%d ", stat.Ino)) {
		t.Errorf("nobody has a lock on the file:\n%s", locks)
	}
}
