package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// identity tells one file from another that was put in its place.
type identity struct {
	device, inode uint64
}

// longestPath is how many bytes the path of a file may have. SQLite takes 512, and of these a file that is being made needs
// some for its temporary name, and SQLite for those of its side files.
const longestPath = 480

func checkLength(path string) error {
	if len(path) > longestPath {
		return fmt.Errorf("%w: it has %d bytes, and SQLite takes %d here: choose a shorter one", ErrTooLong, len(path), longestPath)
	}
	return nil
}

// inspect checks that path is a plain file of ours alone: no link, one name, and neither readable nor writable by
// others (D10). It looks at names only and never opens the file: closing it would drop SQLite's locks (D8).
func inspect(path string) (identity, error) {
	found, info, err := look(path)
	if err != nil {
		return found, err
	}
	exposure, err := exposureOf(path, info)
	if err == nil {
		err = Unsafe(exposure)
	}
	return found, err
}

// look checks that path is a plain file, whoever can use it.
func look(path string) (identity, fs.FileInfo, error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = fmt.Errorf("%w at %s", ErrMissing, path)
	case errors.Is(err, fs.ErrPermission):
		err = fmt.Errorf("%w: %w", ErrUnwritable, err)
	case err != nil:
	case info.Mode()&fs.ModeSymlink != 0:
		err = fmt.Errorf("%w: %s is a symbolic link: name the file itself", ErrUnsafe, path)
	case !info.Mode().IsRegular():
		err = fmt.Errorf("%w: %s is not a regular file", ErrUnsafe, path)
	}
	if err != nil {
		return identity{}, nil, err
	}
	found, err := identityOf(info)
	return found, info, err
}

// identityOf tells which file it is.
func identityOf(info fs.FileInfo) (identity, error) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return identity{}, fmt.Errorf("%w: %s: the file system does not tell which file it is", ErrUnsafe, info.Name())
	}
	return identityOfStat(stat), nil
}

func identityOfStat(stat *syscall.Stat_t) identity {
	return identity{device: uint64(stat.Dev), inode: stat.Ino} //nolint:unconvert // of another type on macOS
}

// newFile makes an empty 0600 file under a temporary name beside path, whatever the umask, and returns its name.
// A file that root makes in a service's directory belongs to the directory's owner. What killed processes left behind
// here for the same path is removed.
func newFile(path string) (string, error) {
	if err := checkLength(path); err != nil {
		return "", err
	}
	directory := filepath.Dir(path)
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnwritable, err)
	}
	if err := refuseNetwork(directory); err != nil {
		return "", err
	}
	file, err := os.CreateTemp(directory, temporaryPrefix(path)+"*")
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnwritable, err)
	}
	defer file.Close() //nolint:errcheck // nothing was written
	if err := errors.Join(file.Chmod(0o600), giveToOwner(file, directory)); err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	removeLeftOvers(file, directory, temporaryPrefix(path))
	return file.Name(), nil
}

func temporaryPrefix(path string) string { return "." + filepath.Base(path) + ".new-" }

// leftOverAge is how much older than a new file an unfinished one must be to count as left over: nobody takes an hour.
const leftOverAge = time.Hour

// removeLeftOvers removes unfinished files, and their side files, that are much older than the new one. The file system
// has set both times, so no clock of ours counts. What cannot be removed stands in nobody's way.
func removeLeftOvers(fresh *os.File, directory, prefix string) {
	now, err := fresh.Stat()
	if err != nil {
		return
	}
	entries, _ := os.ReadDir(directory) // what was read before an error
	for _, entry := range entries {
		number, ours := strings.CutPrefix(entry.Name(), prefix)
		if !ours || !entry.Type().IsRegular() || strings.IndexAny(number, "0123456789") != 0 {
			continue
		}
		if info, err := entry.Info(); err == nil && now.ModTime().Sub(info.ModTime()) > leftOverAge {
			_ = os.Remove(filepath.Join(directory, entry.Name()))
		}
	}
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

// publish gives a finished file its name, never replacing another one, and makes both durable. SQLite would take side
// files that another file has left behind for those of this one, and write them into it.
func publish(temporary, path string) error {
	standing, err := identityAt(path)
	if err == nil && standing != (identity{}) { // then its side files are its own
		err = ErrExists
	}
	if err == nil {
		err = refuseSides(path)
	}
	if err != nil {
		return err
	}
	if err := syncPath(temporary); err != nil {
		return err
	}
	err = renameNew(temporary, path)
	if errors.Is(err, fs.ErrExist) {
		return ErrExists
	}
	if err != nil {
		return err
	}
	return syncPath(filepath.Dir(path))
}

func refuseSides(path string) error {
	sides, err := inspectSides(path)
	if err == nil && sides != (sideFiles{}) {
		err = fmt.Errorf("%w: %s-wal or %[2]s-shm, left by a file of that name: move them to where it is", ErrExists, path)
	}
	return err
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

// Exists tells whether anything has the name of the file.
func (Kind) Exists(path string) (bool, error) {
	found, err := identityAt(path)
	return found != (identity{}), err
}
