package sqlite

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// A file of a kind with a reserve has one beside it: a file that holds nothing and takes room, which is given up for
// writes that must succeed on a full disk (D12), and taken again when there is room.
const (
	reserveSuffix = "-reserve"
	// mostReserve is what it takes where the volume is large enough. Measured: taking access from a user
	// writes 24 to 90 KiB to the WAL, see docs/operations.md.
	mostReserve = 1 << 20
	// leastReserve is the smallest that is worth making: the WAL and its index take half of it when they begin.
	leastReserve = 64 << 10
	// openRoom is what the WAL and its index take when they begin.
	openRoom = 48 << 10
	// reserveStep is in what steps it is given up.
	reserveStep = 64 << 10
)

// reserveSize is how large the reserve is to be on a volume of a size.
func reserveSize(volume int64) int64 {
	if size := min(mostReserve, volume/20); size >= leastReserve {
		return size
	}
	return 0
}

// reserve is the room that a file has beside it.
type reserve struct {
	path   string      // of the file that it is for
	volume Volume      // when it was looked at
	have   int64       // bytes that giving it up would free
	info   fs.FileInfo // nil: there is none
}

// lookAtReserve finds what the reserve of a file has.
func lookAtReserve(path string) (reserve, error) {
	r := reserve{path: path}
	volume, err := VolumeOf(filepath.Dir(path))
	if err != nil {
		return r, err
	}
	r.volume = volume
	_, err = inspect(r.name())
	if errors.Is(err, ErrMissing) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	if r.info, err = os.Lstat(r.name()); err != nil {
		return r, err
	}
	r.have = r.info.Size()
	if stat, ok := r.info.Sys().(*syscall.Stat_t); ok { // it has holes where a writer was ended
		r.have = min(r.have, stat.Blocks*512)
	}
	return r, nil
}

func (r reserve) name() string { return ReserveOf(r.path) }

// ReserveOf is the path of the reserve of the file at path.
func ReserveOf(path string) string { return path + reserveSuffix }

func (r reserve) open(flags int) (*os.File, error) {
	return os.OpenFile(r.name(), os.O_WRONLY|syscall.O_NOFOLLOW|flags, 0o600)
}

// fill makes the reserve as large as it is to be, where at least twice of what it lacks is free. What it holds is random:
// there are file systems on which zeros take no room.
func (r reserve) fill() (err error) {
	wanted := reserveSize(r.volume.Size)
	if missing := wanted - r.have; missing <= 0 || r.volume.Free < 2*missing {
		return nil
	}
	file, err := r.open(os.O_CREATE)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if r.info == nil {
		if err := errors.Join(file.Chmod(0o600), giveToOwner(file, filepath.Dir(r.path))); err != nil {
			return err
		}
	}
	if err := r.write(file, wanted); err != nil {
		return errors.Join(err, file.Truncate(r.have)) // others have taken the room
	}
	return nil
}

func (r reserve) write(file *os.File, size int64) error {
	for size > 0 {
		written, err := io.CopyN(file, rand.Reader, min(size, reserveStep))
		if err == nil && r.volume.cows {
			err = file.Sync()
		}
		if err != nil {
			return err
		}
		size -= written
	}
	return nil
}

// give gives up as much of the reserve as it takes to have so many bytes free, but keeps so many.
func (r reserve) give(need, keep int64) error {
	missing := need - r.volume.Free
	left := max(r.have-(missing+reserveStep-1)/reserveStep*reserveStep, keep)
	file, err := r.open(0)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // nothing was written
	if err := errors.Join(file.Truncate(left), file.Sync()); err != nil {
		return err
	}
	// Some file systems, such as btrfs, let nobody have the room before all that they have to write is durable.
	if volume, err := VolumeOf(filepath.Dir(r.path)); err == nil && volume.Free < need {
		return syncVolume(file)
	}
	return nil
}

// MakeRoom sees to it that so many bytes can be written, as far as giving up the reserve of the file helps: all of it, or
// the half that anybody's writes may have. An error means that nothing is known of the room; the write tells.
func (f *File) MakeRoom(need int64, all bool) error { return makeRoom(f.Path, need, all) }

func makeRoom(path string, need int64, all bool) error {
	r, err := lookAtReserve(path)
	if err != nil || r.volume.Free >= need {
		return err
	}
	var keep int64
	if !all {
		keep = reserveSize(r.volume.Size) / 2
	}
	if r.have <= keep {
		return nil
	}
	return r.give(need, keep)
}

// makeRoomToOpen sees to it that a file can be opened on a full disk: the first who does makes the WAL and its index.
func (p *place) makeRoomToOpen() {
	if sides, err := inspectSides(p.path); err == nil && sides.index == (identity{}) {
		_ = makeRoom(p.path, openRoom, true) // SQLite tells better what fails
	}
}

// littleFree is when a disk counts as nearly full: a WAL may grow by as much before it is moved into its file.
const littleFree = 4 << 20

// Prepare is for a moment in which a writable file has no transaction. It makes the reserve, if the file has one, as large
// as it is to be, as far as there is room. Where little is left, it moves the WAL into the file: what is written next begins
// the WAL anew and needs no room, and a stop gives its room back. Whatever it cannot do, it leaves.
func (f *File) Prepare(ctx context.Context) {
	if f.reserve {
		if r, err := lookAtReserve(f.Path); err == nil {
			_ = errors.Join(r.fill(), r.fillLog()) // 'latchkey doctor' tells what is missing
		}
	}
	if volume, err := VolumeOf(f.Path); err == nil && volume.Free < littleFree {
		_, _ = f.Pool.ExecContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`)
	}
}

// fillLog has the file system give the WAL its room beforehand, where it can: nobody else can take that, and who has no
// privileges has it although programs of root's have taken what ext4 keeps for them.
func (r reserve) fillLog() error {
	info, err := os.Lstat(r.path + "-wal")
	if err != nil {
		return err
	}
	wanted := info.Size() + reserveSize(r.volume.Size)
	stat, ok := info.Sys().(*syscall.Stat_t)
	if missing := wanted - stat.Blocks*512; !ok || r.volume.cows || missing < reserveStep || r.volume.Free < 2*missing {
		return nil
	}
	file, err := os.OpenFile(r.path+"-wal", os.O_WRONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	return errors.Join(allocate(file, wanted), file.Close())
}

// Disk says what room a file has.
type Disk struct {
	Volume
	Reserve       int64 // bytes that its reserve has
	ReserveWanted int64 // and that it is to have: none on a volume that is too small for one
}

// DiskOf looks at the room of the file at path.
func DiskOf(path string) (Disk, error) {
	r, err := lookAtReserve(path)
	return Disk{r.volume, r.have, reserveSize(r.volume.Size)}, err
}
