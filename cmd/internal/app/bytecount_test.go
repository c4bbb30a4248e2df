package app_test

import (
	"testing"

	"latchkey/cmd/internal/app"
)

func TestByteCount(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"0": 0, "500000": 500_000, "64K": 64 << 10, "10M": 10 << 20, "3G": 3 << 30} {
		var got app.ByteCount
		if err := got.Set(text); err != nil || int64(got) != want {
			t.Errorf("%s: got %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "K", "-1", "1.5M", "10MB", "10 M", "8589934592G", "x"} {
		if got := app.ByteCount(7); got.Set(text) == nil || got != 7 {
			t.Errorf("%q is taken, as %d", text, got)
		}
	}
}

func TestMinFree(t *testing.T) {
	t.Parallel()
	const volume = 1000 << 20
	for text, want := range map[string]int64{"0": 0, "64M": 64 << 20, "5%": 50 << 20, "0%": 0, "90%": 900 << 20} {
		var minFree app.MinFree
		if err := minFree.Set(text); err != nil || minFree.Room() == nil || minFree.Room().Of(volume) != want || minFree.String() != text {
			t.Errorf("%s: got %v, %v, want %d", text, minFree.Room(), err, want)
		}
	}
	for _, text := range []string{"", "%", "91%", "-5%", "5.5%", "5 %", "x"} {
		var minFree app.MinFree
		if err := minFree.Set(text); err == nil {
			t.Errorf("%q is taken, as %v", text, minFree.Room())
		}
	}
	if room := new(app.MinFree).Room(); room != nil {
		t.Errorf("not given: got %v", room)
	}
}
