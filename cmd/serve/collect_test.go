package serve

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

func TestGrowth(t *testing.T) {
	t.Parallel()
	for held, want := range map[uint64]int{0: 1<<31 - 1, 1 << 20: 3200, 16 << 20: 200, 32 << 20: 100, 150 << 20: 100} {
		if got := growth(held); got != want {
			t.Errorf("%d bytes: got %d %%, want %d", held, got, want)
		}
	}
}

// TestGrowthFollowsTheHeap: a heap that has become large by what clients do is collected as usual, and seldom again when
// it is small.
func TestGrowthFollowsTheHeap(t *testing.T) {
	debug.SetGCPercent(usualPercent)
	collectSeldom()
	await := func(what string, is func(percent uint64) bool) {
		t.Helper()
		sample := []metrics.Sample{{Name: "/gc/gogc:percent"}}
		for began := time.Now(); ; <-time.After(time.Millisecond) {
			runtime.GC()
			if metrics.Read(sample); is(sample[0].Value.Uint64()) {
				return
			}
			if time.Since(began) > 10*time.Second {
				t.Fatalf("%s: the heap grows by %d %%", what, sample[0].Value.Uint64())
			}
		}
	}
	seldom := func(percent uint64) bool { return percent > usualPercent }
	await("small", seldom)
	large := make([]byte, 2*leastGrowth)
	await("large", func(percent uint64) bool { return percent == usualPercent })
	runtime.KeepAlive(large)
	await("small again", seldom)
}
