package sqlite

import (
	"bytes"
	"compress/flate"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

const (
	small = 12 << 20  // bytes, of a volume
	large = 200 << 30 // likewise
)

// reserveBeside makes a directory with room for a reserve, on a volume of a size that has so much free.
func reserveBeside(t *testing.T, path string, size, free int64) reserve {
	t.Helper()
	r, err := lookAtReserve(path)
	if err != nil {
		t.Fatal(err)
	}
	r.volume.Size, r.volume.Free = size, free
	return r
}

func TestReserveHasItsSize(t *testing.T) {
	t.Parallel()
	for volume, want := range map[int64]int64{
		400 << 10: 0, 1 << 20: 0, 2 << 20: 2 << 20 / 20, small: small / 20, 20 << 20: 1 << 20, large: 1 << 20,
	} {
		if got := reserveSize(volume); got != want {
			t.Errorf("volume of %d: got %d, want %d", volume, got, want)
		}
	}
}

func TestReserveIsFilled(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		size, free int64
		umask      int
		want       int64
	}{
		"there is room":         {large, large, 0, 1 << 20},
		"on a small volume":     {small, small, 0, small / 20},
		"twice what it lacks":   {large, 2 << 20, 0, 1 << 20},
		"less than twice":       {large, 2<<20 - 1, 0, 0},
		"on a volume too small": {1 << 20, 1 << 20, 0, 0},
	} {
		path := filepath.Join(t.TempDir(), "things.db")
		if err := reserveBeside(t, path, test.size, test.free).fill(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		r := reserveBeside(t, path, test.size, test.free)
		if r.have != test.want {
			t.Errorf("%s: got %d bytes, want %d", name, r.have, test.want)
		}
		if r.info != nil && r.info.Mode().Perm() != 0o600 {
			t.Errorf("%s: got mode %04o", name, r.info.Mode().Perm())
		}
	}
}

// TestReserveTakesRoom: a reserve that its file system could make smaller would be none.
func TestReserveTakesRoom(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "things.db")
	if err := reserveBeside(t, path, large, large).fill(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(ReserveOf(path))
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	writer, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	_, err = writer.Write(content)
	if err := errors.Join(err, writer.Close()); err != nil || packed.Len() < len(content) {
		t.Errorf("%d bytes can be written as %d, %v", len(content), packed.Len(), err)
	}
}

func TestReserveWithHolesIsFilled(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "things.db")
	if err := os.WriteFile(ReserveOf(path), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(ReserveOf(path), 1<<20); err != nil {
		t.Fatal(err)
	}
	r := reserveBeside(t, path, large, large)
	if r.have != 0 {
		t.Errorf("a file of holes counts as %d bytes", r.have)
	}
	if err := r.fill(); err != nil {
		t.Fatal(err)
	}
	if r = reserveBeside(t, path, large, large); r.have != 1<<20 {
		t.Errorf("got %d bytes", r.have)
	}
}

func TestReserveIsGivenUp(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ free, need, keep, want int64 }{
		"nothing is free":        {0, 100 << 10, 0, 1<<20 - 128<<10},
		"something is free":      {60 << 10, 100 << 10, 0, 1<<20 - 64<<10},
		"all of it":              {0, 8 << 20, 0, 0},
		"but for what is kept":   {0, 8 << 20, 512 << 10, 512 << 10},
		"a little of what there": {0, 1, 0, 1<<20 - 64<<10},
	} {
		path := filepath.Join(t.TempDir(), "things.db")
		if err := reserveBeside(t, path, large, large).fill(); err != nil {
			t.Fatal(err)
		}
		if err := reserveBeside(t, path, large, test.free).give(test.need, test.keep); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := reserveBeside(t, path, large, 0).have; got != test.want {
			t.Errorf("%s: got %d bytes left, want %d", name, got, test.want)
		}
	}
}

// TestReserveIsNoOtherFile: what is truncated is a file of ours.
func TestReserveIsNoOtherFile(t *testing.T) {
	t.Parallel()
	for name, plant := range map[string]func(other, reserve string) error{
		"symbolic link": os.Symlink,
		"hard link":     os.Link,
		"pipe":          func(_, reserve string) error { return syscall.Mkfifo(reserve, 0o600) },
		"directory":     func(_, reserve string) error { return os.Mkdir(reserve, 0o700) },
		"open to all": func(_, reserve string) error {
			return errors.Join(os.WriteFile(reserve, []byte("kept"), 0o600), os.Chmod(reserve, 0o644))
		},
	} {
		directory := t.TempDir()
		path, other := filepath.Join(directory, "things.db"), filepath.Join(directory, "other")
		if err := errors.Join(os.WriteFile(other, []byte("kept"), 0o600), plant(other, ReserveOf(path))); err != nil {
			t.Fatal(err)
		}
		if _, err := lookAtReserve(path); !errors.Is(err, ErrUnsafe) {
			t.Errorf("%s: got %v, want %v", name, err, ErrUnsafe)
		}
		if err := makeRoom(path, 1<<62, true); !errors.Is(err, ErrUnsafe) {
			t.Errorf("%s: making room: got %v, want %v", name, err, ErrUnsafe)
		}
		if content, _ := os.ReadFile(other); string(content) != "kept" {
			t.Errorf("%s: the other file was changed", name)
		}
	}
}
