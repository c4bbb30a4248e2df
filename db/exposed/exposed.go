// Package exposed finds the files of a database that others than their owner can use, or that have another name, as programs for
// backups, containers and people make them so. It closes those that others could only read: what they have read cannot be taken
// back, and what is in them is as it was written. The others are refused until somebody has looked what is in them (D10).
package exposed

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"latchkey/db"
	"latchkey/db/data"
	"latchkey/db/internal/sqlite"
)

// File is who can use a file, and whether this user may mend that.
type File = sqlite.Exposure

// Files are the paths of a database and of what belongs to it, whether or not it is there.
func Files(database string) []string {
	var paths []string
	for _, file := range []string{database, data.PathBeside(database)} {
		paths = append(paths, file, file+"-wal", file+"-shm")
	}
	return append(paths, db.ReserveOf(database))
}

// Among lists those of some paths that others can use, or that have another name. What is not there, or cannot be looked at, is
// for whoever opens it to refuse.
func Among(paths ...string) []File {
	var found []File
	for _, path := range paths {
		if file, err := sqlite.ExposureOf(path); err == nil && (file.Open() || file.Linked()) {
			found = append(found, file)
		}
	}
	return found
}

// Unsafe is one [db.ErrUnsafe] of all these files, with what the user who reads it can do; nil where there are none.
func Unsafe(files ...File) error { return sqlite.Unsafe(files...) }

// Secure closes those of some files that others could only read, if this user may, and returns them. [db.ErrUnsafe] of all that
// others could write, or that cannot be closed; then nothing was changed.
func Secure(paths ...string) (closed []File, err error) {
	var refused []File
	for _, file := range Among(paths...) {
		if file.Writable() || !file.Mendable() || file.Linked() {
			refused = append(refused, file)
		} else {
			closed = append(closed, file)
		}
	}
	if refused != nil {
		return nil, Unsafe(append(refused, closed...)...)
	}
	for _, file := range closed {
		if failed := file.Close(); failed != nil && !errors.Is(failed, fs.ErrNotExist) { // a side file may have gone meanwhile
			err = errors.Join(err, failed)
		}
	}
	if err != nil {
		err = fmt.Errorf("%w (%w)", Unsafe(closed...), err)
	}
	return closed, err
}

// InWords says that files were closed.
func InWords(closed []File) string {
	names := make([]string, len(closed))
	for i, file := range closed {
		names[i] = file.String()
	}
	return "others could read " + strings.Join(names, ", ") + ": closed now (mode 0600)"
}
