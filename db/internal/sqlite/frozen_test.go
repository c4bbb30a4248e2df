package sqlite

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestFrozenFileThatIsWritten: who cannot lock a file has to look whether others have written it.
func TestFrozenFileThatIsWritten(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(path string) error{
		"not at all":   func(string) error { return nil },
		"an empty WAL": func(path string) error { return os.WriteFile(path+"-wal", nil, 0o600) },
		"the file":     func(path string) error { return os.WriteFile(path, []byte("longer than before"), 0o600) },
		"a WAL":        func(path string) error { return os.WriteFile(path+"-wal", []byte("frames"), 0o600) },
		"removed":      func(path string) error { return os.Remove(path) },
	} {
		path := filepath.Join(t.TempDir(), "things.db")
		if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
			t.Fatal(err)
		}
		info, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		file := &frozen{path, info.ModTime(), info.Size()}
		if err := write(path); err != nil {
			t.Fatal(err)
		}
		err = file.check()
		if changed := name != "not at all" && name != "an empty WAL"; changed != (err != nil) || changed && name != "removed" && !errors.Is(err, ErrBusy) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := (*frozen)(nil).check(); err != nil {
		t.Errorf("a file that is read as usual: got %v", err)
	}
}
