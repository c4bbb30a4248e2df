package sqlite

import (
	"os"

	"golang.org/x/sys/unix"
)

// renameNew renames and fails with fs.ErrExist where the new name is taken.
func renameNew(from, to string) error {
	if err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE); err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}

// syncVolume makes durable all that the file system of a file has to write.
func syncVolume(file *os.File) error { return unix.Syncfs(int(file.Fd())) }

// allocate gives a file room for so many bytes in all, and leaves its size.
func allocate(file *os.File, room int64) error {
	return unix.Fallocate(int(file.Fd()), unix.FALLOC_FL_KEEP_SIZE, 0, room)
}

// copiesOnWrite tells whether a file system is btrfs.
func copiesOnWrite(stat *unix.Statfs_t) bool { return stat.Type == unix.BTRFS_SUPER_MAGIC }
