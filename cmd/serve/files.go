package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const (
	// maxFileSize is far more than any key, certificate chain or token needs.
	maxFileSize = 1 << 20

	modeSecret = 0o600
	modePublic = 0o644

	// openToOthers are the mode bits that a secret may not have; writableByOthers those that no file of ours may have.
	openToOthers     = 0o077
	writableByOthers = 0o022
)

// writeFile gives path this content and mode, whole and durable or not at all. What stood there is replaced, a
// symbolic link itself and not what it names (C4).
func writeFile(path string, content []byte, mode fs.FileMode) error {
	directory := filepath.Dir(path)
	file, err := os.CreateTemp(directory, "."+filepath.Base(path)+".new-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	err = fill(file, directory, content, mode)
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, errors.Join(err, os.Remove(file.Name())))
	}
	return syncDirectory(directory)
}

func fill(file *os.File, directory string, content []byte, mode fs.FileMode) error {
	_, err := file.Write(content)
	if err == nil {
		err = file.Chmod(mode)
	}
	if err == nil {
		err = giveToOwner(file, directory)
	}
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// giveToOwner lets what root makes in a service's directory belong to the service, which must read it later (D10).
func giveToOwner(file *os.File, directory string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(directory)
	if err != nil {
		return err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && owner.Uid != 0 {
		return file.Chown(int(owner.Uid), int(owner.Gid))
	}
	return nil
}

func syncDirectory(path string) error {
	directory, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("flushing %s: %w", path, err)
	}
	if err := errors.Join(directory.Sync(), directory.Close()); err != nil {
		return fmt.Errorf("flushing %s: %w", path, err)
	}
	return nil
}

// readOwnFile reads a file that this server, or an earlier one, wrote beside the database. [ErrUnsafe] when it is a
// symbolic link, no regular file, or has one of the forbidden mode bits; fs.ErrNotExist when there is none.
func readOwnFile(path string, forbidden fs.FileMode) ([]byte, error) {
	// O_NONBLOCK: a named pipe in its place must not make the server wait for a writer.
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.ELOOP) {
		return nil, fmt.Errorf("%w: %s is a symbolic link: remove it", ErrUnsafe, path)
	}
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // opened for reading
	return readChecked(file, forbidden)
}

// readChecked reads an open file. What is checked is the file that is read, not whatever has its name a moment later.
func readChecked(file *os.File, forbidden fs.FileMode) ([]byte, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: %s is not a regular file", ErrUnsafe, file.Name())
	}
	if mode := info.Mode().Perm(); mode&forbidden != 0 {
		advice := "run 'chmod 600' on it"
		if forbidden == writableByOthers {
			advice = "run 'chmod 644' on it"
		}
		return nil, fmt.Errorf("%w: %s is open to others (mode %04o): %s", ErrUnsafe, file.Name(), mode, advice)
	}
	content, err := io.ReadAll(io.LimitReader(file, maxFileSize+1))
	if err == nil && len(content) > maxFileSize {
		err = fmt.Errorf("%s is larger than %d bytes", file.Name(), maxFileSize)
	}
	return content, err
}

const (
	lockTries = 500
	lockPause = 20 * time.Millisecond
)

// lockDirectory keeps other starting servers out of the directory until unlock is called. It locks the directory
// itself, so no lock file is left behind; a dead process holds nothing.
func lockDirectory(ctx context.Context, path string) (unlock func() error, err error) {
	directory, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	pause := time.NewTicker(lockPause)
	defer pause.Stop()
	for range lockTries {
		err = syscall.Flock(int(directory.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			break
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), directory.Close())
		case <-pause.C:
		}
	}
	if err != nil {
		return nil, fmt.Errorf("locking %s: another program holds it: %w", path, errors.Join(err, directory.Close()))
	}
	return directory.Close, nil
}
