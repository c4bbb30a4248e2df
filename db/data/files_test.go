package data_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"latchkey/db/data"
)

// Not parallel: the umask belongs to the whole process.
func TestFilesAreOursAloneUnderAnyUmask(t *testing.T) {
	for _, umask := range []int{0, 0o022, 0o777} {
		t.Run(fmt.Sprintf("%04o", umask), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "data.db")
			old := syscall.Umask(umask)
			defer syscall.Umask(old)
			file, _ := open(t, path)
			create(t, file, orders, `{}`)
			for _, suffix := range []string{"", "-wal", "-shm"} {
				info, err := os.Stat(path + suffix)
				if err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("%s: got %v, %v, want 0600", suffix, info.Mode(), err)
				}
			}
			names, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
			if err != nil || len(names) != 0 {
				t.Errorf("left over: %v, %v", names, err)
			}
		})
	}
}

func TestPathsWithMarksOfAURI(t *testing.T) {
	t.Parallel()
	directory := filepath.Join(t.TempDir(), "a b?c#d%41&e=ü")
	if err := os.Mkdir(directory, 0o700); err != nil {
		t.Fatal(err)
	}
	file, _ := open(t, filepath.Join(directory, "?mode=memory&x%00#.db"))
	create(t, file, orders, `{}`)
	entries, err := os.ReadDir(directory)
	if err != nil || len(entries) != 3 || !strings.HasPrefix(entries[0].Name(), "?mode=memory&x%00#.db") {
		t.Errorf("got %v, %v, want the file and its two side files", entries, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		spoil func(t *testing.T, path string) // path is a closed data file of ours
		want  error
	}{
		{"symbolic link", func(t *testing.T, path string) {
			must(t, os.Rename(path, path+".real"))
			must(t, os.Symlink(path+".real", path))
		}, data.ErrUnsafe},
		{"dangling link", func(t *testing.T, path string) {
			must(t, os.Remove(path))
			must(t, os.Symlink(path+".nowhere", path))
		}, data.ErrUnsafe},
		{"hard link", func(t *testing.T, path string) { must(t, os.Link(path, path+".again")) }, data.ErrUnsafe},
		{"readable by the group", func(t *testing.T, path string) { must(t, os.Chmod(path, 0o640)) }, data.ErrUnsafe},
		{"writable by others", func(t *testing.T, path string) { must(t, os.Chmod(path, 0o602)) }, data.ErrUnsafe},
		{"directory", func(t *testing.T, path string) {
			must(t, os.Remove(path))
			must(t, os.Mkdir(path, 0o700))
		}, data.ErrUnsafe},
		{"empty file", func(t *testing.T, path string) { must(t, os.Truncate(path, 0)) }, data.ErrForeign},
		{"text", func(t *testing.T, path string) {
			must(t, os.WriteFile(path, bytes.Repeat([]byte("not a database\n"), 500), 0o600))
		}, data.ErrForeign},
		{"another program's database", func(t *testing.T, path string) {
			run(t, path, `PRAGMA application_id = 1196444487`)
		}, data.ErrForeign},
		{"newer schema", func(t *testing.T, path string) { run(t, path, `PRAGMA user_version = 99`) }, data.ErrNewer},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "data.db")
			file, err := data.Open(t.Context(), path, time.Now)
			must(t, err)
			must(t, file.Close())
			test.spoil(t, path)
			before, _ := os.ReadFile(path)
			file, err = data.Open(t.Context(), path, time.Now)
			if file != nil {
				file.Close()
			}
			if !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("the refused file was changed")
			}
		})
	}
}

// A foreign database keeps its own journal mode.
func TestOpenLeavesAForeignJournalAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data.db")
	must(t, os.WriteFile(path, nil, 0o600))
	run(t, path, `CREATE TABLE precious (a); INSERT INTO precious VALUES (1)`)
	before, err := os.ReadFile(path)
	must(t, err)
	if _, err := data.Open(t.Context(), path, time.Now); !errors.Is(err, data.ErrForeign) {
		t.Errorf("got %v, want ErrForeign", err)
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the foreign file was changed (%v)", err)
	}
}

// Several servers may start at once on a new database.
func TestOpenTogether(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data.db")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			file, _ := open(t, path)
			if _, err := file.Create(t.Context(), orders, nil, nil); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	file, _ := open(t, path)
	if got := count(t, file, orders); got != 8 {
		t.Errorf("got %d documents, want 8", got)
	}
	if names, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(names) != 0 {
		t.Errorf("left over: %v", names)
	}
}

// An unfinished file of a killed process stands in nobody's way.
func TestOpenBesideAnUnfinishedFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data.db")
	must(t, os.WriteFile(filepath.Join(filepath.Dir(path), ".data.db.new-1"), []byte("half"), 0o600))
	file, _ := open(t, path)
	create(t, file, orders, `{}`)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func run(t testing.TB, path, script string) {
	t.Helper()
	pool := raw(t, path)
	_, err := pool.ExecContext(t.Context(), script)
	must(t, err)
	must(t, pool.Close())
}
