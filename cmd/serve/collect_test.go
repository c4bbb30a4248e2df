package serve

import "testing"

func TestGrowth(t *testing.T) {
	t.Parallel()
	for held, want := range map[uint64]int{0: 1<<31 - 1, 1 << 20: 3200, 16 << 20: 200, 32 << 20: 100, 150 << 20: 100} {
		if got := growth(held); got != want {
			t.Errorf("%d bytes: got %d %%, want %d", held, got, want)
		}
	}
}
