package sqlite

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// refuseNetwork returns [ErrUnsafe] and [ErrNetwork] where the file or directory is on a file system that other machines can write to as well.
// SQLite's WAL needs memory that all who have the file open share, and no machine shares it with another: a server there would
// not see that a token was revoked. Where this cannot be told, as of FUSE, nothing is refused.
func refuseNetwork(path string) error {
	var stat unix.Statfs_t
	err := unix.Statfs(path, &stat)
	for errors.Is(err, unix.EINTR) {
		err = unix.Statfs(path, &stat)
	}
	if err != nil {
		return nil //nolint:nilerr // what is wrong with the path is told where it is used
	}
	if name := networkName(&stat); name != "" {
		return fmt.Errorf("%w: %s is %w (%s), where a server could miss that a token was revoked: keep it on a local disk",
			ErrUnsafe, path, ErrNetwork, name)
	}
	return nil
}
