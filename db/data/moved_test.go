package data_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"latchkey/db/data"
)

// wantMoved wants every use of a file refused.
func wantMoved(t *testing.T, when string, file *data.Data) {
	t.Helper()
	_, getErr := file.Get(t.Context(), orders, 1)
	_, createErr := file.Create(t.Context(), orders, nil, nil)
	for _, err := range []error{file.Check(t.Context()), getErr, createErr, file.DeleteAll(t.Context(), orders, nil, nil)} {
		if !errors.Is(err, data.ErrMoved) {
			t.Errorf("%s: got %v, want ErrMoved", when, err)
		}
	}
}

// TestMovedIsForGood: what was connected to while another file stood there is not known.
func TestMovedIsForGood(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data.db")
	file, _ := open(t, path)
	create(t, file, orders, `{}`)
	must(t, os.Rename(path, path+".old"))
	wantMoved(t, "moved", file)
	must(t, os.Rename(path+".old", path))
	wantMoved(t, "put back", file)
}

// TestRemovedSideFiles: documents that others store from then on would be in files that this process never reads.
func TestRemovedSideFiles(t *testing.T) {
	t.Parallel()
	for _, suffix := range []string{"-wal", "-shm"} {
		path := filepath.Join(t.TempDir(), "data.db")
		file, _ := open(t, path)
		create(t, file, orders, `{}`)
		must(t, os.Remove(path+suffix))
		wantMoved(t, "without "+suffix, file)
	}
}
