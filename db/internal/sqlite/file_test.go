package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/fstest"

	"latchkey/db/internal/sqlite"
)

var first = fstest.MapFS{"migrations/0001_things.sql": {Data: []byte(`CREATE TABLE things (name TEXT) STRICT;`)}}

var both = fstest.MapFS{
	"migrations/0001_things.sql": first["migrations/0001_things.sql"],
	"migrations/0002_size.sql":   {Data: []byte(`ALTER TABLE things ADD COLUMN size INTEGER;`)},
}

func kindOf(migrations fs.FS) sqlite.Kind {
	return sqlite.Kind{ApplicationID: 0x54455354, Migrations: migrations}
}

func create(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "things.db")
	if err := kindOf(first).Create(t.Context(), path, nil); err != nil {
		t.Fatal(err)
	}
	return path
}

// refuses opens a file that must be refused and must be unchanged afterwards.
func refuses(t *testing.T, kind sqlite.Kind, path string, want error) {
	t.Helper()
	before, _ := os.ReadFile(path)
	file, err := kind.Open(t.Context(), path, true)
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
	if err == nil {
		_ = file.Close()
	}
	if after, _ := os.ReadFile(path); string(after) != string(before) {
		t.Error("the refused file was changed")
	}
}

func TestCreatedFileIsOursAloneWhateverTheUmask(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	path := filepath.Join(t.TempDir(), "deep", "down", "things.db")
	if err := kindOf(first).Create(t.Context(), path, nil); err != nil {
		t.Fatal(err)
	}
	file, err := kindOf(first).Open(t.Context(), path, true)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Pool.ExecContext(t.Context(), `INSERT INTO things (name) VALUES ('x')`); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s: got mode %04o, want 0600", filepath.Base(path+suffix), mode)
		}
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 3 {
		t.Errorf("got %v, want the file and its side files alone", entries)
	}
}

func TestCreateNeverReplaces(t *testing.T) {
	t.Parallel()
	path := create(t)
	if err := kindOf(first).Create(t.Context(), path, nil); !errors.Is(err, sqlite.ErrExists) {
		t.Errorf("got %v, want ErrExists", err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
		t.Errorf("got %v, want no left-over", entries)
	}
}

func TestFailedFillLeavesNothing(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "things.db")
	broken := errors.New("broken")
	err := kindOf(first).Create(t.Context(), path, func(context.Context, *sqlite.File) error { return broken })
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want the error of fill", err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 0 {
		t.Errorf("got %v, want nothing", entries)
	}
}

func TestOpenRefusesWhatIsNotOurs(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(directory, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	refuses(t, kindOf(first), write("empty", ""), sqlite.ErrForeign)
	refuses(t, kindOf(first), write("text", "this is a text of some length, not a database, whatever its name may say"), sqlite.ErrForeign)
	refuses(t, sqlite.Kind{ApplicationID: 1, Migrations: first}, create(t), sqlite.ErrForeign)
	refuses(t, kindOf(first), filepath.Join(directory, "missing"), sqlite.ErrMissing)
	refuses(t, kindOf(first), directory, sqlite.ErrUnsafe)
}

func TestOpenRefusesUnsafeFiles(t *testing.T) {
	t.Parallel()
	symlink, hardlink, loose := create(t), create(t), create(t)
	if err := os.Symlink(symlink, symlink+".link"); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(hardlink, hardlink+".link"); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(loose, 0o640); err != nil {
		t.Fatal(err)
	}
	refuses(t, kindOf(first), symlink+".link", sqlite.ErrUnsafe)
	refuses(t, kindOf(first), hardlink, sqlite.ErrUnsafe)
	refuses(t, kindOf(first), loose, sqlite.ErrUnsafe)
}

func TestUpgrade(t *testing.T) {
	t.Parallel()
	path := create(t)
	refuses(t, kindOf(both), path, sqlite.ErrOlder)
	if from, err := kindOf(both).Upgrade(t.Context(), path); err != nil || from != 1 {
		t.Fatalf("got version %d, %v; want 1", from, err)
	}
	refuses(t, kindOf(first), path, sqlite.ErrNewer)
	if _, err := kindOf(first).Upgrade(t.Context(), path); !errors.Is(err, sqlite.ErrNewer) {
		t.Errorf("upgrading a newer file: got %v, want ErrNewer", err)
	}
	file, err := kindOf(both).Open(t.Context(), path, false)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Pool.ExecContext(t.Context(), `SELECT size FROM things`); err != nil {
		t.Error(err)
	}
}

func TestFailedMigrationChangesNothing(t *testing.T) {
	t.Parallel()
	path := create(t)
	broken := fstest.MapFS{
		"migrations/0001_things.sql": first["migrations/0001_things.sql"],
		"migrations/0002_broken.sql": {Data: []byte(`CREATE TABLE more (name TEXT) STRICT; nonsense;`)},
	}
	if _, err := kindOf(broken).Upgrade(t.Context(), path); err == nil {
		t.Error("a broken migration went well")
	}
	file, err := kindOf(first).Open(t.Context(), path, false)
	if err != nil {
		t.Fatalf("the file is not as before: %v", err)
	}
	defer file.Close()
	var tables int
	row := file.Pool.QueryRowContext(t.Context(), `SELECT count(*) FROM sqlite_schema`)
	if err := row.Scan(&tables); err != nil || tables != 1 {
		t.Errorf("got %d tables, %v; want 1", tables, err)
	}
}

func TestMovedFileIsNoticed(t *testing.T) {
	t.Parallel()
	path := create(t)
	file, err := kindOf(first).Open(t.Context(), path, false)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := file.Check(); err != nil {
		t.Errorf("in place: %v", err)
	}
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	if err := file.Check(); !errors.Is(err, sqlite.ErrMoved) {
		t.Errorf("moved: got %v, want ErrMoved", err)
	}
	if err := os.Rename(create(t), path); err != nil {
		t.Fatal(err)
	}
	if err := file.Check(); !errors.Is(err, sqlite.ErrMoved) {
		t.Errorf("replaced: got %v, want ErrMoved", err)
	}
}

// TestPathsAreNotReadAsURIs opens files whose names mean something in a URI.
func TestPathsAreNotReadAsURIs(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a b.db", "a?mode=memory.db", "a#b.db", "a%41.db", "a&b=c.db", "ä.db"} {
		path := filepath.Join(t.TempDir(), name)
		if err := kindOf(first).Create(t.Context(), path, nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDamagedVersionIsRefused(t *testing.T) {
	t.Parallel()
	path := create(t)
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = raw.ExecContext(t.Context(), `PRAGMA user_version = -1`)
	if err := errors.Join(err, raw.Close()); err != nil {
		t.Fatal(err)
	}
	refuses(t, kindOf(first), path, sqlite.ErrDamaged)
	if _, err := kindOf(first).Upgrade(t.Context(), path); !errors.Is(err, sqlite.ErrDamaged) {
		t.Errorf("upgrading: got %v, want ErrDamaged", err)
	}
}
