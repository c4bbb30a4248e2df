package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// frozen is a file that is read where this user can write nothing beside it, as on a volume that is mounted read only. SQLite reads
// it without side files and locks, which is right if nobody else writes: that is looked at when all is read.
type frozen struct {
	path     string
	modified time.Time
	size     int64
}

// freeze looks whether a file has to be read so. nil: it is read as usual, also where its WAL holds what the file lacks.
func freeze(path string) (*frozen, error) {
	err := unix.Faccessat(unix.AT_FDCWD, filepath.Dir(path), unix.W_OK, unix.AT_EACCESS)
	if err == nil {
		return nil, nil //nolint:nilnil // not frozen
	}
	if waits, err := logWaits(path); err != nil || waits {
		return nil, err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	return &frozen{path, info.ModTime(), info.Size()}, nil
}

// logWaits tells whether a file has a WAL that may hold what the file lacks.
func logWaits(path string) (bool, error) {
	info, err := os.Lstat(path + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return info.Size() > 0, nil
}

// explainLog adds to an error of opening what is in the way: SQLite cannot read a WAL where it can make no index of it.
func explainLog(path string, err error) error {
	if waits, failed := logWaits(path); failed != nil || !waits || !errors.Is(err, ErrUnwritable) {
		return err
	}
	if unix.Faccessat(unix.AT_FDCWD, filepath.Dir(path), unix.W_OK, unix.AT_EACCESS) == nil {
		return err
	}
	return fmt.Errorf("%w: what was saved last waits in %s-wal to be moved into the file, and nothing can be written here: "+
		"open it once where it can be written, or copy both files to such a place", err, path)
}

// check is [ErrBusy] where the file was written since it was opened: then what was read may be of no one state. There is nothing to
// check of a nil *frozen.
func (f *frozen) check() error {
	if f == nil {
		return nil
	}
	info, err := os.Lstat(f.path)
	if err != nil {
		return err
	}
	waits, err := logWaits(f.path)
	if err == nil && (waits || info.Size() != f.size || !info.ModTime().Equal(f.modified)) {
		err = fmt.Errorf("%w: %s was written while it was read, from where it can be", ErrBusy, f.path)
	}
	return err
}
