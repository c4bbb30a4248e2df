package sqlite

import (
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// renameNew renames and fails with fs.ErrExist where the new name is taken.
func renameNew(from, to string) error {
	if err := unix.RenamexNp(from, to, unix.RENAME_EXCL); err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}

// syncVolume makes durable all that the file systems have to write.
func syncVolume(*os.File) error { return unix.Sync() }

// allocate gives a file room for so many bytes in all, and leaves its size. It does nothing here.
func allocate(*os.File, int64) error { return nil }

// copiesOnWrite is not asked here.
func copiesOnWrite(*unix.Statfs_t) bool { return false }

// networkName is what a file system is called that is not of this machine, else "".
func networkName(stat *unix.Statfs_t) string {
	if stat.Flags&unix.MNT_LOCAL != 0 {
		return ""
	}
	return unix.ByteSliceToString(stat.Fstypename[:])
}

// chmod gives a file a mode, and follows no link.
func chmod(path string, mode fs.FileMode) error {
	if err := unix.Fchmodat(unix.AT_FDCWD, path, uint32(mode), unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return &os.PathError{Op: "chmod", Path: path, Err: err}
	}
	return nil
}
