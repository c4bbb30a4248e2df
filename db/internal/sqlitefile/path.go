package sqlitefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// identity tells one file from another that was put in its place.
type identity struct {
	device, inode uint64
}

// inspect checks that path is a plain file of ours alone: no link, one name, and neither readable nor writable by
// others (D10). It looks at names only and never opens the file: closing it would drop SQLite's locks (D8).
func inspect(path string) (identity, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return identity{}, fmt.Errorf("%w at %s", ErrMissing, path)
	}
	if errors.Is(err, fs.ErrPermission) {
		return identity{}, fmt.Errorf("%w: %w", ErrUnwritable, err)
	}
	if err != nil {
		return identity{}, err
	}
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return identity{}, fmt.Errorf("%w: %s is a symbolic link: name the file itself", ErrUnsafe, path)
	case !info.Mode().IsRegular():
		return identity{}, fmt.Errorf("%w: %s is not a regular file", ErrUnsafe, path)
	case info.Mode().Perm()&0o077 != 0:
		return identity{}, fmt.Errorf("%w: %s is open to others (mode %04o): run 'chmod 600' on it", ErrUnsafe, path, info.Mode().Perm())
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return identity{}, fmt.Errorf("%w: %s: the file system does not tell its links", ErrUnsafe, path)
	}
	if stat.Nlink != 1 {
		return identity{}, fmt.Errorf("%w: %s has %d names (hard links): remove the others", ErrUnsafe, path, stat.Nlink)
	}
	return identity{device: uint64(stat.Dev), inode: stat.Ino}, nil //nolint:unconvert // Dev is an int32 on macOS
}

// newFile makes an empty 0600 file under a temporary name beside path, whatever the umask, and returns its name.
// A file that root makes in a service's directory belongs to the directory's owner.
func newFile(path string) (string, error) {
	directory := filepath.Dir(path)
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnwritable, err)
	}
	file, err := os.CreateTemp(directory, "."+filepath.Base(path)+".new-*")
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnwritable, err)
	}
	defer file.Close() //nolint:errcheck // nothing was written
	if err := errors.Join(file.Chmod(0o600), giveToOwner(file, directory)); err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}

func giveToOwner(file *os.File, directory string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(directory)
	if err != nil {
		return err
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Uid != 0 {
		return file.Chown(int(stat.Uid), int(stat.Gid))
	}
	return nil
}

// publish gives a finished file its name, never replacing another one, and makes both durable.
func publish(temporary, path string) error {
	if err := syncPath(temporary); err != nil {
		return err
	}
	err := renameNew(temporary, path)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: %s", ErrExists, path)
	}
	if err != nil {
		return err
	}
	return syncPath(filepath.Dir(path))
}

// syncPath flushes a file or directory that no database connection of this process has open.
func syncPath(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // opened for reading
	return file.Sync()
}

// remove forgets an unfinished file and its side files.
func remove(path string) {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		_ = os.Remove(path + suffix)
	}
}
