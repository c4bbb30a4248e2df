package resource

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"latchkey/perms/errorkind"
)

// ErrOutputFile: what stands where a file is to be written is none that may be replaced.
var ErrOutputFile = errorkind.State.New("is no regular file, and is left alone")

// checkOutputFile reports whether a regular file stands where one is to be written. A symbolic link, a device or a directory
// is refused (C4).
func checkOutputFile(path string) (there bool, err error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("writing %s: %w", path, err)
	case !info.Mode().IsRegular():
		return false, fmt.Errorf("writing %s: it %w", path, ErrOutputFile)
	}
	return true, nil
}
