package data_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"latchkey/db/data"
	"latchkey/perms/verifiedtime"
)

func wantMark(t *testing.T, when string, got verifiedtime.Mark, at time.Time, reset int64) {
	t.Helper()
	if !got.At.Equal(at) || got.Reset != reset {
		t.Errorf("%s: got %v, reset %d; want %v, reset %d", when, got.At.UTC(), got.Reset, at, reset)
	}
}

// TestClockMark: it only rises, but where a reset of the clock has made it void.
func TestClockMark(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data.db")
	file, _ := open(t, path)
	none, err := file.ClockMark(t.Context())
	must(t, err)
	if none != (verifiedtime.Mark{}) {
		t.Errorf("got %+v in a new file, want none", none)
	}
	inMemory := verifiedtime.Mark{At: start}
	for _, test := range []struct {
		when      string
		at        time.Duration
		reset     int64
		want      time.Duration
		wantReset int64
	}{
		{"the first", 0, 0, 0, 0},
		{"later", time.Hour, 0, time.Hour, 0},
		{"earlier", time.Minute, 0, time.Hour, 0},
		{"earlier, after a reset", time.Minute, 7, time.Minute, 7},
		{"later, by who knows of no reset", 2 * time.Hour, 0, time.Minute, 7},
		{"later, after the reset", 3 * time.Hour, 7, 3 * time.Hour, 7},
	} {
		got, err := file.RaiseClockMark(t.Context(), verifiedtime.Mark{At: start.Add(test.at), Reset: test.reset})
		must(t, err)
		wantMark(t, test.when, got, start.Add(test.want), test.wantReset)
		stored, err := file.ClockMark(t.Context())
		must(t, err)
		wantMark(t, test.when+", read again", stored, start.Add(test.want), test.wantReset)
		inMemory = inMemory.Raise(verifiedtime.Mark{At: start.Add(test.at), Reset: test.reset})
		wantMark(t, test.when+", in memory", inMemory, start.Add(test.want), test.wantReset)
	}
	reader, err := data.OpenReadOnly(t.Context(), path)
	must(t, err)
	defer reader.Close()
	read, err := reader.ClockMark(t.Context())
	must(t, err)
	wantMark(t, "for reading alone", read, start.Add(3*time.Hour), 7)
	if _, err := reader.RaiseClockMark(t.Context(), read); !errors.Is(err, data.ErrReadOnly) {
		t.Errorf("got %v, want ErrReadOnly", err)
	}
}
