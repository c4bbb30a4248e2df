package sqlite_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"latchkey/db/internal/sqlite"
)

func open(t testing.TB, path string, writable bool) *sqlite.File {
	t.Helper()
	file, err := kindOf(first).Open(t.Context(), path, writable)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return file
}

func openWatched(t testing.TB, path string) *sqlite.File {
	t.Helper()
	file := open(t, path, false)
	if err := file.Watch(t.Context()); err != nil {
		t.Fatal(err)
	}
	return file
}

func mustRename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// TestAnotherProcess is no test: it is what [inAnotherProcess] runs.
func TestAnotherProcess(t *testing.T) {
	path := os.Getenv("SQLITEFILE_TEST_PATH")
	if path == "" {
		t.Skip("run by other tests alone")
	}
	if _, err := open(t, path, true).Pool.ExecContext(t.Context(), os.Getenv("SQLITEFILE_TEST_STATEMENT")); err != nil {
		t.Error(err)
	}
}

// inAnotherProcess opens the file, runs a statement and closes the file. SQLite shares what it knows of a file within a
// process, so that some things are only seen from another one.
func inAnotherProcess(t *testing.T, path, statement string) {
	t.Helper()
	other := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAnotherProcess$")
	other.Env = append(os.Environ(), "SQLITEFILE_TEST_PATH="+path, "SQLITEFILE_TEST_STATEMENT="+statement)
	if said, err := other.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
}

func names(t *testing.T, path string) string {
	t.Helper()
	file := open(t, path, false)
	var list string
	row := file.Pool.QueryRowContext(t.Context(), `SELECT coalesce(group_concat(name), '') FROM things`)
	if err := errors.Join(row.Scan(&list), file.Close()); err != nil {
		t.Fatal(err)
	}
	return list
}

// TestSwappedFileIsNeverReadFrom puts another file in the place for a while: the pool, which connects by name, must
// not keep a connection to that one.
func TestSwappedFileIsNeverReadFrom(t *testing.T) {
	t.Parallel()
	path, other := create(t), create(t)
	inAnotherProcess(t, path, `INSERT INTO things VALUES ('right')`)
	inAnotherProcess(t, other, `INSERT INTO things VALUES ('wrong')`)
	file := open(t, path, false)
	busy, err := file.Begin(t.Context()) // has the one connection that there is
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Rollback()
	mustRename(t, path, path+".away")
	mustRename(t, other, path)
	wantMoved := func(when string) {
		t.Helper()
		if connection, err := file.Pool.Conn(t.Context()); !errors.Is(err, sqlite.ErrMoved) {
			t.Errorf("%s: connecting: got %v, want ErrMoved", when, err)
			_ = connection.Close()
		}
		if err := file.Check(); !errors.Is(err, sqlite.ErrMoved) {
			t.Errorf("%s: checking: got %v, want ErrMoved", when, err)
		}
		if _, err := file.Begin(t.Context()); !errors.Is(err, sqlite.ErrMoved) {
			t.Errorf("%s: beginning: got %v, want ErrMoved", when, err)
		}
		if err := file.Ask(t.Context()); !errors.Is(err, sqlite.ErrMoved) {
			t.Errorf("%s: asking: got %v, want ErrMoved", when, err)
		}
	}
	wantMoved("swapped")
	mustRename(t, path, other)
	mustRename(t, path+".away", path)
	wantMoved("put back")
}

// TestAChangedModeStopsNothing: what is still the same file is used on, whoever can read it; to refuse everybody would not close it.
func TestAChangedModeStopsNothing(t *testing.T) {
	t.Parallel()
	path := create(t)
	file := openWatched(t, path)
	for _, mode := range []os.FileMode{0o644, 0o666, 0o600} {
		if err := errors.Join(os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		if err := file.Check(); err != nil {
			t.Errorf("mode %04o: got %v, want it used on", mode, err)
		}
	}
}

// TestRemovedSideFilesAreNoticed: whoever opens the file after that writes to side files which the watched one will
// never read.
func TestRemovedSideFilesAreNoticed(t *testing.T) {
	t.Parallel()
	for _, suffix := range []string{"-wal", "-shm"} {
		for _, change := range []struct {
			name       string
			away, back func(t *testing.T, path string)
		}{
			{"removed", func(t *testing.T, path string) {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			}, func(*testing.T, string) {}},
			{"moved and put back",
				func(t *testing.T, path string) { mustRename(t, path, path+".away") },
				func(t *testing.T, path string) { mustRename(t, path+".away", path) }},
			{"replaced", func(t *testing.T, path string) {
				content, err := os.ReadFile(path)
				if err := errors.Join(err, os.WriteFile(path+".copy", content, 0o600)); err != nil {
					t.Fatal(err)
				}
				mustRename(t, path+".copy", path)
			}, func(*testing.T, string) {}},
		} {
			t.Run(strings.Trim(suffix, "-")+" "+change.name, func(t *testing.T) {
				t.Parallel()
				path := create(t)
				file := openWatched(t, path)
				if err := file.Check(); err != nil {
					t.Fatal(err)
				}
				change.away(t, path+suffix)
				if err := file.Check(); !errors.Is(err, sqlite.ErrMoved) {
					t.Errorf("got %v, want ErrMoved", err)
				}
				change.back(t, path+suffix)
				if err := file.Check(); !errors.Is(err, sqlite.ErrMoved) {
					t.Errorf("afterwards: got %v, want ErrMoved", err)
				}
			})
		}
	}
}

// TestClosingLosesNobodysSaves: after the side files were removed, another process saves to new ones. Closing what has
// the old ones open must not write these into the file and remove the new ones.
func TestClosingLosesNobodysSaves(t *testing.T) {
	t.Parallel()
	path := create(t)
	file := openWatched(t, path)
	inAnotherProcess(t, path, `INSERT INTO things VALUES ('first')`)
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil {
			t.Fatal(err)
		}
	}
	inAnotherProcess(t, path, `INSERT INTO things VALUES ('second')`)
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + "-wal"); err != nil {
		t.Error(err)
	}
	// As it will be read once this process is gone, which has its old side files open until then.
	copied := filepath.Join(t.TempDir(), "copy.db")
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(path + suffix)
		if err := errors.Join(err, os.WriteFile(copied+suffix, content, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	if got := names(t, copied); !strings.Contains(got, "second") {
		t.Errorf("got %q, want what was saved last among it", got)
	}
}

// TestOthersDoNotDisturbAWatchedFile: what other processes do to a file does not look like a move, and SQLite's locks
// last whatever else this process opens and closes (D8): without them the other process would remove the side files.
func TestOthersDoNotDisturbAWatchedFile(t *testing.T) {
	t.Parallel()
	path := create(t)
	file := openWatched(t, path)
	for _, statement := range []string{
		`INSERT INTO things VALUES ('one')`, `PRAGMA wal_checkpoint(TRUNCATE)`, `VACUUM`,
	} {
		if err := open(t, path, true).Close(); err != nil {
			t.Fatal(err)
		}
		inAnotherProcess(t, path, statement)
		if err := file.Ask(t.Context()); err != nil {
			t.Errorf("after %s: %v", statement, err)
		}
	}
	if got := names(t, path); got != "one" {
		t.Errorf("got %q, want %q", got, "one")
	}
}
