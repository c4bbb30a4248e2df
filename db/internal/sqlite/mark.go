package sqlite

import (
	"encoding/binary"
	"errors"
	"runtime"
	"syscall"

	"latchkey/db/engine"
)

// Mark is [engine.Mark] of a watched file: the header of the WAL-index, which every commit of every process changes, as do
// checkpoints that start the WAL anew, and recovery: see "WAL-Index Header" in SQLite's "WAL-mode File Format". SQLite
// compares the same bytes to know whether the pages that it keeps in memory still hold.
type Mark = engine.Mark

// What is known of the header: its version and, from there on, a byte that is 1 once there is a header at all.
const (
	walIndexVersion = 3007000
	markIsInit      = 12
)

// errClosed: the file was closed.
var errClosed = errors.New("database is closed")

// Mark takes the mark of the last commit. The zero Mark means that it cannot be told: the file is not watched, its
// WAL-index is of another version, or a commit is being written to it just now. Then only a transaction tells.
//
// [ErrMoved] once the file was seen to be moved. It is no system call, and may be used from many goroutines.
func (f *File) Mark() (Mark, error) {
	if err := f.place.asSeen(); err != nil {
		return Mark{}, err
	}
	if f.closed.Load() {
		return Mark{}, errClosed
	}
	if f.index == nil {
		return Mark{}, nil
	}
	// While the two copies are equal, no commit is half written.
	first, second, read := f.index.copies()
	known := binary.NativeEndian.Uint32(first[:]) == walIndexVersion && first[markIsInit] == 1
	if !read || first != second || !known {
		return Mark{}, nil
	}
	return first, nil
}

// openIndex opens the WAL-index of a watched file for [File.Mark]. Closing any descriptor of it drops the locks that
// SQLite has there for the whole process, so that there is one for all who have the file open, and it is closed after
// the last connection: an os.File would close itself when it is collected.
//
// Without it, as on systems where nobody has shown that reading sees at once what another process has mapped, there
// are no marks.
func (f *File) openIndex() error {
	if runtime.GOOS != "linux" {
		return nil
	}
	claimed.Lock()
	defer claimed.Unlock()
	claim, wanted := claimed.files[f.place.file], f.place.sides.Load().index
	if f.index = claim.indexes[wanted]; f.index != nil {
		return nil
	}
	descriptor, err := syscall.Open(f.place.path+"-shm", syscall.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	var found syscall.Stat_t
	if err := syscall.Fstat(descriptor, &found); err != nil || identityOfStat(&found) != wanted {
		return errors.Join(err, ErrMoved) // and it stays open: whose locks are on it is not known
	}
	f.index = newIndex(descriptor)
	claim.indexes[wanted] = f.index
	return nil
}
