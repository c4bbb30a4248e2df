package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Volume is the file system that a file is on.
type Volume struct {
	Size int64 // bytes
	Free int64 // bytes that a program without privileges can still write
	cows bool  // it writes nothing in place, and gives room back in the pieces in which it was written
}

// VolumeOf looks at the volume of a file or directory. It is one system call, of a few microseconds.
func VolumeOf(path string) (Volume, error) {
	var stat unix.Statfs_t
	err := unix.Statfs(path, &stat)
	for errors.Is(err, unix.EINTR) {
		err = unix.Statfs(path, &stat)
	}
	if err != nil {
		return Volume{}, fmt.Errorf("looking how much space is left at %s: %w", path, err)
	}
	block := int64(stat.Bsize) //nolint:unconvert // of another type on macOS
	return Volume{
		Size: int64(stat.Blocks) * block, //nolint:gosec // no volume has 2^63 bytes
		Free: int64(stat.Bavail) * block, //nolint:gosec // nor this
		cows: copiesOnWrite(&stat),
	}, nil
}

// DefaultMinFree is how many bytes of a volume are left free unless something else was chosen: the smaller of 64 MiB and a
// twentieth of the volume.
func DefaultMinFree(size int64) int64 { return min(64<<20, size/20) }

// RequireFree returns [ErrLittleLeft] unless the volume has as many bytes left as minFree says for its size, once a
// transaction that may write cost bytes is committed and all that waits in the WAL is in the file. tx is that transaction,
// before its end.
func (f *File) RequireFree(ctx context.Context, tx *sql.Tx, cost int64, minFree func(size int64) int64) error {
	return f.requireFree(func(dest ...any) error { return tx.QueryRowContext(ctx, sizeQuery).Scan(dest...) }, cost, minFree)
}

// sizeQuery is how many pages the file has in a transaction, and how large they are.
const sizeQuery = `SELECT page_count, page_size FROM pragma_page_count, pragma_page_size`

func (f *File) requireFree(scanSize func(dest ...any) error, cost int64, minFree func(size int64) int64) error {
	volume, err := VolumeOf(f.Path)
	if err != nil {
		return err
	}
	left := minFree(volume.Size)
	if left <= 0 {
		return nil
	}
	growth, err := f.growth(scanSize)
	if err != nil {
		return err
	}
	if volume.Free-growth-cost < left {
		return fmt.Errorf("%w (%d KiB are free, and %d KiB stay free)", ErrLittleLeft, max(volume.Free-growth, 0)>>10, left>>10)
	}
	return nil
}

// growth is by how many bytes the file is smaller than what it holds in the transaction: pages that are in the WAL alone.
func (f *File) growth(scanSize func(dest ...any) error) (int64, error) {
	var pages, size int64
	if err := scanSize(&pages, &size); err != nil {
		return 0, Explain(err)
	}
	info, err := os.Stat(f.Path)
	if err != nil {
		return 0, err
	}
	return max(pages*size-info.Size(), 0), nil
}
