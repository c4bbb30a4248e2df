package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/db/internal/sqlite"
)

// TestLeftOversAreRemoved: a killed process cannot tidy up behind itself.
func TestLeftOversAreRemoved(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	now := time.Now()
	for name, age := range map[string]time.Duration{
		".things.db.new-1":     2 * time.Hour,
		".things.db.new-1-wal": 2 * time.Hour,
		".things.db.new-1-shm": 2 * time.Hour,
		".things.db.new-2":     30 * time.Minute, // maybe somebody is at it
		".things.db.new-":      2 * time.Hour,
		".things.db.new-notes": 2 * time.Hour,
		".others.db.new-3":     2 * time.Hour,
		"things.db.new-4":      2 * time.Hour,
	} {
		path := filepath.Join(directory, name)
		if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chtimes(path, now, now.Add(-age))); err != nil {
			t.Fatal(err)
		}
	}
	if err := kindOf(first).Create(t.Context(), filepath.Join(directory, "things.db"), nil); err != nil {
		t.Fatal(err)
	}
	got := slices.Sorted(maps.Keys(contentOf(t, directory)))
	want := []string{".others.db.new-3", ".things.db.new-", ".things.db.new-2", ".things.db.new-notes", "things.db", "things.db.new-4"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestALogThatCannotBeMovedIsNotPublished: a connection that is still open keeps the WAL, and the file is not whole
// without it.
func TestALogThatCannotBeMovedIsNotPublished(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	err := kindOf(first).Create(t.Context(), filepath.Join(directory, "things.db"), func(ctx context.Context, file *sqlite.File) error {
		other, err := sql.Open("sqlite", file.Path)
		if err != nil {
			return err
		}
		t.Cleanup(func() { _ = other.Close() })
		_, err = other.ExecContext(ctx, `SELECT name FROM things`)
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "the log") {
		t.Errorf("got %v, want it to say that the log is still there", err)
	}
	if left := contentOf(t, directory); len(left) != 0 {
		t.Errorf("got %d files, want none", len(left))
	}
}

// TestSideFilesOfAnotherAreNotTakenOver: SQLite would write what a lost file has left in its WAL into the new one.
func TestSideFilesOfAnotherAreNotTakenOver(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "things.db")
	if err := os.WriteFile(path+"-wal", []byte("pages of a lost file"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := kindOf(first).Create(t.Context(), path, nil); !errors.Is(err, sqlite.ErrExists) {
		t.Errorf("got %v, want ErrExists", err)
	}
	if left := contentOf(t, filepath.Dir(path)); len(left) != 1 || left["things.db-wal"] != "pages of a lost file" {
		t.Errorf("left behind: %q", left)
	}
}

// TestFileInUseIsNotLeftOver: nobody is told to move the side files of a file that stands there.
func TestFileInUseIsNotLeftOver(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "things.db")
	if err := kindOf(first).Create(t.Context(), path, nil); err != nil {
		t.Fatal(err)
	}
	file, err := kindOf(first).Open(t.Context(), path, false)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	err = kindOf(first).Create(t.Context(), path, nil)
	if !errors.Is(err, sqlite.ErrExists) || strings.Contains(err.Error(), "-wal") {
		t.Errorf("got %v, want ErrExists of the file itself", err)
	}
}
