package resource

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"latchkey/perms/errorkind"
	"os"
	"path/filepath"
)

// ErrOutputFile: what stands where a file is to be written is none that may be replaced.
var ErrOutputFile = errorkind.State.New("is no regular file, and is left alone")

// checkOutputFile reports whether a regular file stands where one is to be written. A symbolic link, a device or a directory
// is refused (C4).
func checkOutputFile(path string) (there bool, err error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("writing %s: %w", path, err)
	case !info.Mode().IsRegular():
		return false, fmt.Errorf("writing %s: it %w", path, ErrOutputFile)
	}
	return true, nil
}

// writeOutput writes a file, mode 0600, whole and durable or not at all: under another name beside it, which is renamed
// once it is on disk. A file of the name is replaced: see checkOutputFile.
func writeOutput(path string, write func(out io.Writer) error) error {
	directory := filepath.Dir(path)
	file, err := os.CreateTemp(directory, "."+filepath.Base(path)+".new-*") // mode 0600 whatever the umask adds
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	err = write(file)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, errors.Join(err, os.Remove(file.Name())))
	}
	return syncFolder(directory)
}

// syncFolder makes the names in a folder durable.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("flushing %s: %w", path, err)
	}
	if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
		return fmt.Errorf("flushing %s: %w", path, err)
	}
	return nil
}
