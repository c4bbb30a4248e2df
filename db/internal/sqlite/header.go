package sqlite

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

// claim is what this process has of one file.
type claim struct {
	count   int                 // of those who have it open
	indexes map[identity]*index // its WAL-index; more than one only where that was replaced
}

// claimed are the files that this process has open by what they are. SQLite's locks are the process's: closing any
// descriptor of a file drops all of them, so ours must be closed before SQLite has its first (D8).
var claimed = struct {
	sync.Mutex
	files map[identity]*claim
}{files: map[identity]*claim{}}

// claim looks whether the file at a place is of this kind, before SQLite has it: opened and closed by SQLite, another
// program's database would lose its WAL. A file that this process has open already is left to SQLite, which closes it
// without a trace as long as that one lasts. The claim is to be released after the last connection is closed.
func (k Kind) claim(place *place) (release func(), err error) {
	claimed.Lock()
	defer claimed.Unlock()
	if claimed.files[place.file] == nil {
		if err := k.recognize(place); err != nil {
			return nil, err
		}
		claimed.files[place.file] = &claim{indexes: map[identity]*index{}}
	}
	claimed.files[place.file].count++
	return sync.OnceFunc(func() { unclaim(place.file) }), nil
}

// unclaim forgets a file with the last who had it open, whose connections are closed.
func unclaim(file identity) {
	claimed.Lock()
	defer claimed.Unlock()
	claim := claimed.files[file]
	if claim.count--; claim.count > 0 {
		return
	}
	for _, index := range claim.indexes {
		_ = syscall.Close(index.descriptor) // it was only read
	}
	delete(claimed.files, file)
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
	if found, err := identityOf(info); err != nil || found != place.file {
		return errors.Join(err, ErrMoved)
	}
	var header [100]byte
	if _, err := file.ReadAt(header[:], 0); errors.Is(err, io.EOF) {
		return ErrForeign
	} else if err != nil {
		return err
	}
	const magic, mark = "SQLite format 3\x00", 68
	found := int32(binary.BigEndian.Uint32(header[mark:])) //nolint:gosec // the bits are what counts
	if string(header[:len(magic)]) != magic || found != k.mark(false) && found != k.mark(true) {
		return ErrForeign
	}
	return nil
}
