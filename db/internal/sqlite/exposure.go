package sqlite

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"strings"
	"syscall"
)

// Exposure is who can use a file besides its owner.
type Exposure struct {
	Path  string
	Mode  fs.FileMode // permission bits; those of the group are also the mask of an access control list
	Owner uint32      // user ID
	Names uint64      // hard links
}

// Mode bits of others than the owner.
const (
	openToOthers     = 0o077
	writableByOthers = 0o022
)

// ExposureOf looks at a regular file. fs.ErrNotExist where there is none: something else is for whoever opens it to refuse.
func ExposureOf(path string) (Exposure, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return Exposure{}, err
	}
	if !info.Mode().IsRegular() {
		return Exposure{}, &fs.PathError{Op: "looking at", Path: path, Err: fs.ErrNotExist}
	}
	return exposureOf(path, info)
}

func exposureOf(path string, info fs.FileInfo) (Exposure, error) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return Exposure{}, fmt.Errorf("%w: %s: the file system does not tell whose it is", ErrUnsafe, path)
	}
	return Exposure{Path: path, Mode: info.Mode().Perm(), Owner: stat.Uid, Names: uint64(stat.Nlink)}, nil //nolint:unconvert // of another type on macOS
}

// Open tells whether others can do anything with the file.
func (e Exposure) Open() bool { return e.Mode&openToOthers != 0 }

// Writable tells whether others can change the file.
func (e Exposure) Writable() bool { return e.Mode&writableByOthers != 0 }

// Linked tells whether the file has another name.
func (e Exposure) Linked() bool { return e.Names > 1 }

// Mendable tells whether this user may close the file.
func (e Exposure) Mendable() bool {
	id := os.Geteuid()
	return id == 0 || id == int(e.Owner)
}

// Close closes the file to others. It follows no link, and opens nothing (D8).
func (e Exposure) Close() error { return chmod(e.Path, 0o600) }

// Reopen gives the file the mode back that it had.
func (e Exposure) Reopen() error { return chmod(e.Path, e.Mode) }

// String is the file with its mode.
func (e Exposure) String() string { return fmt.Sprintf("%s (mode %04o)", e.Path, e.Mode) }

// InWords is the file with all that is wrong.
func (e Exposure) InWords() string {
	if !e.Linked() {
		return e.String()
	}
	return fmt.Sprintf("%s (mode %04o, %d hard links)", e.Path, e.Mode, e.Names)
}

// Unsafe is one [ErrUnsafe] of all files that others can use or that have another name, with what the user who reads it can do
// about that; nil where there are none.
func Unsafe(files ...Exposure) error {
	var writable, readable, paths, foreign, said []string
	var owner string
	for _, e := range files {
		switch {
		case e.Open() && !e.Mendable():
			foreign, owner = append(foreign, e.String()), e.ownerName()
		case e.Writable():
			writable = append(writable, e.String())
		case e.Open():
			readable, paths = append(readable, e.String()), append(paths, e.Path)
		}
		if e.Linked() {
			said = append(said, fmt.Sprintf("%s has %d names (hard links): 'find / -samefile %[1]s' lists them: remove the others", e.Path, e.Names))
		}
	}
	say := func(what string, names []string, remedy string) {
		if names != nil {
			said = append(said, what+strings.Join(names, ", ")+": "+remedy)
		}
	}
	if writable != nil && readable != nil { // one command for both
		readable[0] = "and read " + readable[0]
		writable, readable = append(writable, readable...), nil
	}
	say("others can write ", writable, "'latchkey doctor --fix' looks whether all is in order, and closes what is")
	say("others can read ", readable, "run 'chmod 600 "+strings.Join(paths, " ")+"'")
	say("others can use ", foreign, "only the owner, user "+owner+", or root can close that")
	if said == nil {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrUnsafe, strings.Join(said, "; "))
}

// ownerName is the name of the owner, or its number.
func (e Exposure) ownerName() string {
	id := strconv.FormatUint(uint64(e.Owner), 10)
	if account, err := user.LookupId(id); err == nil {
		return account.Username
	}
	return id
}
