// Package servers tells which servers run on a database: each keeps a file beside it that is locked as long as its process is
// there.
package servers

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"latchkey/cmd/internal/private"
)

// Server is what a running server tells of itself; nothing of it is secret. It is part of a contract, docs/json.md.
type Server struct {
	URL       string    `json:"url"` // as clients on its machine call it, or "unix:" and the path of a socket
	PID       int       `json:"pid"` // in the server's namespace
	Version   string    `json:"version"`
	StartedAt time.Time `json:"started_at"`
}

const (
	suffix = "-server-"
	// mostBytes is more than any file of ours has.
	mostBytes = 16 << 10
)

// File is the file of a running server. Close it when the server stops.
type File struct{ file *os.File }

// Announce makes the file of a server, mode 0600, and removes those that servers have left which died. It may be called by one
// process at a time.
func Announce(database string, server Server) (*File, error) {
	removeDead(database)
	content, err := json.Marshal(server)
	if err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(filepath.Dir(database), filepath.Base(database)+suffix)
	if err != nil {
		return nil, fmt.Errorf("telling that a server runs: %w", err)
	}
	err = errors.Join(private.GiveToOwner(file, filepath.Dir(database)), lock(file, syscall.LOCK_EX))
	if err == nil {
		_, err = file.Write(content)
	}
	if err != nil {
		return nil, fmt.Errorf("telling that a server runs: %w", errors.Join(err, os.Remove(file.Name()), file.Close()))
	}
	return &File{file}, nil
}

// Close removes the file; there is none in a nil *File.
func (f *File) Close() error {
	if f == nil {
		return nil
	}
	return errors.Join(os.Remove(f.file.Name()), f.file.Close())
}

// Running lists the servers that run on a database, as far as this user may know of them.
func Running(database string) []Server {
	found := []Server{}
	for _, path := range Files(database) {
		if server, err := read(path); err == nil {
			found = append(found, server)
		}
	}
	return found
}

// Files are the paths of the files of servers beside a database, whether or not these still run.
func Files(database string) []string {
	entries, _ := os.ReadDir(filepath.Dir(database)) // what was read before an error
	var paths []string
	for _, entry := range entries {
		number, ours := strings.CutPrefix(entry.Name(), filepath.Base(database)+suffix)
		if ours && entry.Type().IsRegular() && number != "" && strings.Trim(number, "0123456789") == "" {
			paths = append(paths, filepath.Join(filepath.Dir(database), entry.Name()))
		}
	}
	return paths
}

var errDead = errors.New("its server has ended")

// read reads the file of a server that runs.
func read(path string) (server Server, err error) {
	file, err := open(path)
	if err != nil {
		return Server{}, err
	}
	defer file.Close() //nolint:errcheck // opened for reading
	if err := lock(file, syscall.LOCK_SH); err == nil {
		return Server{}, errDead
	} else if !errors.Is(err, syscall.EWOULDBLOCK) {
		return Server{}, err
	}
	content, err := io.ReadAll(io.LimitReader(file, mostBytes))
	if err == nil {
		err = json.Unmarshal(content, &server)
	}
	return server, err
}

func removeDead(database string) {
	for _, path := range Files(database) {
		file, err := open(path)
		if err != nil {
			continue
		}
		if lock(file, syscall.LOCK_EX) == nil {
			_ = os.Remove(path)
		}
		_ = file.Close()
	}
}

func open(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
}

func lock(file *os.File, how int) error {
	err := syscall.Flock(int(file.Fd()), how|syscall.LOCK_NB)
	for errors.Is(err, syscall.EINTR) {
		err = syscall.Flock(int(file.Fd()), how|syscall.LOCK_NB)
	}
	return err
}
