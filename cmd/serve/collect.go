package serve

import (
	"math"
	"runtime"
	"runtime/debug"
)

const (
	// usualPercent is how much a heap grows until it is collected, in Go, unless GOGC says something else.
	usualPercent = 100
	// leastGrowth is how much it shall grow at least, in bytes: a server with few users has a heap of some MB, and would
	// spend one part in twelve of its time on collecting it.
	leastGrowth = 32 << 20
)

// collectSeldom lets the heap of a server that has read its users grow by leastGrowth. One with many users, whose heap is
// larger than that, grows as usual, and whoever has set GOGC is right.
func collectSeldom() {
	percent := debug.SetGCPercent(usualPercent)
	if percent != usualPercent {
		debug.SetGCPercent(percent)
		return
	}
	var heap runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&heap)
	debug.SetGCPercent(growth(heap.HeapAlloc))
}

// growth is the percentage by which a heap of so many bytes grows.
func growth(held uint64) int {
	return int(min(max(usualPercent, leastGrowth*usualPercent/max(held, 1)), math.MaxInt32))
}
