package sqlitefile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"syscall"
)

// claimed counts the files that this process has open by what they are. SQLite's locks are the process's: closing any
// descriptor of a file drops all of them, so ours must be closed before SQLite has its first (D8).
var claimed = struct {
	sync.Mutex
	files map[identity]int
}{files: map[identity]int{}}

// claim looks whether the file at a place is of this kind, before SQLite has it: opened and closed by SQLite, another
// program's database would lose its WAL. A file that this process has open already is left to SQLite, which closes it
// without a trace as long as that one lasts. The claim is to be released after the last connection is closed.
func (k Kind) claim(place *place) (release func(), err error) {
	claimed.Lock()
	defer claimed.Unlock()
	if claimed.files[place.file] == 0 {
		if err := k.recognize(place); err != nil {
			return nil, err
		}
	}
	claimed.files[place.file]++
	return sync.OnceFunc(func() {
		claimed.Lock()
		defer claimed.Unlock()
		if claimed.files[place.file]--; claimed.files[place.file] == 0 {
			delete(claimed.files, place.file)
		}
	}), nil
}

// recognize reads the header of the file: see "The Database Header" in SQLite's "Database File Format". The mark of a
// file of ours is there from the beginning; it never stands in the WAL alone.
func (k Kind) recognize(place *place) error {
	file, err := os.OpenFile(place.path, os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: %w", ErrUnwritable, err)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w at %s", ErrMissing, place.path)
	case err != nil:
		return err
	}
	defer file.Close() //nolint:errcheck // opened for reading
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if found, _, err := identityOf(info); err != nil || found != place.file {
		return errors.Join(err, ErrMoved)
	}
	var header [100]byte
	if _, err := file.ReadAt(header[:], 0); errors.Is(err, io.EOF) {
		return ErrForeign
	} else if err != nil {
		return err
	}
	const magic, mark = "SQLite format 3\x00", 68
	if string(header[:len(magic)]) != magic || binary.BigEndian.Uint32(header[mark:]) != uint32(k.ApplicationID) { //nolint:gosec // the bits are what counts
		return ErrForeign
	}
	return nil
}
