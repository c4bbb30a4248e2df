package sqlite

import (
	"fmt"
	"io/fs"
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

// networkNames are the file systems that several machines write to, by the number that statfs tells.
var networkNames = map[uint32]string{
	unix.AFS_FS_MAGIC: "AFS", unix.AFS_SUPER_MAGIC: "AFS", 0x19830326: "BeeGFS", unix.CEPH_SUPER_MAGIC: "Ceph",
	unix.CIFS_SUPER_MAGIC: "SMB", unix.CODA_SUPER_MAGIC: "Coda", 0x47504653: "GPFS", 0x0bd00bd0: "Lustre", unix.NCP_SUPER_MAGIC: "NCP",
	unix.NFS_SUPER_MAGIC: "NFS", unix.SMB2_SUPER_MAGIC: "SMB", unix.SMB_SUPER_MAGIC: "SMB", unix.V9FS_MAGIC: "9p",
}

// networkName is what a file system is called that several machines write to, else "".
func networkName(stat *unix.Statfs_t) string { return networkNames[uint32(stat.Type)] } //nolint:gosec // all have 32 bits

// chmod gives a file a mode, and follows no link. Linux can since 6.6 (fchmodat2); for an older one the way is by /proc. That does
// not open the file: a descriptor of O_PATH holds no lock.
func chmod(path string, mode fs.FileMode) error {
	if unix.Fchmodat(unix.AT_FDCWD, path, uint32(mode), unix.AT_SYMLINK_NOFOLLOW) == nil {
		return nil
	}
	file, err := unix.Open(path, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: path, Err: err}
	}
	defer unix.Close(file)                                                                  //nolint:errcheck // nothing was written
	if err := unix.Chmod(fmt.Sprintf("/proc/self/fd/%d", file), uint32(mode)); err != nil { // a link's mode cannot be changed
		return &os.PathError{Op: "chmod", Path: path, Err: err}
	}
	return nil
}
