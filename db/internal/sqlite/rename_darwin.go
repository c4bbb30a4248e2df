package sqlite

import (
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
