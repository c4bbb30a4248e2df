package sqlite_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"latchkey/db/internal/sqlite"
)

func TestDefaultMinFree(t *testing.T) {
	t.Parallel()
	for size, want := range map[int64]int64{0: 0, 12 << 20: 12 << 20 / 20, 1280 << 20: 64 << 20, 1 << 50: 64 << 20} {
		if got := sqlite.DefaultMinFree(size); got != want {
			t.Errorf("volume of %d: got %d, want %d", size, got, want)
		}
	}
}

// TestRequireFree reckons with what a transaction may write and with what waits in the WAL.
func TestRequireFree(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	file, err := kindOf(first).Open(ctx, create(t), true)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	volume, err := sqlite.VolumeOf(file.Path)
	if err != nil {
		t.Fatal(err)
	}
	exec := func(query string, args ...any) {
		if _, err := file.Pool.ExecContext(ctx, query, args...); err != nil {
			t.Fatal(err)
		}
	}
	// Other tests write to the volume meanwhile: what is left free is far from any limit that is tried.
	left := func(bytes int64) func(int64) int64 { return func(int64) int64 { return bytes } }
	require := func(cost int64, minFree func(int64) int64) (err error) {
		tx, err := file.Begin(ctx)
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		return file.RequireFree(ctx, tx, cost, minFree)
	}
	half := volume.Free / 2
	for name, test := range map[string]struct {
		cost int64
		left int64
		want error
	}{
		"enough":              {1 << 20, half, nil},
		"it costs too much":   {half + volume.Free/4, half, sqlite.ErrLittleLeft},
		"too little is free":  {0, 2 * volume.Free, sqlite.ErrLittleLeft},
		"nothing is required": {2 * volume.Free, 0, nil},
	} {
		if err := require(test.cost, left(test.left)); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
	if !errors.Is(sqlite.ErrLittleLeft, sqlite.ErrFull) {
		t.Error("little left is not full")
	}
	const waiting = 100
	exec(`INSERT INTO things (name) VALUES (?)`, strings.Repeat("x", waiting*4096))
	info, err := os.Stat(file.Path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > waiting*4096 {
		t.Fatal("nothing waits in the WAL")
	}
	if got := growthOf(ctx, t, file); got < waiting*4096 || got > (waiting+10)*4096 {
		t.Errorf("%d bytes count as waiting, want %d pages", got, waiting)
	}
	file.Prepare(ctx) // there is room: the WAL stays as it is
	if got := growthOf(ctx, t, file); got < waiting*4096 {
		t.Errorf("%d bytes count as waiting, want %d pages", got, waiting)
	}
	exec(`PRAGMA wal_checkpoint(PASSIVE)`)
	if got := growthOf(ctx, t, file); got != 0 {
		t.Errorf("%d bytes count as waiting, want none", got)
	}
}

// growthOf is what an error says is taken from what is free.
func growthOf(ctx context.Context, t *testing.T, file *sqlite.File) int64 {
	t.Helper()
	tx, err := file.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	growth, err := sqlite.GrowthOf(file, tx.QueryRowContext(ctx, `SELECT page_count, page_size FROM pragma_page_count, pragma_page_size`).Scan)
	if err != nil {
		t.Fatal(err)
	}
	return growth
}
