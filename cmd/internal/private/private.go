// Package private reads and writes files for their owner alone: what a server has beside its database (keys, certificates
// and the first token) and what is exported.
//
// Numbers such as C4 are requirements: see docs/requirements.md.
package private

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// ErrUnsafe: the file is a link, no regular file, or open to others.
var ErrUnsafe = errors.New("unsafe file")

// Modes of a file that [Write] makes.
const (
	Secret = 0o600
	Public = 0o644
)

// Mode bits that [Read] refuses: OpenToOthers are those that a secret may not have, WritableByOthers those that no file of
// ours may have.
const (
	OpenToOthers     = 0o077
	WritableByOthers = 0o022
)

// maxFileSize is far more than any key, certificate chain or token needs, in bytes.
const maxFileSize = 1 << 20

// Write gives path this content and mode, whole and durable or not at all. What stood there is replaced, a
// symbolic link itself and not what it names (C4).
func Write(path string, content []byte, mode fs.FileMode) error {
	return replace(path, func(file *os.File) error {
		_, err := file.Write(content)
		if err == nil {
			err = file.Chmod(mode)
		}
		if err == nil {
			err = GiveToOwner(file, filepath.Dir(path))
		}
		return err
	})
}

// Export is [Write] for what a person takes out, of any size: mode 0600, and the file belongs to whoever makes it.
func Export(path string, write func(out io.Writer) error) error {
	return replace(path, func(file *os.File) error { return write(file) })
}

// replace fills a file under another name beside path, which is renamed once it is on disk.
func replace(path string, fill func(file *os.File) error) error {
	directory := filepath.Dir(path)
	file, err := os.CreateTemp(directory, "."+filepath.Base(path)+".new-*") // mode 0600 whatever the umask adds
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	err = fill(file)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, errors.Join(err, os.Remove(file.Name())))
	}
	return syncDirectory(directory)
}

// GiveToOwner lets what root makes in a service's directory belong to the service, which must read it later (D10).
func GiveToOwner(file *os.File, directory string) error {
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

// Read reads a file that this server, or an earlier one, wrote beside the database. [ErrUnsafe] when it is a
// symbolic link, no regular file, or has one of the forbidden mode bits; fs.ErrNotExist when there is none.
func Read(path string, forbidden fs.FileMode) ([]byte, error) {
	// O_NONBLOCK: a named pipe in its place must not make the server wait for a writer.
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.ELOOP) {
		return nil, fmt.Errorf("%w: %s is a symbolic link: remove it", ErrUnsafe, path)
	}
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // opened for reading
	return ReadOpen(file, forbidden)
}

// ReadOpen reads an open file. What is checked is the file that is read, not whatever has its name a moment later.
func ReadOpen(file *os.File, forbidden fs.FileMode) ([]byte, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: %s is not a regular file", ErrUnsafe, file.Name())
	}
	if info.Mode().Perm()&forbidden != 0 {
		return nil, Exposed(file.Name(), info, fmt.Sprintf("run 'chmod 600 %s'", file.Name()))
	}
	content, err := io.ReadAll(io.LimitReader(file, maxFileSize+1))
	if err == nil && len(content) > maxFileSize {
		err = fmt.Errorf("%s is larger than %d bytes", file.Name(), maxFileSize)
	}
	return content, err
}

// Exposed is [ErrUnsafe] of a file that others can use, with what to do about that. That is only told to a user who may do it.
func Exposed(path string, info fs.FileInfo, remedy string) error {
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && os.Geteuid() != 0 && os.Geteuid() != int(owner.Uid) {
		remedy = "only its owner or root can close it"
	}
	return fmt.Errorf("%w: others can use %s (mode %04o): %s", ErrUnsafe, path, info.Mode().Perm(), remedy)
}

// SetMode gives a file a mode, and follows no link.
func SetMode(path string, mode fs.FileMode) error {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	return errors.Join(file.Chmod(mode), file.Close())
}

// KeyMode are the mode bits that a private key may not have, by whose it is: one of root's is rightly readable by the group of a
// service that is not root, as PostgreSQL has it (H9a).
func KeyMode(info fs.FileInfo) fs.FileMode {
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return OpenToOthers
	}
	return keyMode(int(owner.Uid), os.Geteuid())
}

func keyMode(owner, user int) fs.FileMode {
	if owner == 0 && user != 0 {
		return OpenToOthers &^ groupMayRead
	}
	return OpenToOthers
}

const groupMayRead = 0o040
