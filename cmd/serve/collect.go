package serve

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// usualPercent is how much a heap grows until it is collected, in Go, unless GOGC says something else.
	usualPercent = 100
	// leastGrowth is how much it shall grow at least, in bytes: a server with few users has a heap of some MB, and would
	// spend one part in twelve of its time on collecting it.
	leastGrowth = 32 << 20
)

// collectSeldom lets the heap of a server that has read its users grow by leastGrowth, from now on. One that is larger
// than that, by its users or its clients, grows as usual. GOGC overrides this.
func collectSeldom() {
	percent := debug.SetGCPercent(usualPercent)
	if percent != usualPercent {
		debug.SetGCPercent(percent)
		return
	}
	runtime.GC()
	follow(usualPercent)
}

// follow sets the percentage by what the last collection has left, and does that again after each one: what is right for a
// small heap would let a thousand clients make it seven times as large as it has to be.
func follow(percent int) {
	if next := growth(held()); next != percent {
		debug.SetGCPercent(next)
		percent = next
	}
	runtime.AddCleanup(new(*byte), follow, percent) // without a pointer in it, it could share its fate with others
}

// held is how many bytes the heap grows with 100 percent: what lives of it, and the stacks and globals that lead there.
func held() (bytes uint64) {
	samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/stack:bytes"}, {Name: "/gc/scan/globals:bytes"}}
	metrics.Read(samples)
	for _, sample := range samples {
		bytes += sample.Value.Uint64()
	}
	return bytes
}

// growth is the percentage by which a heap of so many bytes grows.
func growth(held uint64) int {
	return int(min(max(usualPercent, leastGrowth*usualPercent/max(held, 1)), math.MaxInt32))
}
